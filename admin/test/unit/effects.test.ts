import { expect, test } from 'vitest'
import { i18n } from '@/i18n'
import { effectLine } from '@/parts/effects'
import type { Vocabulary } from '@/stores/vocabulary'

const words = {
  effects: [
    { kind: 'grant_points', title: { en: 'grant points', zh: '发积分' }, fields: [{ name: 'amount', kind: 'number' }, { name: 'account', kind: 'key' }, { name: 'expires', kind: 'duration' }, { name: 'reason', kind: 'text' }] },
    { kind: 'move_tier', title: { en: 'move to a tier', zh: '调整层级' }, fields: [{ name: 'to', kind: 'key' }, { name: 'ladder', kind: 'key' }] },
    { kind: 'deny', title: { en: 'refuse', zh: '拒绝' }, fields: [{ name: 'reason', kind: 'text' }] },
  ],
  rewards: [{ key: 'cards', title: { en: 'Make-up cards', zh: '补卡' } }],
  ladders: [{ key: 'default', title: {}, tiers: [{ key: 'active', title: { en: 'Active', zh: '活跃者' } }] }],
  groups: [],
  channels: [],
} as unknown as Vocabulary

test('an effect says what was given, by what it is called, in the language of the page', () => {
  const cards = { kind: 'grant_points', fields: { amount: 1500, account: 'cards', expires: '8760h0m0s', reason: 'because / 因为' } }
  i18n.global.locale.value = 'en'
  expect(effectLine(cards, words)).toBe('grant points: 1,500, Make-up cards')
  expect(effectLine({ kind: 'move_tier', fields: { from: 'x', ladder: 'default', to: 'active' } }, words)).toBe('move to a tier: Active')
  expect(effectLine({ kind: 'deny', fields: { reason: 'no' } }, words)).toBe('refuse')
  i18n.global.locale.value = 'zh'
  expect(effectLine(cards, words)).toBe('发积分：1,500，补卡')
})

test('an effect that nothing is known about is still named', () => {
  expect(effectLine({ kind: 'new_kind', fields: { a: 1 } }, words)).toBe('new_kind')
  expect(effectLine({ kind: 'grant_points', fields: { amount: 1 } }, undefined)).toBe('grant_points')
})
