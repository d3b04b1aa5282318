import { say, t } from '@/i18n'
import type { EventField, Vocabulary } from '@/stores/vocabulary'
import type { Counted, Op, Sentence, Subject, Value } from './model'

/** What a condition can be about, in the operator's words. */
export interface Choice {
  key: string
  label: string
  group: string
  make(): Sentence | { fact: Subject }
}

const number = (text: string): Value => ({ kind: 'number', text })
const text = (value: string): Value => ({ kind: 'text', text: value })

export const textOps: Op[] = ['==', '!=', 'in', 'not in', 'contains', 'startsWith', 'endsWith', 'matches']
export const numberOps: Op[] = ['>=', '>', '<=', '<', '==', '!=']
export const listOps: Op[] = ['has', 'has not']
const boolOps: Op[] = ['==', '!=']

/** The type of what is compared: integer, decimal, string, bool, list, time; '' when it is not known. */
export function typeOf(s: Subject, v: Vocabulary | undefined, on: string[]): string {
  if (s.kind === 'events') return s.measure === 'first' || s.measure === 'last' ? 'time' : 'integer'
  if (s.kind === 'call') return ['invited', 'growth', 'len', 'abs', 'floor', 'ceil', 'round', 'count', 'sum', 'min', 'max'].includes(s.name) ? 'integer' : ['previous', 'date', 'today'].includes(s.name) ? 'time' : ''
  const found = propOf(s.path, v, on) ?? attrOf(s.path, v)
  if (found) return found.type ?? ''
  return v?.language.find((w) => w.kind === 'name' && w.name === s.path)?.type ?? (s.path.startsWith('member.tiers.') ? 'string' : '')
}

export function opsOf(type: string): Op[] {
  if (type === 'list') return listOps
  if (type === 'bool' || type === 'boolean') return boolOps
  if (type === 'string') return textOps
  return numberOps
}

const propOf = (path: string, v: Vocabulary | undefined, on: string[]): EventField | undefined => {
  if (!path.startsWith('event.props.')) return undefined
  const name = path.slice('event.props.'.length)
  return v?.event_types.filter((one) => on.includes(one.key)).flatMap((one) => one.fields ?? []).find((f) => f.name === name)
}
const attrOf = (path: string, v: Vocabulary | undefined) => (path.startsWith('member.attrs.') ? v?.attributes.find((a) => `member.attrs.${a.key}` === path) : undefined)

const keyed = (all: { key: string; title?: { en?: string; zh?: string } }[]) => all.map((one) => ({ value: one.key, label: say(one.title, one.key) }))

/** The tiers of all ladders, with their names. */
export const tiersOf = (v: Vocabulary | undefined) => keyed(v?.ladders.flatMap((l) => l.tiers) ?? [])

/** Values that are known for what is compared, with their names. */
export function valuesOf(s: Subject, v: Vocabulary | undefined, on: string[]): { value: string; label: string }[] {
  if (!v || s.kind !== 'name') return []
  if (s.path === 'member.tier' || s.path.startsWith('member.tiers.')) return tiersOf(v)
  if (['event.group', 'group.key', 'member.groups'].includes(s.path)) return keyed(v.groups)
  if (s.path === 'event.type') return keyed(v.event_types)
  if (s.path === 'group.phase') return ['import', 'growth', 'mature', 'decline'].map((one) => ({ value: one, label: t(`builder.phases.${one}`) }))
  return (propOf(s.path, v, on)?.values ?? attrOf(s.path, v)?.values ?? []).map((one) => ({ value: one, label: one }))
}

const counted = (of: Counted['of'], type: string): Sentence => ({ kind: 'sentence', subject: { kind: 'events', of, type, window: '7d', filter: [], measure: 'count' }, op: '>=', value: number('3') })

function comparison(path: string, type: string): Sentence | { fact: Subject } {
  const subject: Subject = { kind: 'name', path }
  if (type === 'bool' || type === 'boolean') return { fact: subject }
  if (type === 'list') return { kind: 'sentence', subject, op: 'has', value: text('vip') }
  if (type === 'string') return { kind: 'sentence', subject, op: '==', value: text('') }
  if (type === 'time') return { kind: 'sentence', subject, op: '>=', value: { kind: 'source', source: 'date("2026-01-01")' } }
  return { kind: 'sentence', subject, op: '>=', value: number('1') }
}

/** Everything that a new condition can be about. */
export function choices(v: Vocabulary | undefined, on: string[]): Choice[] {
  if (!v) return []
  const first = on[0] ?? 'message.sent'
  const names = v.language.filter((w) => w.kind === 'name' && w.type && w.name !== 'member.name' && w.name !== 'event.type')
  const props = v.event_types.filter((one) => on.includes(one.key)).flatMap((one) => one.fields ?? [])
  const inEvents = t('builder.groups.events')
  return [
    { key: 'events', label: t('builder.of.events'), group: inEvents, make: () => counted('events', first) },
    { key: 'group_events', label: t('builder.of.group_events'), group: inEvents, make: () => counted('group_events', first) },
    { key: 'content_events', label: t('builder.of.content_events'), group: inEvents, make: () => counted('content_events', first) },
    { key: 'invited', label: t('builder.calls.invited'), group: inEvents, make: () => ({ kind: 'sentence', subject: { kind: 'call', name: 'invited', args: [text('30d')] }, op: '>=', value: number('3') }) },
    { key: 'silent_for', label: t('builder.calls.silent_for'), group: inEvents, make: () => ({ fact: { kind: 'call', name: 'silent_for', args: [text('14d')] } }) },
    { key: 'purchased', label: t('builder.calls.purchased'), group: inEvents, make: () => ({ fact: { kind: 'call', name: 'purchased', args: [text('30d')] } }) },
    ...[...new Map(props.map((f) => [f.name, f])).values()].map((f) => ({ key: `event.props.${f.name}`, label: say(f.title, f.name), group: t('builder.groups.event'), make: () => comparison(`event.props.${f.name}`, f.type) })),
    ...v.attributes.map((a) => ({ key: `member.attrs.${a.key}`, label: say(a.title, a.key), group: t('builder.groups.member'), make: () => comparison(`member.attrs.${a.key}`, a.type ?? 'string') })),
    { key: 'rank', label: t('builder.atLeastTier'), group: t('builder.groups.member'), make: () => ({ kind: 'sentence', subject: { kind: 'name', path: 'member.rank' }, op: '>=', value: { kind: 'source', source: `tier(${JSON.stringify(v.ladders[0]?.tiers.at(-1)?.key ?? 'active')})` } }) },
    { key: 'has_badge', label: t('builder.calls.has_badge'), group: t('builder.groups.member'), make: () => ({ fact: { kind: 'call', name: 'has_badge', args: [text(v.rewards.find((r) => r.kind === 'badge')?.key ?? 'badge')] } }) },
    { key: 'in_group', label: t('builder.calls.in_group'), group: t('builder.groups.member'), make: () => ({ fact: { kind: 'call', name: 'in_group', args: [text(v.groups[0]?.key ?? 'core')] } }) },
    ...names.map((w) => ({ key: w.name, label: wordName(w.name), group: t(`builder.groups.${w.name.split('.')[0]}`), make: () => comparison(w.name, w.type ?? '') })),
    { key: 'workday', label: t('builder.calls.workday'), group: t('builder.groups.now'), make: () => ({ fact: { kind: 'call', name: 'workday', args: [] } }) },
  ]
}

/** What a word is called. */
export function wordName(path: string, v?: Vocabulary, on: string[] = []): string {
  const own = propOf(path, v, on) ?? attrOf(path, v)
  if (own?.title) return say(own.title, path)
  const key = `builder.names.${path.replaceAll('.', '_')}`
  const named = t(key)
  return named === key ? path : named
}
