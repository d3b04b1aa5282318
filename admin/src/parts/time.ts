import { lang } from '@/i18n'

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

let ahead = 0 // how far the server's clock is ahead of this browser's, in ms: a demo lives in its own time

/** Now, in ms, by the server's clock. */
export const now = (): number => Date.now() + ahead

/** Sets the clock by a moment that the server just told. */
export const setNow = (at: string): void => void (ahead = new Date(at).getTime() - Date.now())

/** A moment from now, in words. */
export function ago(at: string, now: number): string {
  const apart = new Date(at).getTime() - now
  const words = new Intl.RelativeTimeFormat(lang(), { numeric: 'auto' })
  for (const [unit, size] of steps) if (Math.abs(apart) >= size) return words.format(Math.trunc(apart / size), unit)
  return words.format(0, 'minute')
}

/** A moment to the second, in this browser's zone. */
export const exact = (at: string): string => new Intl.DateTimeFormat(lang(), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at))

/** A day. */
export const day = (at: string): string => new Intl.DateTimeFormat(lang(), { dateStyle: 'medium' }).format(new Date(at))

/** A whole number with its groups of digits. */
export const number = (n: number): string => new Intl.NumberFormat(lang()).format(n)

/** A number in little room, such as 12K. */
export const short = (n: number): string => new Intl.NumberFormat(lang(), { notation: 'compact', maximumFractionDigits: 1 }).format(n)
