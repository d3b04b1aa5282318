import type { Schemas } from '@/api/client'

export type Calendar = Schemas['Calendar']
export type Entry = Schemas['CalendarEntry']
export type CalendarRule = Schemas['CalendarRule']
export type View = 'month' | 'week'

/** A day without a time: 2026-03-01. */
export type Day = string

const asDate = (day: Day): Date => new Date(`${day}T00:00:00Z`)
const asDay = (d: Date): Day => d.toISOString().slice(0, 10)

export function addDays(day: Day, n: number): Day {
  const d = asDate(day)
  d.setUTCDate(d.getUTCDate() + n)
  return asDay(d)
}
/** The Monday of a day's week. */
export const monday = (day: Day): Day => addDays(day, -((asDate(day).getUTCDay() + 6) % 7))

export function addMonths(day: Day, n: number): Day {
  const d = asDate(`${day.slice(0, 7)}-01`)
  d.setUTCMonth(d.getUTCMonth() + n)
  return asDay(d)
}
export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(asDate(text).getTime()) && asDay(asDate(text)) === text

/** The whole weeks that a view shows, as days. */
export function daysOf(view: View, at: Day): Day[] {
  const first = view === 'week' ? monday(at) : monday(`${at.slice(0, 7)}-01`)
  const last = view === 'week' ? first : monday(addDays(addMonths(at, 1), -1))
  const days: Day[] = []
  for (let day = first; day <= addDays(last, 6); day = addDays(day, 1)) days.push(day)
  return days
}

/** The local day and time of a moment in a zone. */
export function localIn(zone: string, at: string | number): { day: Day; time: string } {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(new Date(at)).map((p) => [p.type, p.value]))
  return { day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` }
}

/** One line of a day: firings of one rule, however many. */
export interface Line {
  rule: CalendarRule
  times: { at: string; time: string; held: string }[]
}
export interface DayPlan {
  day: Day
  lines: Line[]
  sends: number // messages or rounds of messages
  past: boolean
  gap: boolean // nothing is sent, though something is planned around it
  crowded: boolean
}

export const crowdedFrom = 3 // rounds a day to the same people

const touches = (rule: CalendarRule, group: string): boolean => !group || rule.sends.some((s) => s.to !== 'group' || s.group === group)

/** What happens on each day, for one group or all. A gap or crowd is told of days to come only. */
export function plan(c: Calendar, days: Day[], today: Day, group: string): DayPlan[] {
  const rules = new Map((c.rules ?? []).map((r) => [r.rule, r]))
  const lines = new Map<Day, Map<string, Line>>(days.map((day) => [day, new Map()]))
  for (const e of c.entries) {
    const rule = rules.get(e.rule)
    const { day, time } = localIn(c.zone, e.at)
    const of = lines.get(day)
    if (!rule || !of || !touches(rule, group)) continue
    const line = of.get(e.rule) ?? { rule, times: [] }
    line.times.push({ at: e.at, time, held: e.held_until ? localIn(c.zone, e.held_until).time : '' })
    of.set(e.rule, line)
  }
  return days.map((day) => {
    const all = [...(lines.get(day)?.values() ?? [])]
    const sends = all.reduce((n, l) => n + (l.rule.shadow ? 0 : l.times.length * l.rule.sends.length), 0)
    const past = day < today
    return { day, lines: all, sends, past, gap: !past && sends === 0, crowded: !past && sends >= crowdedFrom }
  })
}
