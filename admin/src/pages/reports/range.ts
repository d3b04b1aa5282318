import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export interface Range {
  from?: string
  to?: string
  days?: number
  by: 'day' | 'week' | 'month'
}

export const presets = [7, 30, 90, 365]

const isDate = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text)

/** How many days a step has, so that a chart stays one that can be looked at. */
export const stepOf = (days: number): Range['by'] => (days <= 92 ? 'day' : days <= 400 ? 'week' : 'month')

/** The days of a page, in its address: ?days=90, or ?from=2026-01-01&to=2026-02-01. */
export function useRange() {
  const route = useRoute()
  const router = useRouter()
  const own = computed(() => (isDate(route.query.from) && isDate(route.query.to) ? ([route.query.from, route.query.to] as [string, string]) : undefined))
  const days = computed(() => {
    const n = Number(route.query.days ?? 30)
    return Number.isInteger(n) && n > 0 && n <= 1100 ? n : 30
  })
  const range = computed<Range>(() => {
    if (!own.value) return { days: days.value, by: stepOf(days.value) }
    const [from, to] = own.value
    return { from, to, by: stepOf((Date.parse(to) - Date.parse(from)) / 86_400_000 + 1) }
  })
  const go = (query: Record<string, string | undefined>): void => void router.replace({ query: { ...route.query, days: undefined, from: undefined, to: undefined, ...query } })
  return {
    range,
    own: computed({ get: () => own.value, set: (v) => go(v ? { from: v[0], to: v[1] } : {}) }),
    preset: computed({ get: () => (own.value ? 0 : days.value), set: (n) => go(n === 30 ? {} : { days: String(n) }) }),
  }
}
