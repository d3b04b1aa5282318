/** An expression of a rule document with the cursor in it. */
export interface Place {
  text: string // of the expression
  cursor: number // in characters, from 0
  from: number // where the expression begins in the document, in UTF-16 units
  field: string
}

// Fields of a document that hold an expression; the others are names and numbers.
const fields = /^(\s*(?:-\s*)?(?:\w+:\s*\{)?.*?)\b(when|audience|unless|score|exempt|hold|once|where|amount|value)\s*:\s*(['"])/

/** The expression that the cursor stands in, on one line between quotes; undefined elsewhere. */
export function placeAt(document: string, at: number): Place | undefined {
  const begin = document.lastIndexOf('\n', at - 1) + 1
  const end = document.indexOf('\n', at)
  const line = document.slice(begin, end < 0 ? undefined : end)
  const found = fields.exec(line)
  if (!found) return undefined
  const quote = found[3] as string
  const from = begin + found[0].length
  if (at < from) return undefined
  const rest = line.slice(found[0].length)
  const close = rest.lastIndexOf(quote)
  const text = close >= 0 ? rest.slice(0, close) : rest
  if (at > from + text.length) return undefined
  return { text, cursor: [...text.slice(0, at - from)].length, from, field: found[2] as string }
}

/** UTF-16 units of the first so many characters. */
export const units = (text: string, characters: number): number => [...text].slice(0, characters).join('').length

/** Event types that the document listens to, for completion of event.props. */
export function listensTo(document: string): string[] | undefined {
  const found = /^on:\s*(.+)$/m.exec(document)
  if (!found) return undefined
  return (found[1] as string).replace(/[[\]"'#].*?$|[[\]"']/g, '').split(',').map((x) => x.trim()).filter(Boolean)
}

/** The document with a fix of a fault made in it; the fix counts characters. */
export function mended(document: string, fix: { from: number; to: number; text: string }): string {
  const all = [...document]
  return all.slice(0, fix.from).join('') + fix.text + all.slice(fix.to).join('')
}

/** The name, with its dots, that stands at a place of a line (UTF-16 units), up to the part that is pointed at. */
export function nameAt(line: string, at: number): { from: number; to: number; text: string } | undefined {
  for (const found of line.matchAll(/[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/gu)) {
    const from = found.index
    const to = from + found[0].length
    if (at < from || at > to) continue
    const dot = found[0].indexOf('.', at - from)
    const end = dot < 0 ? to : from + dot
    return { from, to: end, text: line.slice(from, end) }
  }
  return undefined
}
