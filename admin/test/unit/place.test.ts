import { expect, test } from 'vitest'
import { mended, nameAt } from '@/editor/place'

test('a fix counts characters, not units', () => {
  expect(mended('a: 群😀x tga', { from: 7, to: 10, text: 'tag' })).toBe('a: 群😀x tag')
  expect(mended('a and b', { from: 1, to: 7, text: '' })).toBe('a')
})

test('the name that is pointed at ends with the part under the pointer', () => {
  const line = 'when: member.points >= 3'
  expect(nameAt(line, 8)).toEqual({ from: 6, to: 12, text: 'member' })
  expect(nameAt(line, 14)).toEqual({ from: 6, to: 19, text: 'member.points' })
  expect(nameAt('x = 等级.名', 5)?.text).toBe('等级')
  expect(nameAt('  >= ', 3)).toBeUndefined()
})
