import { expect, test } from 'vitest'
import { addMonths, daysOf, isDay, plan, type Calendar } from '@/pages/campaigns/plan'

const calendar = (entries: Calendar['entries'], sends: Calendar['whenever'][number]['sends'] = [{ to: 'group', group: 'core' }]): Calendar => ({
  zone: 'Asia/Shanghai', entries, whenever: [], shares: [], rules: [{ rule: 'a', kind: 'campaign', sends }],
})

test('a month is whole weeks from Monday, a week is seven days', () => {
  expect(daysOf('month', '2026-11-29').at(0)).toBe('2026-10-26')
  expect(daysOf('month', '2026-11-29').at(-1)).toBe('2026-12-06')
  expect(daysOf('month', '2027-02-10')).toHaveLength(28)
  expect(daysOf('week', '2026-11-29')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29'])
  expect(addMonths('2026-01-31', 1)).toBe('2026-02-01')
  expect([isDay('2026-02-29'), isDay('2028-02-29'), isDay('x')]).toEqual([false, true, false])
})

test('a firing stands on the day of the workspace, with the time at which quiet hours let it go', () => {
  const [first, second] = plan(calendar([{ at: '2026-11-28T16:30:00Z', rule: 'a', held_until: '2026-11-29T00:00:00Z' }]), ['2026-11-28', '2026-11-29'], '2026-11-28', '')
  expect(first?.lines).toEqual([])
  expect(first?.gap).toBe(true)
  expect(second?.lines[0]?.times).toEqual([{ at: '2026-11-28T16:30:00Z', time: '00:30', held: '08:00' }])
  expect(second?.gap).toBe(false)
})

test('three sends crowd a day that is to come, not one that is over; another group is left out', () => {
  const entries = ['01', '02', '03'].map((h) => ({ at: `2026-11-28T${h}:00:00Z`, rule: 'a' }))
  const of = (today: string, group: string) => plan(calendar(entries), ['2026-11-28'], today, group)[0]
  expect(of('2026-11-28', '')?.crowded).toBe(true)
  expect(of('2026-11-29', '')?.crowded).toBe(false)
  expect(of('2026-11-28', 'core')?.sends).toBe(3)
  expect(of('2026-11-28', 'other')?.lines).toEqual([])
  expect(plan(calendar(entries, [{ to: 'member' }]), ['2026-11-28'], '2026-11-28', 'other')[0]?.sends).toBe(3)
})
