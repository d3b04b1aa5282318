import { expect, test } from 'vitest'
import { costRows, type Cost } from '@/pages/rules/bench/backtest'

const none: Cost = { matches: 0, members: 0, unknown: 0, points: {}, badges: {}, coupons: {}, tasks: 0, messages: { made: 0, held: {}, dropped: {} } }

test('what neither version costs is left out, but for matches and members', () => {
  expect(costRows({ before: none, after: none }).map((one) => one.key)).toEqual(['matches', 'members'])
})

test('each reason why messages wait or do not go is a row of its own, of both versions', () => {
  const before = { ...none, messages: { made: 3, held: { quiet_hours: 2 }, dropped: {} } }
  const after = { ...none, agreed: 4, points: { points: 5, gold: 2 }, messages: { made: 9, held: { cap: 1, quiet_hours: 4 }, dropped: { consent: 1 } } }
  expect(costRows({ before, after }).slice(2)).toEqual([
    { key: 'points', reason: undefined, before: 0, after: 7 },
    { key: 'messages', reason: undefined, before: 3, after: 9 },
    { key: 'held', reason: 'cap', before: 0, after: 1 },
    { key: 'held', reason: 'quiet_hours', before: 2, after: 4 },
    { key: 'dropped', reason: 'consent', before: 0, after: 1 },
    { key: 'agreed', reason: undefined, before: 0, after: 4 },
  ])
})
