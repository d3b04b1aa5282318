import { ApiProblem, type Fault } from '@/api/problem'
import { pairs, type Text } from '@/i18n'

/** A text of the console in both languages, as problems carry them. */
export function textOf(key: string): Text {
  const pair = key.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], pairs) as readonly [string, string] | undefined
  const [en, zh] = pair ?? [key, key]
  return { en, zh }
}
export const common = (key: 'required' | 'keyTaken' | 'putRight'): Text => textOf(`common.${key}`)

export const lacking = (path: string): Fault => ({ code: 'required', path, message: common('required') })

/** Refuses what is typed at one field, for the reason that a text gives. */
export function refuse(path: string, reason: string): never {
  throw new ApiProblem('invalid', 0, common('putRight'), [{ code: 'refused', path, message: textOf(reason) }])
}

/** Refuses what the server cannot even be asked without, by the JSON pointers of the fields; all at once. */
export function need(fields: Record<string, unknown>): void {
  const empty = Object.keys(fields).filter((path) => fields[path] === '' || fields[path] === undefined || fields[path] === null)
  if (empty.length) throw new ApiProblem('invalid', 0, common('putRight'), empty.map(lacking))
}
