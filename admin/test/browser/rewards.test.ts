import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { owned } from './people'
import { Server } from './server'

// Rewards with what is left of them, the calendar of campaigns, and what is defined: event types, attributes, segments.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})
const item = (label: string) => w.page.locator('.el-form-item').filter({ has: w.page.locator(`label:text-is("${label}")`) }).last()
const save = () => w.page.getByRole('button', { name: 'Save', exact: true }).click()
const wrong = () => w.page.locator('.el-form-item__error').first().waitFor()
const clean = async (): Promise<void> => {
  expect(w.take(/422|400|412/)).toEqual([])
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
}

test('a coupon pool is filled, handed out by a rule, and shows what is left', async () => {
  await w.go('/rewards?kind=coupon')
  await w.page.getByText('There is no reward of this kind yet.').waitFor()
  await clean()
  await w.page.getByRole('button', { name: 'New reward' }).first().click()
  await w.page.locator('input[name=key]').fill('gift')
  await w.page.locator('textarea[name=codes]').fill('A1\nA1')
  await save()
  await item('Title (Chinese)').locator('.el-form-item__error').waitFor()
  await item('Codes, one a line, handed out in order').locator('.el-form-item__error').waitFor()
  await clean()
  await item('Title (English)').locator('input').fill('Gift card')
  await w.page.locator('textarea[name=codes]').fill('A1\nA2\nA3')
  await save()
  await w.page.getByRole('heading', { name: 'Gift card' }).waitFor()
  await publish(w, { key: 'give', kind: 'reward', title: { en: 'Give a card', zh: '送卡' }, on: 'checkin.done', once: 'member', then: [{ issue_coupon: { pool: 'gift' } }, { grant_points: { amount: 30 } }], limits: { budget: { points: 100, per: 'month' } } })
  await event(w, 'e1', 'checkin.done', 'ada')
  await w.page.reload()
  await w.page.getByText('2 of 3 left').waitFor()
  await w.page.getByRole('link', { name: 'Give a card' }).waitFor()
  await w.page.getByText(/^Point accounts/).click()
  await w.page.getByText('30 of 100 this month').waitFor()
  await w.page.getByRole('link', { name: '1 members' }).waitFor()
  await clean()
})

test('the calendar shows what is sent when, gaps, and whose quiet hours hold it', async () => {
  await w.go('/campaigns')
  await w.page.getByText('No live rule has a schedule.').waitFor()
  await clean()
  await call(w, 'PUT', 'channels/box', { plugin: 'logfile' })
  await call(w, 'PUT', 'groups/core', { title: { en: 'Core' }, channel: 'box', address: 'room' })
  await call(w, 'PUT', 'settings', { zone: 'Asia/Shanghai', currency: 'CNY', lang: 'zh', quiet_from: '22:00', quiet_to: '08:00', promo_share: 30 })
  await publish(w, { key: 'monday', kind: 'campaign', title: { en: 'Monday topic', zh: '周一话题' }, every: '0 9 * * 1', then: [{ send: { channel: 'box', to: 'group', group: 'core', text: 'x' } }] })
  for (const n of [1, 2, 3]) await publish(w, { key: `late-${n}`, kind: 'campaign', title: { en: `Late ${n}`, zh: `夜 ${n}` }, every: '30 23 * * 2', then: [{ send: { channel: 'box', text: 'x' } }] })
  await w.go('/campaigns?view=week&at=2031-03-05')
  const monday = w.page.locator('[data-day="2031-03-03"]')
  await monday.getByRole('link', { name: '09:00 Monday topic' }).waitFor()
  const tuesday = w.page.locator('[data-day="2031-03-04"]')
  await tuesday.getByText('3 sends: crowded').waitFor()
  await tuesday.getByRole('link', { name: /Late 1.*goes out at 08:00/ }).waitFor()
  await w.page.locator('[data-day="2031-03-05"]').getByText('nothing is sent').waitFor()
  await w.page.getByText('At most 30 % may promote').waitFor()
  await clean()
  await w.page.getByRole('button', { name: 'After' }).click()
  await w.page.locator('[data-day="2031-03-10"]').getByRole('link', { name: '09:00 Monday topic' }).waitFor()
  await w.page.reload()
  await w.page.locator('[data-day="2031-03-10"]').getByRole('link', { name: '09:00 Monday topic' }).click()
  await expect.poll(() => new URL(w.page.url()).pathname).toBe('/rules/monday')
})

test('an event type with a field twice is refused at that field, then saved', async () => {
  await w.go('/definitions/event-types?origin=own')
  await w.page.getByRole('button', { name: 'New event type' }).click()
  await w.page.locator('input[name=key]').fill('步行')
  await item('Title (English)').locator('input').fill('Walk')
  for (const n of [0, 1]) {
    await w.page.getByRole('button', { name: 'Add a field' }).click()
    await w.page.locator(`input[name=field-${n}]`).fill('steps')
  }
  await save()
  await w.page.locator('fieldset').nth(1).locator('.el-form-item__error').filter({ hasText: 'twice' }).waitFor()
  await clean()
  await w.page.locator('input[name=field-1]').fill('pace')
  await save()
  await w.page.getByRole('button', { name: 'Walk' }).waitFor()
  await clean()
})

test('an attribute needs a name that can be one', async () => {
  await w.go('/definitions/attributes')
  await w.page.getByRole('button', { name: 'New attribute' }).first().click()
  await w.page.locator('input[name=key]').fill('not a name')
  await save()
  await wrong()
  await w.page.locator('input[name=key]').fill('城市')
  await save()
  await w.page.getByRole('button', { name: '城市' }).waitFor()
  await clean()
})

test('a segment counts while it is typed, and is deleted after a question', async () => {
  await w.go('/definitions/segments')
  await w.page.getByRole('button', { name: 'New segment' }).first().click()
  await w.page.locator('input[name=key]').fill('rich')
  await item('Title (English)').locator('input').fill('Rich')
  await w.page.locator('textarea[name=where]').fill('member.pionts > 10')
  await save()
  await item('Condition').locator('.el-form-item__error').filter({ hasText: 'pionts' }).waitFor()
  await w.page.locator('textarea[name=where]').fill('member.points > 10')
  await w.page.getByRole('dialog').getByRole('link', { name: '1 members now' }).waitFor()
  await clean()
  await save()
  await w.page.getByRole('button', { name: 'Rich' }).click()
  await w.page.getByRole('button', { name: 'Delete' }).click()
  await w.page.getByRole('dialog', { name: 'Delete “Rich”?' }).getByRole('button', { name: 'Delete' }).click()
  await w.page.getByRole('button', { name: 'Rich' }).waitFor({ state: 'detached' })
  await w.page.getByRole('button', { name: 'Effective members' }).waitFor() // comes with every workspace
  await clean()
})
