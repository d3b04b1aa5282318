import type { Schemas } from '@/api/client'

/** What one version of a rule did in a back-test's range, and what it would have cost. */
export interface Cost {
  matches: number
  members: number
  unknown: number
  agreed?: number
  points: Record<string, number>
  badges: Record<string, number>
  coupons: Record<string, number>
  tasks: number
  messages: { made: number; held: Record<string, number>; dropped: Record<string, number> }
}

/** A back-test as its job tells it; the members, the samples and the hash come with its end. */
export interface Result {
  days: { day: string; old: number; new: number }[]
  before: Cost
  after: Cost
  gained: number
  lost: number
  same: number
  pyramid?: { ladder: string; tier: string; before: number; after: number }[]
  samples?: { member: string; change: string; at: string; reason?: string; finding?: Schemas['Finding'] }[]
  members?: { id: string; identities?: { external_id: string }[]; change: string; matches: number }[]
  hash?: string
}

export interface Row {
  key: string
  reason?: string // of messages that were held or dropped
  before: number
  after: number
}

const total = (m: Record<string, number> | undefined): number => Object.values(m ?? {}).reduce((a, b) => a + b, 0)

/** The costs of both versions side by side, without those that neither has; messages are followed by why some did not go at once. */
export function costRows(r: Pick<Result, 'before' | 'after'>): Row[] {
  const row = (key: string, of: (c: Cost) => number, reason?: string): Row => ({ key, reason, before: of(r.before), after: of(r.after) })
  const because = (key: 'held' | 'dropped'): Row[] =>
    [...new Set([...Object.keys(r.before.messages[key] ?? {}), ...Object.keys(r.after.messages[key] ?? {})])].sort().map((reason) => row(key, (c) => c.messages[key]?.[reason] ?? 0, reason))
  const all = [
    row('matches', (c) => c.matches),
    row('members', (c) => c.members),
    row('points', (c) => total(c.points)),
    row('badges', (c) => total(c.badges)),
    row('coupons', (c) => total(c.coupons)),
    row('messages', (c) => c.messages.made),
    ...because('held'),
    ...because('dropped'),
    row('agreed', (c) => c.agreed ?? 0),
    row('tasks', (c) => c.tasks),
    row('unknown', (c) => c.unknown),
  ]
  return all.filter((one) => one.before || one.after || ['matches', 'members'].includes(one.key))
}
