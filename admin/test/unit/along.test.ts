import { expect, test } from 'vitest'
import { movedAlong } from '@/pages/rules/bench/along'
import { accepted } from '@/pages/rules/bench/accept'

const rule = `key: liked
kind: reward # a note
on: content.liked
when: 'events("content.liked", "30d").count() >= 5'
then:
  - grant_points: {amount: 20}
cases:
  - name: the fifth
    events: [{type: content.liked, times: 5}, {type: content.posted, times: 5}]
    expect: {outcome: true, effects: [grant_points: {amount: 20}]}
  - name: four
    events: [{type: content.liked, times: 4}]
    expect: {outcome: false, not: [grant_points]}
  - name: far away
    events:
      - type: content.liked
        times: 40
    expect:
      outcome: true
`

test('cases at the edge move along with the number of a condition, and nothing else does', () => {
  const along = movedAlong(rule, rule.replace('>= 5', '>= 3'))
  expect(along).toMatchObject({ from: 5, to: 3 })
  expect(along?.text).toBe(rule.replace('>= 5', '>= 3').replace('liked, times: 5', 'liked, times: 3').replace('times: 4', 'times: 2'))
})

test('a case of once gets its count', () => {
  const once = rule.replace('>= 5', '>= 1').replace('liked, times: 5', 'liked').replace('liked, times: 4', 'liked, times: 9')
  expect(movedAlong(once, once.replace('>= 1', '>= 2'))?.text).toContain('[{times: 2, type: content.liked}')
})

test('what an effect is expected to be moves along with it', () => {
  const now = rule.replace('grant_points: {amount: 20}', 'grant_points: {amount: 30}')
  expect(movedAlong(rule, now)?.text).toBe(rule.replaceAll('amount: 20', 'amount: 30'))
})

test('there is nothing to move where two numbers, a word or a window was changed, or no case stands there', () => {
  const two = rule.replace('>= 5', '>= 3').replace('amount: 20', 'amount: 30')
  expect(movedAlong(rule, two)).toBeUndefined()
  expect(movedAlong(rule, rule.replace('content.liked"', 'content.posted"'))).toBeUndefined()
  expect(movedAlong(rule, rule.replace('30d', '7d'))).toBeUndefined()
  expect(movedAlong(rule, rule)).toBeUndefined()
  const far = rule.replaceAll('times: 5', 'times: 50').replace('times: 4}', 'times: 14}')
  expect(movedAlong(far, far.replace('>= 5', '>= 3'))).toBeUndefined()
})

test('a red case takes over what came, in block and in flow, and no other byte changes', () => {
  expect(accepted(rule, 'four', '{outcome: true, effects: [grant_points]}')).toBe(rule.replace('{outcome: false, not: [grant_points]}', '{outcome: true, effects: [grant_points]}'))
  expect(accepted(rule, 'far away', '{outcome: false}')).toBe(rule.replace('expect:\n      outcome: true', 'expect: {outcome: false}'))
  expect(accepted(rule, 'nobody', '{outcome: false}')).toBe(rule)
  const json = '{"cases": [{"name": "a", "expect": {"outcome": false}}]}'
  expect(accepted(json, 'a', '{outcome: true, effects: [grant_points]}')).toBe('{"cases": [{"name": "a", "expect": {"outcome":true,"effects":["grant_points"]}}]}')
})
