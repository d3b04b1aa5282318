import { i18n, t } from '@/i18n'

const worded = (key: string, otherwise: string): string => (i18n.global.te(key) ? t(key) : otherwise)

/** What a noun of the audit log is called; as it is written where there is no word for it. */
export const nounName = (noun: string): string => worded(`settings.nouns.${noun.replaceAll('-', '_')}`, noun)

/** What was done, in words: "rule.publish" as "publish: rule"; as it is written where there are none. */
export function actionName(action: string): string {
  const at = action.indexOf('.')
  const [noun, verb] = [action.slice(0, at), action.slice(at + 1)]
  const words = worded(`settings.verbs.${verb.replaceAll('.', '_')}`, '')
  return at > 0 && words ? t('settings.acted', { verb: words, noun: nounName(noun) }) : action
}
