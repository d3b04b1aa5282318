import { isMap, isScalar, parseDocument, type Document, type Pair, type Scalar } from 'yaml'

// A rule's document is the author's text: the builder changes the value of one field and leaves every other byte as it is.

type Path = (string | number)[]

const parsed = (text: string): Document => parseDocument(text, { keepSourceTokens: true, schema: 'failsafe', uniqueKeys: false })

/** The text of a field, unquoted; undefined where there is none or it is not one text. */
export function field(text: string, path: Path): string | undefined {
  const value = parsed(text).getIn(path, true)
  return isScalar(value) ? String(value.value) : undefined
}

/** What the document says, as plain values; all of them texts, lists and maps. */
export const values = (text: string): unknown => {
  try {
    return parsed(text).toJS()
  } catch {
    return undefined
  }
}

/** Whether the document can be changed by the builder: it is well-formed and a map. */
export const editable = (text: string): boolean => {
  const doc = parsed(text)
  return doc.errors.length === 0 && isMap(doc.contents)
}

/** The document with one field set to a text; undefined takes the field out. Everything else stays as it was. */
export function withField(text: string, path: Path, value: string | undefined, kind: 'expression' | 'plain' = 'expression'): string {
  const doc = parsed(text)
  const there = doc.getIn(path, true)
  if (value === undefined) return there === undefined ? text : cut(text, doc, path)
  if (isFlow(doc, path)) value = value.replaceAll('\n', ' ') // within { } a text has no lines
  if (isScalar(there) && there.range) {
    const [from, to] = there.range
    const written = scalar(value, kind, indentOf(text, from), json(text))
    return text.slice(0, from) + written + (there.type?.startsWith('BLOCK') ? '\n' : '') + text.slice(to)
  }
  return there === undefined ? added(text, doc, path, value, kind) : text
}

/** The document with a field's value replaced by text that is written as it stands, whatever the value was. */
export function withRaw(text: string, path: Path, raw: string): string {
  const there = parsed(text).getIn(path, true) as { range?: [number, number, number] } | undefined
  if (!there?.range) return text
  const [from, to] = there.range
  const block = text.slice(from, to).includes('\n')
  return text.slice(0, from).replace(block ? /\s*$/ : /$/, block ? ' ' : '') + raw + (block ? '\n' : '') + text.slice(to)
}

/**
 * The document with a field more, whose value is written as it stands; the map that it lies in is made when it is missing. One
 * that is there stays as it is.
 */
export function withMore(text: string, path: string[], raw: string): string {
  const doc = parsed(text)
  if (doc.getIn(path, true) !== undefined) return text
  const [first = '', ...rest] = path
  if (!rest.length || doc.get(first, true) !== undefined) return inserted(text, doc, path, () => raw)
  return inserted(text, doc, [first], () => rest.reduceRight((inner, name) => `{${json(text) ? JSON.stringify(name) : name}: ${inner}}`, raw))
}

/** A value as it is written on a line of its own or within { }. */
export const written = (text: string, value: string, kind: 'expression' | 'plain'): string => (/^\d+$/.test(value) && kind === 'plain' ? value : scalar(value, kind, '', json(text)))

/** What a field's value is in the text, as it stands there; '' where there is none. */
export function rawOf(text: string, path: Path): string {
  const range = (parsed(text).getIn(path, true) as { range?: [number, number, number] } | undefined)?.range
  return range ? text.slice(range[0], range[1]) : ''
}

const json = (text: string): boolean => text.trimStart().startsWith('{')

/** The indent of the line that a place is in. */
function indentOf(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1)
  return /^[ ]*(?:- )*/.exec(line)?.[0].replaceAll('-', ' ') ?? ''
}

function scalar(value: string, kind: 'expression' | 'plain', indent: string, asJSON: boolean): string {
  if (asJSON) return JSON.stringify(value)
  if (value.includes('\n')) {
    const lines = value.split('\n').map((line) => (line ? `${indent}  ${line}` : ''))
    return `|\n${lines.join('\n')}`
  }
  if (kind === 'plain' && /^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u.test(value)) return value
  return `'${value.replaceAll("'", "''")}'`
}

function pairAt(doc: Document, path: Path): { pair: Pair | undefined; index: number } {
  const parent = path.length > 1 ? doc.getIn(path.slice(0, -1), true) : doc.contents
  if (!isMap(parent)) return { pair: undefined, index: -1 }
  const index = parent.items.findIndex((one) => isScalar(one.key) && String(one.key.value) === path.at(-1))
  return { pair: parent.items[index], index }
}

// A field of the top level is a line or several of its own; within { } it is taken out with its comma.
function cut(text: string, doc: Document, path: Path): string {
  const { pair } = pairAt(doc, path)
  const key = pair?.key as Scalar
  const end = (pair?.value as { range?: [number, number, number] } | null)?.range?.[2] ?? key.range?.[2] ?? 0
  const from = key.range?.[0] ?? 0
  if (isFlow(doc, path)) {
    const after = /^\s*,\s*/.exec(text.slice(end))
    if (after) return text.slice(0, from) + text.slice(end + after[0].length)
    const before = /,?\s*$/.exec(text.slice(0, from)) as RegExpExecArray
    return text.slice(0, before.index) + text.slice(end)
  }
  const line = text.lastIndexOf('\n', from - 1) + 1
  return text.slice(0, line) + text.slice(end).replace(/^[ \t]*\n/, '')
}

function isFlow(doc: Document, path: Path): boolean {
  const parent = path.length > 1 ? doc.getIn(path.slice(0, -1), true) : doc.contents
  return isMap(parent) && !!parent.flow
}

// A new field follows the one that documents have before it, else stands at the end.
const order = ['key', 'kind', 'title', 'on', 'every', 'misfire', 'review', 'subject', 'audience', 'group', 'ladder', 'tier', 'when', 'once', 'after', 'unless', 'then', 'otherwise', 'limits', 'cases']

const added = (text: string, doc: Document, path: Path, value: string, kind: 'expression' | 'plain'): string => inserted(text, doc, path, (indent) => scalar(value, kind, indent, json(text)))

function inserted(text: string, doc: Document, path: Path, raw: (indent: string) => string): string {
  const name = String(path.at(-1))
  if (path.length > 1 || isFlow(doc, path)) {
    const parent = path.length > 1 ? doc.getIn(path.slice(0, -1), true) : doc.contents
    if (!isMap(parent) || !parent.range) return text
    if (parent.flow) {
      const open = parent.range[0] + 1
      const quotedName = json(text) ? JSON.stringify(name) : name
      return `${text.slice(0, open)}${quotedName}: ${raw('')}${parent.items.length ? ', ' : ''}${text.slice(open)}`
    }
    const first = (parent.items[0]?.key as Scalar | undefined)?.range?.[0]
    if (first === undefined) return text
    const indent = indentOf(text, first)
    return `${text.slice(0, first)}${name}: ${raw(indent)}\n${indent}${text.slice(first)}`
  }
  const contents = doc.contents
  const line = `${name}: ${raw('')}\n`
  if (!isMap(contents)) return text + line
  const place = order.indexOf(name)
  const next = contents.items.find((one) => isScalar(one.key) && order.indexOf(String(one.key.value)) > place)
  const at = next ? ((next.key as Scalar).range?.[0] ?? text.length) : text.length
  const head = text.slice(0, at)
  return `${head}${head === '' || head.endsWith('\n') ? '' : '\n'}${line}${text.slice(at)}`
}
