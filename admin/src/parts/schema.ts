import { lang } from '@/i18n'

/** A field of a form as a plugin describes it: the subset of JSON Schema that plugins may use. */
export interface Schema {
  type?: 'object' | 'string' | 'integer' | 'number' | 'boolean' | 'array'
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  minimum?: number
  maximum?: number
  maxLength?: number
  format?: string
  'x-secret'?: boolean
  'x-i18n'?: Record<string, { title?: string; description?: string }>
}

/** Title and description in the page's language. */
export function wordsOf(name: string, s: Schema): { title: string; about: string } {
  const other = lang() === 'zh' ? s['x-i18n']?.zh : undefined
  return { title: other?.title ?? s.title ?? name, about: other?.description ?? s.description ?? '' }
}

/** The control that a field is typed into. */
export type Control = 'secret' | 'choice' | 'switch' | 'number' | 'lines' | 'list' | 'group' | 'text'

const longText = 4000 // characters from which a text has lines

export function controlOf(s: Schema): Control {
  if (s['x-secret']) return 'secret'
  if (s.enum) return 'choice'
  if (s.type === 'boolean') return 'switch'
  if (s.type === 'integer' || s.type === 'number') return 'number'
  if (s.type === 'array') return 'list'
  if (s.type === 'object') return 'group'
  return (s.maxLength ?? 0) > longText ? 'lines' : 'text'
}

/** What was typed as a value of the field; undefined leaves the field out. A number that is none stays as typed: the server says what is wrong. */
export function valueOf(s: Schema, typed: unknown): unknown {
  if (typed === '' || typed === null || typed === undefined) return undefined
  if (controlOf(s) === 'number') {
    const n = Number(String(typed).trim())
    return Number.isFinite(n) ? n : typed
  }
  if (controlOf(s) === 'list') return (typed as unknown[]).length ? typed : undefined
  return typed
}

/** JSON pointers of every field, secrets too, below a path: they show their own faults. */
export function pointers(s: Schema, below: string): string[] {
  return Object.entries(s.properties ?? {}).flatMap(([name, field]) => (field.type === 'object' ? pointers(field, `${below}/${name}`) : [`${below}/${name}`]))
}
