import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml'

/** One effect as the document has it: its kind and its fields as texts. */
export interface Effect {
  kind: string
  fields: Record<string, unknown>
  flow: boolean // its fields can be set one by one
}

const parsed = (text: string): Document => parseDocument(text, { schema: 'failsafe', uniqueKeys: false })

/** The effects of a list of the document, then or otherwise. */
export function effectsOf(text: string, list: 'then' | 'otherwise'): Effect[] {
  const seq = parsed(text).get(list, true)
  if (!isSeq(seq)) return []
  return seq.items.map((item) => {
    if (isScalar(item)) return { kind: String(item.value), fields: {}, flow: true }
    if (!isMap(item) || !item.items[0]) return { kind: '', fields: {}, flow: false }
    const { key, value } = item.items[0]
    return { kind: isScalar(key) ? String(key.value) : '', fields: isMap(value) ? (value.toJSON() as Record<string, unknown>) : {}, flow: isMap(value) || value === null }
  })
}

/** The document with an effect more. */
export function withEffect(text: string, list: 'then' | 'otherwise', kind: string, fields: Record<string, string>): string {
  const doc = parsed(text)
  const written = Object.entries(fields).map(([name, value]) => `${name}: ${/^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`).join(', ')
  const one = written ? `${kind}: {${written}}` : kind
  const seq = doc.get(list, true)
  if (!isSeq(seq) || !seq.range) {
    const cases = /^cases:/m.exec(text)
    const at = cases ? cases.index : text.length
    const head = text.slice(0, at)
    return `${head}${head === '' || head.endsWith('\n') ? '' : '\n'}${list}:\n  - ${one}\n${text.slice(at)}`
  }
  if (seq.flow) {
    const end = text.lastIndexOf(']', seq.range[1] - 1)
    const item = text.trimStart().startsWith('{') ? JSON.stringify(written ? { [kind]: fields } : kind) : `{${one}}`
    return `${text.slice(0, end)}${seq.items.length ? ', ' : ''}${item}${text.slice(end)}`
  }
  const first = (seq.items[0] as { range?: [number, number, number] } | undefined)?.range?.[0] ?? seq.range[0]
  const line = text.lastIndexOf('\n', first - 1) + 1
  const indent = /^ */.exec(text.slice(line))?.[0] ?? '  '
  const end = itemEnd(text, (seq.items.at(-1) as { range?: [number, number, number] } | null)?.range?.[1] ?? seq.range[1])
  const head = text.slice(0, end)
  return `${head}${head.endsWith('\n') ? '' : '\n'}${indent}- ${one}\n${text.slice(end)}`
}

/** The document without one effect. */
export function withoutEffect(text: string, list: 'then' | 'otherwise', index: number): string {
  const seq = parsed(text).get(list, true)
  if (!isSeq(seq) || seq.flow) return text
  const range = (seq.items[index] as { range?: [number, number, number] } | undefined)?.range
  if (!range) return text
  const from = text.lastIndexOf('\n', range[0] - 1) + 1
  return text.slice(0, from) + text.slice(itemEnd(text, range[1]))
}

// Items end with their line, with the note behind them.
function itemEnd(text: string, at: number): number {
  if (text[at - 1] === '\n') return at
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}
