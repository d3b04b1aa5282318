import { t } from '@/i18n'

/** Windows that are offered; any other can be typed. */
export const windows = ['24h', '7d', '14d', '30d', '90d', '12mo', 'today', 'this_week', 'this_month', 'all']

/** A window in words; '' is the period under review. */
export function windowName(window: string): string {
  if (window === '') return t('builder.period')
  const found = /^(\d+)(mo|[dhmw])$/.exec(window)
  if (found) return t(`builder.windows.${found[2]}`, { n: found[1] })
  return ['all', 'today', 'this_week', 'this_month'].includes(window) ? t(`builder.windows.${window}`) : window
}
