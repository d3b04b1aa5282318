import type { Counted, Node, Subject, Value } from './model'
import { wellFormed } from './read'

/** The condition as text: what was not changed as it was written, the rest in the plainest form. */
export function print(node: Node): string {
  if (node.source !== undefined) return node.source
  switch (node.kind) {
    case 'advanced':
      return node.source
    case 'group':
      if (!node.of.length) return node.join === 'and' ? 'true' : 'false'
      return node.of.map((one) => within(print(one), node.join)).join(` ${node.join} `)
    case 'not':
      return `not ${within(print(node.of), 'not')}`
    case 'fact':
      return subjectText(node.subject)
    case 'sentence': {
      const subject = subjectText(node.subject)
      const value = valueText(node.value)
      if (node.op === 'has') return `${value} in ${subject}`
      if (node.op === 'has not') return `${value} not in ${subject}`
      return `${subject} ${node.op} ${value}`
    }
  }
}

// How loosely the outermost operator of a text binds: what binds more loosely than its place needs brackets.
const looseness: Record<string, number> = { Ternary: 3, Or: 2, And: 1, Compare: 0, Range: 0, Sum: 0 }
const place = { or: 2, and: 1 }

function within(text: string, where: 'and' | 'or' | 'not'): string {
  const top = wellFormed(text)
  // What cannot be read stands on a line of its own, so that a comment in it ends before the bracket.
  if (!top) return `(${text}\n)`
  const loose = looseness[top.name] ?? -1
  if (where === 'not') return loose >= 0 ? `(${text})` : text
  return loose > place[where] ? `(${text})` : text
}

export function subjectText(s: Subject): string {
  switch (s.kind) {
    case 'name':
      return s.otherwise ? `(${s.path} ?? ${operandText(s.otherwise)})` : s.path
    case 'call':
      return `${s.name}(${s.args.map(valueText).join(', ')})`
    case 'events':
      return countedText(s)
  }
}

function countedText(s: Counted): string {
  const window = s.window === '' ? 'period' : quoted(s.window)
  const filter = s.filter.length ? `, {${s.filter.map((f) => `${f.name}: ${valueText(f.value)}`).join(', ')}}` : ''
  return `${s.of}(${quoted(s.type)}, ${window}${filter}).${s.measure}(${s.field === undefined ? '' : quoted(s.field)})`
}

// A sign or an operator beside ?? would be read otherwise without brackets.
function operandText(v: Value): string {
  const text = valueText(v)
  const top = wellFormed(text)
  return top && /^(Call|Member|Paren|List|Variable|Number|String|Boolean|Index)$/.test(top.name) ? text : `(${text})`
}

export function valueText(v: Value): string {
  switch (v.kind) {
    case 'number':
      return v.text
    case 'text':
      return quoted(v.text)
    case 'boolean':
      return String(v.on)
    case 'list':
      return `[${v.of.map(valueText).join(', ')}]`
    case 'source':
      return v.source
  }
}

/** A text as a literal of the language. */
export const quoted = (text: string): string => JSON.stringify(text)

/** The node without what it was read from, all the way down: it is written anew. */
export function anew(node: Node): Node {
  if (node.kind === 'advanced') return node
  const { source: _, from: __, to: ___, ...rest } = node
  if (rest.kind === 'group') return { ...rest, of: rest.of.map(anew) }
  if (rest.kind === 'not') return { ...rest, of: anew(rest.of) }
  return rest
}
