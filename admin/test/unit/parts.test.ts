import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { field, rawOf, values, withField, withMore, written } from '@/builder/document'
import { leftOver, offersOf, sectionsOf } from '@/builder/parts'

const packs = join(import.meta.dirname, '../../../rules/packs')
const documents = readdirSync(packs, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml')).map((f) => readFileSync(join(packs, f), 'utf8')).filter((text) => /^key:/m.test(text))
const all = (text: string): Record<string, unknown> => values(text) as Record<string, unknown>
const said = (text: string): string[] => sectionsOf(all(text)).flatMap((one) => one.lines.map((line) => line.path.join('.')))

const tier = "key: a\nkind: tier\ntitle: A\non: message.sent\nwhen: 'member.points >= 9'\ntier:\n  to: active\n  hold: 'member.points >= 4'\n  grace: 14d\ncases: []\n"
const reward = "key: a\nkind: reward\ntitle: A\non: message.sent\nthen:\n  - grant_points: {amount: 1}\n"

test('a sentence leaves nothing of a rule out', () => {
  expect(said(tier)).toEqual(['tier.to', 'tier.hold', 'tier.grace'])
  expect(leftOver(all(tier))).toEqual([])
  const review = "key: r\nkind: tier\ntitle: R\nreview:\n  every: half_month\n  groups: [a, b]\n  score: 'x'\n  up: {top: 3, from: a, to: b, when: 'score >= 1'}\n  ties: [score, id]\n  all_groups: true\n"
  expect(said(review)).toEqual(['review.every', 'review.groups', 'review.score', 'review.up.top', 'review.up.from', 'review.up.to', 'review.up.when', 'review.ties'])
  expect(leftOver(all(review)).map((path) => [path.join('.'), rawOf(review, path)])).toEqual([['review.all_groups', 'true']])
  const budget = `${reward}limits: {budget: {points: 100, per: month}, cooldown: 7d}\nnew_field: 1\n`
  expect(said(budget)).toEqual(['limits.cooldown'])
  expect(leftOver(all(budget)).map((path) => path.join('.'))).toEqual(['limits.budget', 'new_field'])
  // Each field of each rule that is shipped is either in the sentence or shown as it is written.
  for (const text of documents) {
    const shown = [...said(text), ...leftOver(all(text)).map((path) => path.join('.'))].map((one) => one.split('.')[0])
    for (const name of Object.keys(all(text))) expect([...shown, 'key', 'kind', 'title', 'on', 'every', 'group', 'audience', 'when', 'once', 'then', 'otherwise', 'cases']).toContain(name)
  }
})

test('a part is added where documents have it, changed in place and taken out again', () => {
  const limited = withMore(reward, ['limits', 'cooldown'], written(reward, '7d', 'plain'))
  expect(limited).toBe(`${reward}limits: {cooldown: 7d}\n`)
  const capped = withMore(limited, ['limits', 'per_member'], '{times: 1, per: month}')
  expect(capped).toBe(`${reward}limits: {per_member: {times: 1, per: month}, cooldown: 7d}\n`)
  expect(withMore(capped, ['limits', 'cooldown'], '1d')).toBe(capped) // it is there
  expect(withField(capped, ['limits', 'per_member', 'times'], '5', 'plain')).toContain('{times: 5, per: month}')
  expect(withField(capped, ['limits', 'per_member'], undefined)).toBe(limited)
  expect(withField(limited, ['limits'], undefined)).toBe(reward)
  expect(withMore(reward, ['after'], '3d')).toBe(reward.replace('then:', 'after: 3d\nthen:'))
  expect(withField(tier, ['tier', 'grace'], '7d', 'plain')).toBe(tier.replace('14d', '7d'))
  expect(withField(tier, ['tier', 'hold'], undefined)).toBe(tier.replace(/ {2}hold: .*\n/, ''))
  expect(withMore(withField(tier, ['tier', 'hold'], undefined), ['tier', 'hold'], "'member.left'")).toContain("tier:\n  hold: 'member.left'\n  to: active\n")
  const json = '{"key":"a","kind":"reward","then":[]}'
  expect(JSON.parse(withMore(json, ['limits', 'per_member'], '{"times": 1, "per": "month"}'))).toEqual({ key: 'a', kind: 'reward', then: [], limits: { per_member: { times: 1, per: 'month' } } })
  const flow = "review: {up: {top: 3, when: 'score >= 1'}}\n"
  expect(field(withField(flow, ['review', 'up', 'when'], 'score >= 2\nand member.left'), ['review', 'up', 'when'])).toBe('score >= 2 and member.left')
})

test('what can be added is what the kind of rule may say and does not yet', () => {
  const names = (text: string): string[] => offersOf(all(text)).map((one) => one.name)
  expect(names(reward)).toEqual(['after', 'per_member', 'total', 'limits_cooldown'])
  expect(names(`${reward}after: 3d\nlimits: {cooldown: 1d}\n`)).toEqual(['unless', 'per_member', 'total'])
  expect(names(tier)).toEqual([])
  expect(names("key: a\nkind: campaign\nevery: '0 9 * * *'\nthen: []\n")).toContain('audience')
  expect(names('key: a\nkind: threshold\n')).toEqual([])
})
