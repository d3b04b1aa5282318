import { lang } from '@/i18n'

/**
 * A text of a rule, which is one for everybody: packs write it in both languages with " / " between them. Who reads it in the
 * console sees their own; one that is not written so is shown as it is.
 */
export const inTongue = (text: string): string => text.split(/(; |；)/).map(oneOf).join('')

function oneOf(text: string): string {
  const halves = text.split(' / ')
  if (halves.length !== 2) return text
  const han = halves.map((half) => /\p{Script=Han}/u.test(half))
  if (han[0] === han[1]) return text
  return halves[han.indexOf(lang() === 'zh')] ?? text
}
