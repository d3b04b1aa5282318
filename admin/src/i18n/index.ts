import { createI18n } from 'vue-i18n'
import { pick, type Pairs } from './pairs'

export type Lang = 'en' | 'zh'

/** A sentence in both languages, as the API gives it; either may be missing. */
export interface Text {
  en?: string
  zh?: string
}

// One file an area, named as its keys begin: texts/rules.ts holds rules.*.
const files = import.meta.glob<{ default: Pairs }>('./texts/*.ts', { eager: true })

export const pairs: Pairs = Object.fromEntries(
  Object.entries(files).map(([path, file]) => [path.slice(path.lastIndexOf('/') + 1, -3), file.default]),
)

export const i18n = createI18n({
  legacy: false,
  locale: 'zh' as Lang,
  fallbackLocale: false,
  missingWarn: import.meta.env.DEV,
  messages: { en: pick(pairs, 0), zh: pick(pairs, 1) } as Record<Lang, Record<string, string>>,
})

/** The language of the page now. */
export const lang = (): Lang => i18n.global.locale.value as Lang

/** A text of the API in the page's language, or in the other one when that is all there is. */
export function say(text: Text | undefined, otherwise = ''): string {
  if (!text) return otherwise
  const first = text[lang()]
  return first || text.en || text.zh || otherwise
}

/** A text of the console outside a component. */
export const t = (key: string, named: Record<string, unknown> = {}): string => i18n.global.t(key, named)
