import { getReport } from '@/parts/report'

export interface RuleFigures {
  matches: number[] // by day, the oldest first
  errors: number
}

const matched = new Set(['acted', 'stopped', 'shadow'])

/** What every rule did in the last 14 days, by its key. A rule that did nothing is absent. */
export async function lastDays(): Promise<Map<string, RuleFigures>> {
  const r = await getReport('decisions', { days: 14, group: 'rule,outcome', top: 5000 })
  const found = new Map<string, RuleFigures>()
  for (const s of r.series) {
    const key = s.of?.rule ?? ''
    const one = found.get(key) ?? { matches: r.steps.map(() => 0), errors: 0 }
    found.set(key, one)
    if (matched.has(s.of?.outcome ?? '')) one.matches = one.matches.map((n, i) => n + (s.values[i] ?? 0))
    if (s.of?.outcome === 'error') one.errors += s.total
  }
  return found
}
