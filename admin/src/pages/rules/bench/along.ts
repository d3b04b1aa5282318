import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { withField } from '@/builder/document'

// Cases stand at the edge of what a rule asks for: four likes are too few, the fifth is enough. Who makes five a three means
// the edge to move along, in all cases at once.

type Path = (string | number)[]
export interface Along {
  from: number
  to: number
  text: string
}

/**
 * The document with its cases moved along with the one number that was changed; undefined where more than one number, or
 * something else, was changed, or where no case stands at that number.
 */
export function movedAlong(before: string, now: string): Along | undefined {
  const change = changedNumber(before, now)
  if (!change) return undefined
  const text = change.effect ? expecting(now, change) : happening(now, change)
  return text === now ? undefined : { from: change.from, to: change.to, text }
}

interface Change {
  from: number
  to: number
  effect: boolean // a field of an effect; else of a condition
  name: string // of the field
  written: string // the field as it is now
}

function changedNumber(before: string, now: string): Change | undefined {
  const [old, fresh] = [scalars(before), scalars(now)]
  if (old.length !== fresh.length) return undefined
  const differ = fresh.filter((one, i) => one.path.join('/') !== old[i]?.path.join('/') || one.value !== old[i]?.value)
  const [one] = differ
  if (differ.length !== 1 || !one) return undefined
  const was = old.find((x) => x.path.join('/') === one.path.join('/'))?.value ?? ''
  const pair = onlyNumber(was, one.value)
  return pair && { ...pair, effect: one.path[0] === 'then' || one.path[0] === 'otherwise', name: String(one.path.at(-1)), written: one.value }
}

/** The one number in which two texts differ. */
function onlyNumber(was: string, is: string): { from: number; to: number } | undefined {
  const split = (text: string): string[] => text.split(/(?<![\w."'])(\d+)(?![\w.])/)
  const [a, b] = [split(was), split(is)]
  if (a.length !== b.length) return undefined
  const at = b.flatMap((part, i) => (part === a[i] ? [] : [i]))
  return at.length === 1 && (at[0] as number) % 2 === 1 ? { from: Number(a[at[0] as number]), to: Number(b[at[0] as number]) } : undefined
}

/** Every text of the document but those of its cases. */
function scalars(text: string): { path: Path; value: string }[] {
  const found: { path: Path; value: string }[] = []
  const visit = (node: unknown, path: Path): void => {
    if (path[0] === 'cases') return
    if (isScalar(node)) found.push({ path, value: String(node.value) })
    else if (isMap(node)) for (const pair of node.items) visit(pair.value, [...path, String((pair.key as { value?: unknown }).value)])
    else if (isSeq(node)) node.items.forEach((one, i) => visit(one, [...path, i]))
  }
  visit(parseDocument(text, { schema: 'failsafe' }).contents, [])
  return found
}

interface Case {
  events?: { type?: string; times?: string }[]
  expect?: { effects?: unknown; not?: unknown }
}
const casesOf = (text: string): Case[] => {
  const all = (parseDocument(text, { schema: 'failsafe' }).toJS() as { cases?: Case[] } | null)?.cases
  return Array.isArray(all) ? all : []
}

// How often something happens, where that is the number or beside it.
function happening(text: string, c: Change): string {
  let moved = text
  casesOf(text).forEach((one, i) =>
    (Array.isArray(one.events) ? one.events : []).forEach((e, j) => {
      const times = Number(e.times ?? 1)
      if (!c.written.includes(`"${e.type}"`) || Math.abs(times - c.from) > 1 || times + c.to - c.from < 1) return
      moved = withField(moved, ['cases', i, 'events', j, 'times'], String(times + c.to - c.from), 'plain')
    }),
  )
  return moved
}

// What an effect is expected to be, where that is the number.
function expecting(text: string, c: Change): string {
  let moved = text
  casesOf(text).forEach((one, i) => {
    for (const list of ['effects', 'not'] as const) {
      const effects = one.expect?.[list]
      if (!Array.isArray(effects)) continue
      effects.forEach((effect: unknown, j) => {
        if (typeof effect !== 'object' || effect === null) return
        for (const [kind, fields] of Object.entries(effect)) {
          if ((fields as Record<string, string> | null)?.[c.name] === String(c.from)) moved = withField(moved, ['cases', i, 'expect', list, j, kind, c.name], String(c.to), 'plain')
        }
      })
    }
  })
  return moved
}
