import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiProblem, problemOf } from '@/api/problem'
import { useEdit, type Versioned } from '@/parts/edit'

// A change whose answer is lost, and what a second try makes of it.

interface Note {
  key?: string
  text: string
  more?: Record<string, number>
}
let there: Versioned<Note> | undefined // what the server keeps
let lose = false
const put = vi.fn(async (body: Note, header: Record<string, string>): Promise<Versioned<Note>> => {
  if (there && header['If-Match'] !== there.etag) throw new ApiProblem('conflict', 412, {})
  there = { data: { ...body, more: body.more && Object.fromEntries(Object.entries(body.more).reverse()) }, etag: `"${put.mock.calls.length}"` }
  if (lose) throw new ApiProblem('unsaved', 0, {})
  return there
})
const edit = () => useEdit<Note>(() => ({ get: async () => there as Versioned<Note>, put }))
beforeEach(() => {
  there = undefined
  put.mockClear()
})
afterEach(() => void (lose = false))

test('what was saved though its answer was lost is taken for one’s own', async () => {
  const e = edit()
  e.begin({ text: 'a', more: { x: 1, y: 2 } })
  lose = true
  expect(await e.save()).toBe(false)
  expect(e.problem.value?.code).toBe('unsaved')
  lose = false
  expect(await e.save()).toBe(true)
  expect([e.elsewhere.value, put.mock.calls.length, there?.data.text]).toEqual([false, 2, 'a'])
})

test('what was typed on after that is saved over it, and over nobody else’s', async () => {
  const e = edit()
  e.begin({ text: 'a' })
  lose = true
  await e.save()
  lose = false
  e.draft.value = { text: 'b' }
  expect(await e.save()).toBe(true)
  expect(there?.data.text).toBe('b')
  there = { data: { text: 'theirs' }, etag: '"x"' }
  e.draft.value = { text: 'c' }
  expect(await e.save()).toBe(false)
  expect([e.elsewhere.value, there.data.text]).toEqual([true, 'theirs'])
})

test('of what nobody could load nothing is saved', async () => {
  const e = edit()
  expect(await e.save()).toBe(false)
  expect(put).not.toHaveBeenCalled()
})

test('a field shows its own faults, and the others stay for the box', () => {
  const message = { en: 'wrong', zh: '不对' }
  const p = problemOf(422, { code: 'invalid', message, problems: [{ code: 'x', path: '/tiers/0/key', message }, { code: 'y', path: '/tiers', message }] })
  expect(p.atField('/tiers/0')).toBe('不对')
  expect(p.faults.filter((f) => !p.placed.has(f)).map((f) => f.path)).toEqual(['/tiers'])
})
