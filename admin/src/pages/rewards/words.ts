import type { Schemas } from '@/api/client'

export type Reward = Schemas['Reward']
export type Figures = Schemas['RewardFigures']
export const kinds = ['points', 'badge', 'coupon', 'privilege'] as const

/** The condition that those who have a reward fulfil; '' where the language has none. */
export function holders(r: Reward): string {
  if (r.kind === 'badge') return `has_badge(${JSON.stringify(r.key)})`
  return r.kind === 'points' && r.key === 'points' ? 'member.points > 0' : ''
}
