import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { editable, field, values, withField, withRaw } from '@/builder/document'
import { effectsOf, withEffect, withoutEffect } from '@/builder/items'

const packs = join(import.meta.dirname, '../../../rules/packs')
const documents = readdirSync(packs, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml')).map((f) => readFileSync(join(packs, f), 'utf8')).filter((text) => /^key:/m.test(text))

const rule = `# why\nkey: a\nkind: reward # r\ntitle: {en: A, zh: 甲}\non: message.sent\nwhen: 'member.points >= 1' # c\nthen:\n  - grant_points: {amount: 1}\n`

test('a field is set and every other byte stays', () => {
  expect(withField(rule, ['when'], 'member.tier == "x"')).toBe(rule.replace("'member.points >= 1'", `'member.tier == "x"'`))
  expect(withField(rule, ['when'], "it's")).toContain("when: 'it''s' # c")
  expect(withField(rule, ['title', 'zh'], '乙', 'plain')).toBe(rule.replace('甲', '乙'))
  expect(withField(rule, ['once'], 'member', 'plain')).toBe(rule.replace('then:', 'once: member\nthen:'))
  expect(withField(rule, ['when'], undefined)).toBe(rule.replace(/when: .*\n/, ''))
  expect(withField(rule, ['title', 'zh'], undefined)).toBe(rule.replace(', zh: 甲', ''))
  expect(withField('{"key":"a","when":"x"}', ['when'], 'y "z"')).toBe('{"key":"a","when":"y \\"z\\""}')
  expect(editable('key: [')).toBe(false)
  expect(withField(rule, ['title'], 'x')).toBe(rule) // not one text: left alone
  expect(withRaw(rule, ['on'], '[a, b]')).toBe(rule.replace('on: message.sent', 'on: [a, b]'))
  expect(withRaw(withRaw(rule, ['on'], '[a, b]'), ['on'], 'c')).toBe(rule.replace('on: message.sent', 'on: c'))
  expect(withRaw(rule.replace('on: message.sent', 'on:\n  - a\n  - b'), ['on'], 'c')).toBe(rule.replace('on: message.sent', 'on: c'))
  const more = withEffect(rule, 'then', 'send', { channel: 'mail', text: "it's" })
  expect(more).toBe(`${rule}  - send: {channel: mail, text: 'it''s'}\n`)
  expect(effectsOf(more, 'then').map((e) => e.kind)).toEqual(['grant_points', 'send'])
  expect(withoutEffect(more, 'then', 1)).toBe(rule)
  expect(withField(more, ['then', 0, 'grant_points', 'amount'], '5', 'plain')).toBe(more.replace('amount: 1', 'amount: 5'))
  expect(withField(more, ['then', 0, 'grant_points', 'expires'], '7d', 'plain')).toContain('grant_points: {expires: 7d, amount: 1}')
})

test('a condition over several lines keeps its place and reads back', () => {
  const block = rule.replace("'member.points >= 1' # c", '|\n  member.points >= 1\n    and member.rank > 2')
  expect(field(block, ['when'])?.trim()).toBe('member.points >= 1\n  and member.rank > 2')
  const one = withField(block, ['when'], 'member.left')
  expect(field(one, ['when'])).toBe('member.left')
  expect(one).toBe(rule.replace("'member.points >= 1' # c", "'member.left'"))
  const two = withField(block, ['when'], 'a\nand b')
  expect(field(two, ['when'])?.trim()).toBe('a\nand b')
  expect(two.endsWith('then:\n  - grant_points: {amount: 1}\n')).toBe(true)
})

test('every rule of the packs takes any condition, and gives it back', () => {
  expect(documents.length).toBeGreaterThan(30)
  for (const text of documents) {
    const before = values(text) as Record<string, unknown>
    for (const condition of ['member.points >= 3', `member.tier == "it's"`, 'a\n  and b']) {
      const after = withField(text, ['when'], condition)
      expect((values(after) as Record<string, unknown>).when?.toString().trim(), after).toBe(condition)
      expect({ ...(values(after) as object), when: 0 }).toEqual({ ...before, when: 0 })
      if (before.when !== undefined) expect(values(withField(after, ['when'], String(before.when)))).toEqual(before)
    }
  }
}, 120_000)
