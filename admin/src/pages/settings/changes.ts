/** One field that a change touched. */
export interface Change {
  path: string
  before: string
  after: string
}

const parse = (text: string | undefined): unknown => {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text // a document as it was written
  }
}
const isMap = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x)
const show = (x: unknown): string => (x === undefined ? '' : typeof x === 'string' ? x : JSON.stringify(x, null, 1))

/** What differs between the two sides of an audit entry, field by field; what is the same is left out. */
export function changesOf(before?: string, after?: string): Change[] {
  const out: Change[] = []
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (JSON.stringify(a) === JSON.stringify(b)) return
    if ((isMap(a) || isMap(b)) && (isMap(a) || a === undefined) && (isMap(b) || b === undefined)) {
      const [x, y] = [a ?? {}, b ?? {}] as Record<string, unknown>[]
      for (const key of [...new Set([...Object.keys(x ?? {}), ...Object.keys(y ?? {})])].sort()) walk(x?.[key], y?.[key], path ? `${path}.${key}` : key)
    } else out.push({ path: path || '–', before: show(a), after: show(b) })
  }
  walk(parse(before), parse(after), '')
  return out
}
