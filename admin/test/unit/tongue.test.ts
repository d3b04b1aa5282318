import { afterEach, expect, test } from 'vitest'
import { i18n } from '@/i18n'
import { inTongue } from '@/parts/tongue'

afterEach(() => void (i18n.global.locale.value = 'zh'))

test('a text in both languages is read in one, any other as it is', () => {
  const both = 'Two members must vouch / 需要两位成员担保'
  expect(inTongue(both)).toBe('需要两位成员担保')
  expect(inTongue(`还差 1 个；${both}`)).toBe('还差 1 个；需要两位成员担保')
  i18n.global.locale.value = 'en'
  expect(inTongue(both)).toBe('Two members must vouch')
  expect(inTongue(`1 to go; ${both}`)).toBe('1 to go; Two members must vouch')
  for (const one of ['3 / 5', '北京 / 上海', 'a / b / c', 'and / or', '']) expect(inTongue(one)).toBe(one)
})
