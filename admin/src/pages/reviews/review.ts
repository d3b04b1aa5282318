import type { Schemas } from '@/api/client'
import { t } from '@/i18n'
import { day, number } from '@/parts/time'

export interface Ranked {
  member: string
  score: number | null
  active_days: number
  joined_at: string
  exempt?: boolean
  reason?: string
}
export interface Move {
  member: string
  kind: 'up' | 'down' | 'back' | 'undo' | 'withdraw'
  from: string
  to: string
  state: 'proposed' | 'appealed' | 'upheld' | 'skipped' | 'moved' | 'failed'
  appeal?: string
  word?: string
  reason?: string
}
export interface Body {
  rule: string
  version: number
  period: string
  start: string
  end: string
  until?: string
  confirmed?: boolean
  corrects?: string
  groups?: { key: string; ranking: Ranked[] | null; unknown?: Ranked[] }[]
  moves: Move[]
}
export type Review = Omit<Schemas['Item'], 'body'> & { body: Body }
export type Plan = Schemas['ReviewPlan']

export const lanes = ['up', 'back', 'stays', 'down', 'exempt', 'unknown'] as const
export type Lane = (typeof lanes)[number]

/** One member in their lane. */
export interface Standing extends Ranked {
  place: number // from 1; 0 when their score is not known
  move?: Move
}

/** Who is in which lane of one group or tier, best first. */
export function lanesOf(body: Body, place: string): Record<Lane, Standing[]> {
  const out: Record<Lane, Standing[]> = { up: [], back: [], stays: [], down: [], exempt: [], unknown: [] }
  const group = body.groups?.find((g) => g.key === place)
  const moves = new Map(body.moves.filter((m) => m.from === place).map((m) => [m.member, m]))
  group?.ranking?.forEach((x, i) => {
    const move = moves.get(x.member)
    const lane: Lane = move && move.kind in out ? (move.kind as Lane) : x.exempt ? 'exempt' : 'stays'
    out[lane].push({ ...x, place: i + 1, move })
  })
  for (const x of group?.unknown ?? []) out.unknown.push({ ...x, place: 0 })
  return out
}

/** Where the line falls between two with the same score, and what told them apart. */
export interface Tie {
  kind: 'up' | 'down'
  inside: Ranked
  outside: Ranked
  by: string // active_days, joined_at or id
}

const differ: Record<string, (a: Ranked, b: Ranked) => boolean> = {
  score: (a, b) => a.score !== b.score,
  active_days: (a, b) => a.active_days !== b.active_days,
  joined_at: (a, b) => a.joined_at !== b.joined_at,
  id: () => true,
}

function tieAt(list: Ranked[], count: number, plan: Plan, kind: 'up' | 'down'): Tie | undefined {
  const inside = list[count - 1]
  const outside = list[count]
  if (!inside || !outside || differ.score!(inside, outside)) return undefined
  return { kind, inside, outside, by: [...plan.ties, 'id'].find((tie) => differ[tie]?.(inside, outside)) ?? 'id' }
}

/** The ties at the lines of one place: of the top so many, and of the bottom so many of those who are not exempt. */
export function tiesOf(body: Body, plan: Plan, place: string): Tie[] {
  const ranking = body.groups?.find((g) => g.key === place)?.ranking ?? []
  const found: (Tie | undefined)[] = []
  if (plan.up?.from === place && plan.up.count) found.push(tieAt(ranking, plan.up.count, plan, 'up'))
  if (plan.down?.from === place && plan.down.count) found.push(tieAt(ranking.filter((x) => !x.exempt).reverse(), plan.down.count, plan, 'down'))
  return found.filter((x) => x !== undefined)
}

const and = (first: string, when: string | undefined): string => (when ? t('reviews.and', { first, when }) : first)

/** Why somebody is in their lane, in a sentence. */
export function whyOf(x: Standing, lane: Lane, body: Body, plan: Plan, place: string): string {
  const ranking = body.groups?.find((g) => g.key === place)?.ranking ?? []
  const { up, down, back } = plan
  const top = up?.from === place && up.count ? x.place <= up.count : false
  const shielded = ranking.filter((r) => !r.exempt)
  const bottom = down?.from === place && down.count ? shielded.indexOf(shielded.find((r) => r.member === x.member)!) >= shielded.length - down.count : false
  if (lane === 'up') return and(up?.count ? t('reviews.amongTop', { n: up.count }) : t('reviews.rises'), up?.when)
  if (lane === 'down') return and(down?.count ? t('reviews.amongBottom', { n: down.count }) : t('reviews.falls'), down?.when)
  if (lane === 'back') return and(t('reviews.comesBack'), back?.when)
  if (lane === 'exempt') return t('reviews.isExempt', { when: plan.exempt ?? '' })
  if (lane === 'unknown') return t('reviews.isUnknown')
  if (top && up?.when) return t('reviews.butNot', { first: t('reviews.amongTop', { n: up.count ?? 0 }), when: up.when })
  if (down?.from === place && ranking.length < (plan.min_group ?? 0)) return t('reviews.tooSmall', { n: plan.min_group ?? 0 })
  if (bottom && down?.when) return t('reviews.butNot', { first: t('reviews.amongBottom', { n: down.count ?? 0 }), when: down.when })
  if (back?.from === place && back.when) return t('reviews.notYet', { when: back.when })
  return t('reviews.between')
}

export const scoreText = (score: number | null): string => (score === null ? '–' : number(score))
export const toneOf = { proposed: 'mute', appealed: 'unsure', upheld: 'good', skipped: 'mute', moved: 'good', failed: 'bad' } as const

/** A period in words: its last day, not the moment after it. */
export const periodOf = (body: Body): string => t('reviews.fromTo', { from: day(body.start), to: day(new Date(new Date(body.end).getTime() - 1).toISOString()) })

/** Where a review stands: under notice, waiting for a word, confirmed and waiting for the notice's end, or done. */
export function standOf(review: Review): 'done' | 'confirmed' | 'open' | 'notice' | 'waits' {
  if (review.state === 'done') return 'done'
  if (review.body.confirmed) return 'confirmed'
  if (!review.now) return 'open' // lists do not say what time it is at the server
  return review.body.until && review.body.until > review.now ? 'notice' : 'waits'
}
export const standTones = { done: 'good', confirmed: 'good', notice: 'unsure', open: 'unsure', waits: 'bad' } as const
