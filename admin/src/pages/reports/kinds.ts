import type { Schemas } from '@/api/client'
import type { Report, ReportName } from '@/parts/report'

export type Row = Schemas['ReportRow']

export interface Kind {
  report: ReportName
  group?: string // what its series are; absent, what the API takes
  only?: string
  stacked: boolean
  pick?: 'account' | 'ladder' // what the page lets one choose
}

/** One question each, in the order of the page. */
export const kinds: Kind[] = [
  { report: 'events', stacked: true },
  { report: 'decisions', only: 'outcome:acted,outcome:stopped,outcome:shadow', stacked: true },
  { report: 'effects', stacked: true },
  { report: 'points', stacked: false, pick: 'account' },
  { report: 'deliveries', group: 'state', stacked: true },
  { report: 'tiers', stacked: true, pick: 'ladder' },
  { report: 'members', stacked: false },
]

/** A restriction as the API reads it: commas and percent signs of the value are escaped. */
export const only = (dimension: string, value: string): string => `${dimension}:${value.replaceAll('%', '%25').replaceAll(',', '%2C')}`

/** What a step of a report is called. */
export function stepName(step: Schemas['ReportStep'], by: string): string {
  if (by === 'month') return step.from.slice(0, 7)
  return step.from === step.to ? step.from : `${step.from} – ${step.to.slice(5)}`
}

/** The day after a local date. */
export function dayAfter(date: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + 1)
  return at.toISOString().slice(0, 10)
}

/** The last day of the busiest step, and how much it was. */
export function peak(r: Report): { step: string; n: number } {
  const n = Math.max(...r.totals)
  const step = r.steps[r.totals.indexOf(n)]
  return { step: step ? stepName(step, r.by) : '', n }
}
