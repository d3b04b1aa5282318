// What a rule's document says beside its title, trigger, condition and effects, part by part, so that the sentence leaves nothing out.

export type Shape = 'condition' | 'expression' | 'duration' | 'number' | 'choice' | 'list'
export interface Part {
  path: string[]
  shape: Shape
  of?: 'groups' | 'tiers' | 'ladders' | 'per' | 'subjects' | 'misfires' | 'every' | 'ties' // what it is chosen from
  needed?: boolean // a rule of this kind is nothing without it
}
export interface Section {
  name: string // builder.parts.*
  lines: Part[]
}
export interface Offer {
  name: string // builder.parts.*
  path: string[]
  value: string | Record<string, string> // to begin with
  kind?: 'expression'
}

type Fields = Record<string, unknown>
const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const at = (all: Fields, path: string[]): unknown => path.reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), all)

const part = (path: string, shape: Shape, of?: Part['of'], needed = false): Part => ({ path: path.split('.'), shape, of, needed })

/** Every field that has a place of its own in the sentence, section by section; groups or tiers are what a review moves between. */
const known = (all: Fields): Section[] => {
  const between = at(all, ['review', 'ladder']) === undefined ? 'groups' : 'tiers'
  const lane = (name: string, count?: string): Section => ({
    name: `review_${name}`,
    lines: [...(count ? [part(`review.${name}.${count}`, 'number')] : []), part(`review.${name}.from`, 'choice', between), part(`review.${name}.to`, 'choice', between), part(`review.${name}.when`, 'condition')],
  })
  const cap = (name: string): Part[] => [part(`limits.${name}.times`, 'number'), part(`limits.${name}.per`, 'choice', 'per')]
  return [
    { name: 'tier', lines: [part('tier.to', 'choice', 'tiers', true), part('tier.ladder', 'choice', 'ladders'), part('tier.hold', 'condition'), part('tier.grace', 'duration')] },
    { name: 'review', lines: [part('review.every', 'choice', 'every', true), part('review.groups', 'list', 'groups'), part('review.ladder', 'choice', 'ladders'), part('review.score', 'expression', undefined, true)] },
    lane('up', 'top'),
    lane('down', 'bottom'),
    lane('back'),
    { name: 'review_more', lines: [part('review.exempt', 'condition'), part('review.notice', 'duration'), part('review.min_group', 'number'), part('review.ties', 'list', 'ties')] },
    { name: 'wait', lines: [part('after', 'duration'), part('unless', 'condition')] },
    { name: 'per_member', lines: cap('per_member') },
    { name: 'total', lines: cap('total') },
    { name: 'limits', lines: [part('limits.cooldown', 'duration')] },
    { name: 'apart', lines: [part('subject', 'choice', 'subjects'), part('misfire', 'choice', 'misfires'), part('ladder', 'choice', 'ladders')] },
  ]
}

/** The sections that a document has something to say in. */
export const sectionsOf = (all: Fields): Section[] =>
  known(all)
    .map((section) => ({ ...section, lines: section.lines.filter((line) => at(all, line.path) !== undefined) }))
    .filter((section) => section.lines.length)

const shown = ['key', 'kind', 'title', 'on', 'every', 'group', 'audience', 'when', 'once', 'then', 'otherwise', 'cases']

/** Fields without a place in the sentence: they are shown as they are written. */
export function leftOver(all: Fields): string[][] {
  const places = known(all).flatMap((section) => section.lines.map((line) => line.path))
  const look = (value: unknown, path: string[]): string[][] => {
    if (places.some((one) => one.join('.') === path.join('.'))) return []
    const inside = places.some((one) => one.length > path.length && path.every((name, i) => one[i] === name))
    return inside && isMap(value) ? Object.entries(value).flatMap(([name, one]) => look(one, [...path, name])) : [path]
  }
  return Object.entries(all).filter(([name]) => !shown.includes(name)).flatMap(([name, value]) => look(value, [name]))
}

/** What a rule of this kind could say too. */
export function offersOf(all: Fields): Offer[] {
  const decides = all.kind === 'reward' || all.kind === 'campaign'
  const promotes = isMap(all.tier)
  const most = { times: '1', per: 'month' }
  const can: [boolean, Offer][] = [
    [!!all.every && (all.subject ?? 'member') === 'member', { name: 'audience', path: ['audience'], value: 'not member.left', kind: 'expression' }],
    [promotes, { name: 'tier_hold', path: ['tier', 'hold'], value: typeof all.when === 'string' && !all.when.includes('\n') ? all.when : 'not member.left', kind: 'expression' }],
    [promotes, { name: 'tier_grace', path: ['tier', 'grace'], value: '14d' }],
    [isMap(all.review) && isMap(all.review.down), { name: 'review_exempt', path: ['review', 'exempt'], value: 'member.officer', kind: 'expression' }],
    [isMap(all.review), { name: 'review_notice', path: ['review', 'notice'], value: '7d' }],
    [decides && !!all.on, { name: 'after', path: ['after'], value: '3d' }],
    [decides && !!all.after, { name: 'unless', path: ['unless'], value: 'member.left', kind: 'expression' }],
    [decides, { name: 'per_member', path: ['limits', 'per_member'], value: most }],
    [decides, { name: 'total', path: ['limits', 'total'], value: { ...most, times: '100' } }],
    [decides, { name: 'limits_cooldown', path: ['limits', 'cooldown'], value: '7d' }],
  ]
  return can.filter(([may, offer]) => may && at(all, offer.path) === undefined).map(([, offer]) => offer)
}
