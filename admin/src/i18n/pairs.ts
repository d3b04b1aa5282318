// Every text of the console is written once, as a pair of English and Chinese, so that neither language can lack one.

export type Pair = readonly [en: string, zh: string]
export interface Pairs {
  readonly [key: string]: Pair | Pairs
}
export interface Messages {
  [key: string]: string | Messages
}

const isPair = (x: Pair | Pairs): x is Pair => Array.isArray(x)

/** The texts of one language, in the shape of the pairs. */
export function pick(pairs: Pairs, which: 0 | 1): Messages {
  const out: Messages = {}
  for (const [key, value] of Object.entries(pairs)) out[key] = isPair(value) ? value[which] : pick(value, which)
  return out
}

/** Every pair with its dotted key. */
export function* flatten(pairs: Pairs, prefix = ''): Generator<[string, Pair]> {
  for (const [key, value] of Object.entries(pairs)) {
    if (isPair(value)) yield [prefix + key, value]
    else yield* flatten(value, `${prefix}${key}.`)
  }
}
