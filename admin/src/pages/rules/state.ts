import type { Schemas } from '@/api/client'
import { t } from '@/i18n'

export type Rule = Schemas['Rule']
export type Tone = 'good' | 'bad' | 'unsure' | 'mute'

const tones: Record<string, Tone> = { live: 'good', shadow: 'unsure', paused: 'unsure', broken: 'bad', draft: 'mute' }

export const toneOf = (rule: Rule): Tone => tones[rule.state] ?? 'mute'

/** Where a rule is in its life, in words: a rule that acts for some says for how many. */
export function stateWords(rule: Rule): string {
  const percent = rule.live?.percent
  const word = t(`rules.states.${rule.state}`)
  return rule.state === 'live' && percent && percent < 100 ? `${word} · ${t('rules.percent', { n: percent })}` : word
}
