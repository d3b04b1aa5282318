import type { Schemas } from '@/api/client'
import { pairs, t } from '@/i18n'

export type Channel = Schemas['Channel']
export type Plugin = Schemas['Plugin']
export type Tone = 'good' | 'bad' | 'unsure' | 'mute'

/** What every plugin is asked for, in the order people ask. */
export const abilities = Object.keys((pairs.channels as { abilities: object }).abilities)

/** One ability of a plugin; what it does not name it cannot. */
export const supportOf = (p: Plugin | undefined, ability: string): string => p?.abilities?.[ability] ?? 'none'

/** What a plugin does by itself, in a few words. */
export const shortly = (p: Plugin | undefined): string =>
  abilities.filter((a) => supportOf(p, a) === 'auto').map((a) => t(`channels.abilities.${a}`)).join(t('common.comma')) || t('common.none')

const tones: Record<string, Tone> = { running: 'good', degraded: 'unsure', starting: 'unsure', waiting: 'bad', quarantined: 'bad', refused: 'bad' }

/** The state of a channel's process as a tag. */
export function processTag(channel: Channel | undefined, state: string | undefined): { text: string; tone: Tone } {
  if (channel?.disabled) return { text: t('channels.disabled'), tone: 'mute' }
  return state ? { text: t(`channels.states.${state}`), tone: tones[state] ?? 'mute' } : { text: t('channels.noPlugin'), tone: 'bad' }
}
