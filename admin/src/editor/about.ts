import { say } from '@/i18n'
import type { Vocabulary } from '@/stores/vocabulary'

export interface About {
  title: string
  text: string
  example?: string
}

/** What a name means in this community's rules: of the language, an event type, an attribute, a segment or an effect. */
export function aboutName(words: Vocabulary, name: string): About | undefined {
  const word = words.language.find((one) => one.name === name)
  if (word) return { title: word.type ? `${word.name}: ${word.type}` : word.name, text: say(word.text), example: word.example }
  const attribute = /^member\.(?:attrs\.)?(\w+)$/.exec(name)?.[1]
  for (const one of words.attributes) if (one.key === attribute) return titled(name, one.title, one.values?.join(', '))
  const field = /^event\.props\.(\w+)$/.exec(name)?.[1]
  for (const type of words.event_types) {
    if (type.key === name) return titled(name, type.title, type.fields?.map((f) => f.name).join(', '))
    const found = field && type.fields?.find((f) => f.name === field)
    if (found) return titled(`${name}: ${found.type}`, found.title, found.values?.join(', '))
  }
  const effect = words.effects.find((one) => one.kind === name)
  if (effect) return titled(name, effect.title, effect.fields?.map((f) => (f.required ? f.name : `${f.name}?`)).join(', '))
  return undefined
}

const titled = (title: string, text: Parameters<typeof say>[0], example?: string): About => ({ title, text: say(text), example })
