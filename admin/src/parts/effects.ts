import { onMounted } from 'vue'
import { say, t, type Text } from '@/i18n'
import { useVocabulary, type Vocabulary } from '@/stores/vocabulary'
import { inTongue } from './tongue'
import { valueText } from './values'

export interface Did {
  kind: string
  fields?: Record<string, unknown>
  reason?: string
  title?: Text
}

// Words to people are long and how long something lasts is not what was given: neither is part of one line.
const aside = new Set(['text', 'template', 'reason', 'next_step', 'valid_for', 'expires', 'lasts', 'due', 'ladder', 'owner'])

/** What a key of a rule names, by what it is called. */
function titleOf(words: Vocabulary, key: string): string {
  const named = [...words.rewards, ...words.groups, ...words.channels, ...words.ladders, ...words.ladders.flatMap((l) => l.tiers)].find((one) => one.key === key)
  return say(named?.title, key)
}

/** An effect in one line: what is done, and what of, as "grant points: 5". */
export function effectLine(e: Did, words: Vocabulary | undefined): string {
  const schema = words?.effects.find((one) => one.kind === e.kind)
  const kind = say(e.title) || say(schema?.title, e.kind)
  if (!words || !schema) return kind
  const parts = (schema.fields ?? []).flatMap((field) => {
    const value = e.fields?.[field.name]
    if (aside.has(field.name) || value === undefined || value === '') return []
    return [typeof value === 'string' ? titleOf(words, value) : valueText(value)]
  })
  return parts.length ? t('rules.effectOf', { kind, of: parts.join(t('common.comma')) }) : kind
}

/** What decisions did and why, in words; kinds and reasons are their keys until the vocabulary is there. */
export function useEffects() {
  const vocabulary = useVocabulary()
  onMounted(() => void vocabulary.load().catch(() => {}))
  const reason = (key: string): string => say(vocabulary.words?.reasons.find((one) => one.reason === key)?.title, key)
  const effect = (e: Did): string => effectLine(e, vocabulary.words)
  /** All that one decision did, or why it did nothing. */
  const did = (d: { effects?: Did[]; reason?: string; answer?: string }): string =>
    d.effects?.map((e) => (e.reason ? t('rules.effectStopped', { effect: effect(e), reason: reason(e.reason) }) : effect(e))).join(t('common.semicolon')) || (d.reason ? reason(d.reason) : d.answer ? t(`rules.answers.${d.answer}`) : '')
  /** What a message or a task says, in the reader's language. */
  const words = (e: Did): string => (typeof e.fields?.text === 'string' ? inTongue(e.fields.text) : '')
  return { effect, reason, did, words }
}
