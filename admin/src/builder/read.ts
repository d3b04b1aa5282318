import type { SyntaxNode } from '@lezer/common'
import { parser } from '@/editor/expr.gen'
import type { Called, Counted, Named, Node, Op, Sentence, Subject, Value } from './model'
import { measuresWithField } from './model'

/** Reads a condition. What the builder has no words for becomes an advanced node with its text as it stands. */
export function read(source: string): Node {
  const expr = wellFormed(source)
  return expr ? new Reader(source).node(expr) : { kind: 'advanced', source }
}

/** The tree of an expression; undefined when it has a mistake, or a comment that rearranging could swallow. */
export function wellFormed(source: string): SyntaxNode | undefined {
  const tree = parser.parse(source)
  let fine = true
  tree.iterate({
    enter: (node) => {
      if (node.type.isError || node.name === 'Comment') fine = false
      return fine
    },
  })
  return fine ? (tree.topNode.firstChild ?? undefined) : undefined
}

/** A text literal's text; undefined for one that the builder would write otherwise. */
export function literal(source: string): string | undefined {
  if (source.startsWith('`')) return undefined
  const inner = source.slice(1, -1)
  if (!inner.includes('\\')) return inner
  try {
    return source.startsWith('"') ? (JSON.parse(source) as string) : undefined
  } catch {
    return undefined
  }
}

const compareOps = ['==', '!=', '<', '<=', '>', '>=']
const counts = ['events', 'group_events', 'content_events']

class Reader {
  constructor(private readonly source: string) {}

  private text(n: SyntaxNode): string {
    return this.source.slice(n.from, n.to)
  }

  node(n: SyntaxNode): Node {
    return { ...this.bare(n), source: this.text(n), from: n.from, to: n.to }
  }

  private bare(n: SyntaxNode): Node {
    switch (n.name) {
      case 'Or':
      case 'And':
        return { kind: 'group', join: n.name === 'Or' ? 'or' : 'and', of: this.flat(n, n.name) }
      case 'Paren':
        return this.bare(operands(n)[0] as SyntaxNode)
      case 'Not':
        return { kind: 'not', of: this.node(operands(n)[0] as SyntaxNode) }
      case 'Compare':
        return this.compare(n) ?? { kind: 'advanced', source: this.text(n) }
      default: {
        const subject = this.named(n) ?? this.called(n)
        if (subject && !(subject.kind === 'name' && subject.otherwise)) return { kind: 'fact', subject }
        return { kind: 'advanced', source: this.text(n) }
      }
    }
  }

  // a and b and c hangs to the left: one group shows them side by side.
  private flat(n: SyntaxNode, name: string): Node[] {
    const [left, right] = operands(n) as [SyntaxNode, SyntaxNode]
    const before = left.name === name ? this.flat(left, name) : [this.node(left)]
    return [...before, this.node(right)]
  }

  private compare(n: SyntaxNode): Sentence | undefined {
    const [left, right] = operands(n) as [SyntaxNode, SyntaxNode]
    const op = this.op(n)
    if (!op) return undefined
    if (op === 'in' || op === 'not in') {
      const value = this.value(left)
      const list = this.named(right)
      if (list && value.kind !== 'source' && value.kind !== 'list') return { kind: 'sentence', subject: list, op: op === 'in' ? 'has' : 'has not', value }
    }
    const subject = this.subject(left)
    return subject && { kind: 'sentence', subject, op, value: this.value(right) }
  }

  private op(n: SyntaxNode): Op | undefined {
    for (let c = n.firstChild; c; c = c.nextSibling) {
      const text = this.text(c)
      if (c.name === 'CompareOp' && compareOps.includes(text)) return text as Op
      if (c.name === 'In') return 'in'
      if (c.name === 'NotIn') return 'not in'
      if (c.name === 'Word') return text as Op
      if (c.name === 'NotWord') return undefined
    }
    return undefined
  }

  private subject(n: SyntaxNode): Subject | undefined {
    return this.counted(n) ?? this.named(n) ?? this.called(n)
  }

  // events("type", "7d", {field: value}).count()
  private counted(n: SyntaxNode): Counted | undefined {
    if (n.name !== 'Call') return undefined
    const [member, measureArgs] = operands(n) as [SyntaxNode, SyntaxNode]
    if (member.name !== 'Member') return undefined
    const [call, property] = operands(member) as [SyntaxNode, SyntaxNode]
    if (call.name !== 'Call' || this.source.slice(call.to, property.from).includes('?')) return undefined
    const [callee, args] = operands(call) as [SyntaxNode, SyntaxNode]
    const of = this.text(callee)
    const measure = this.text(property) as Counted['measure']
    if (!counts.includes(of)) return undefined
    const given = operands(args)
    const type = given[0] && this.value(given[0])
    const window = given[1] && this.window(given[1])
    const filter = given[2] ? this.filter(given[2]) : []
    if (type?.kind !== 'text' || window === undefined || !filter || given.length > 3) return undefined
    const fields = operands(measureArgs).map((one) => this.value(one))
    const counted: Counted = { kind: 'events', of: of as Counted['of'], type: type.text, window, filter, measure }
    if (measuresWithField.includes(measure)) {
      const field = fields[0]
      if (fields.length !== 1 || field?.kind !== 'text') return undefined
      return { ...counted, field: field.text }
    }
    return fields.length === 0 && ['count', 'days', 'streak', 'first', 'last'].includes(measure) ? counted : undefined
  }

  private window(n: SyntaxNode): string | undefined {
    if (this.text(n) === 'period') return ''
    const value = this.value(n)
    return value.kind === 'text' && value.text !== '' ? value.text : undefined
  }

  private filter(n: SyntaxNode): Counted['filter'] | undefined {
    if (n.name !== 'Map') return undefined
    const all: Counted['filter'] = []
    for (const pair of operands(n)) {
      const [key, value] = operands(pair) as [SyntaxNode, SyntaxNode]
      if (key.name !== 'PropertyName' || !value) return undefined
      all.push({ name: this.text(key), value: this.value(value) })
    }
    return all
  }

  // member.points, or (member.points ?? 0)
  private named(n: SyntaxNode): Named | undefined {
    if (n.name === 'Paren') {
      const inner = operands(n)[0] as SyntaxNode
      if (inner.name !== 'Coalesce') return this.named(inner)
      const [left, right] = operands(inner) as [SyntaxNode, SyntaxNode]
      const word = this.named(left)
      return word && !word.otherwise ? { ...word, otherwise: this.value(right) } : undefined
    }
    for (let at: SyntaxNode | null = n; at; at = at.firstChild) {
      if (at.name === 'Variable') return { kind: 'name', path: this.text(n).replace(/\s+/g, '') }
      if (at.name !== 'Member' || this.source.slice((at.firstChild as SyntaxNode).to, at.to).includes('?')) return undefined
    }
    return undefined
  }

  private called(n: SyntaxNode): Called | undefined {
    if (n.name !== 'Call') return undefined
    const [callee, args] = operands(n) as [SyntaxNode, SyntaxNode]
    if (callee.name !== 'Variable' || counts.includes(this.text(callee))) return undefined
    const given = operands(args)
    if (given.some((one) => this.hasItem(one))) return undefined // a closure
    return { kind: 'call', name: this.text(callee), args: given.map((one) => this.value(one)) }
  }

  private hasItem(n: SyntaxNode): boolean {
    for (let at: SyntaxNode | null = n.firstChild; at; at = at.nextSibling) if (this.hasItem(at)) return true
    return n.name === 'Item'
  }

  value(n: SyntaxNode): Value {
    const source = this.text(n)
    switch (n.name) {
      case 'Number':
        return /^\d+(\.\d+)?$/.test(source) ? { kind: 'number', text: source } : { kind: 'source', source }
      case 'Negative': {
        const inner = this.value(operands(n).at(-1) as SyntaxNode)
        return inner.kind === 'number' && /^-\d/.test(source) ? { kind: 'number', text: source } : { kind: 'source', source }
      }
      case 'String': {
        const text = literal(source)
        return text === undefined ? { kind: 'source', source } : { kind: 'text', text }
      }
      case 'Boolean':
        return { kind: 'boolean', on: source === 'true' }
      case 'List': {
        const of = operands(n).map((one) => this.value(one))
        return of.every((one) => one.kind === 'number' || one.kind === 'text') ? { kind: 'list', of } : { kind: 'source', source }
      }
      default:
        return { kind: 'source', source }
    }
  }
}

const operandNames = new Set(['Ternary', 'Or', 'And', 'Compare', 'Range', 'Sum', 'Product', 'Power', 'Coalesce', 'Not', 'Negative', 'Call', 'Member', 'Index', 'Paren', 'List', 'Map', 'Item', 'Variable', 'Number', 'String', 'Boolean', 'Nil', 'ArgList', 'PropertyName', 'Pair'])

/** The parts of a node that are expressions or names, without signs and brackets. */
export function operands(n: SyntaxNode): SyntaxNode[] {
  const all: SyntaxNode[] = []
  for (let c = n.firstChild; c; c = c.nextSibling) if (operandNames.has(c.name)) all.push(c)
  return all
}
