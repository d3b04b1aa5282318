import { ApiProblem, type Fault } from '@/api/problem'
import { pairs, type Text } from '@/i18n'

/** A text of common.ts in both languages, as problems carry them. */
export function common(key: string): Text {
  const [en, zh] = (pairs.common as Record<string, readonly [string, string]>)[key] ?? [key, key]
  return { en, zh }
}

export const lacking = (path: string): Fault => ({ code: 'required', path, message: common('required') })

/** Refuses what the server cannot even be asked without, by the JSON pointers of the fields; all at once. */
export function need(fields: Record<string, unknown>): void {
  const empty = Object.keys(fields).filter((path) => fields[path] === '' || fields[path] === undefined || fields[path] === null)
  if (empty.length) throw new ApiProblem('invalid', 0, common('putRight'), empty.map(lacking))
}
