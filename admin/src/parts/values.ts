import { lang } from '@/i18n'
import { exact } from './time'

/** A value of a rule as people read it: numbers grouped, moments as times, lists joined. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return new Intl.NumberFormat(lang(), { maximumFractionDigits: 6 }).format(value)
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value) ? exact(value) : value
  if (Array.isArray(value)) return value.length ? value.map(valueText).join(', ') : '[]'
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? '✓' : '✗'
  return JSON.stringify(value)
}
