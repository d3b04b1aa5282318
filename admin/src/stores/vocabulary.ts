import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, ask } from '@/api/client'
import type { Text } from '@/i18n'

export interface EventField {
  name: string
  type: string
  title?: Text
  values?: string[]
}
export interface EventType {
  key: string
  title?: Text
  subject: string
  fields?: EventField[]
}
export interface EffectField {
  name: string
  kind: string // number, key, duration, text, expression, ...
  required?: boolean
  title?: Text
  of?: string
  reward?: string
  one_of?: string // of the fields with this name one is given
  values?: string[]
}
export interface EffectKind {
  kind: string
  title: Text
  needs?: string
  fields?: EffectField[]
}
interface Keyed {
  key: string
  title?: Text
  kind?: string
}
export interface Word {
  name: string
  kind: string
  type?: string
  scope?: string
  text: Text
  example: string
}

/** What rules may say in this workspace. */
export interface Vocabulary {
  event_types: EventType[]
  ladders: (Keyed & { tiers: Keyed[] })[]
  attributes: (Keyed & { type?: string; values?: string[] })[]
  groups: Keyed[]
  rewards: Keyed[]
  templates: Keyed[]
  channels: Keyed[]
  segments: Keyed[]
  effects: EffectKind[]
  officer_roles: string[]
  language: Word[]
  reasons: { reason: string; title: Text; next?: Text }[]
}

export const useVocabulary = defineStore('vocabulary', () => {
  const words = ref<Vocabulary>()
  let asked: Promise<void> | undefined

  /** Asks the server, once while a page is open; again makes it ask again. */
  function load(again = false): Promise<void> {
    if (again) asked = undefined
    asked ??= ask(api.GET('/api/v1/vocabulary')).then(
      (v) => void (words.value = v as unknown as Vocabulary),
      (e) => {
        asked = undefined
        throw e
      },
    )
    return asked
  }
  return { words, load }
})
