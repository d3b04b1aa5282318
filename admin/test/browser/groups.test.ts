import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { owned } from './people'
import { Server } from './server'

// A group from nothing: its form, its door and its officers; and a ladder with who stands where.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const post = async (method: 'post' | 'put', path: string, data: object): Promise<void> => {
  const answer = await w.context.request[method](`${server.url}/api/v1/${path}`, { data, headers: { Origin: server.url } })
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
}
const fine = async (): Promise<void> => {
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
}

test('a group is made, its mistakes shown at their fields', async () => {
  await w.go('/groups')
  await w.page.getByText('There is no group yet.').waitFor()
  await w.page.getByRole('button', { name: 'New group' }).first().click()
  await w.page.locator('input[name=key]').fill('Not A Key')
  await w.page.getByRole('button', { name: 'Save' }).click()
  await w.page.locator('.el-form-item__error').first().waitFor()
  expect(w.take(/4\d\d/)).toEqual([])
  await w.page.locator('input[name=key]').fill('runners')
  await w.page.getByLabel('Title (English)').fill('Runners')
  await w.page.getByLabel('Seats (0 is unlimited)').fill('1')
  await w.page.getByLabel('Seats (0 is unlimited)').press('Enter') // by keyboard
  await w.page.getByRole('link', { name: 'Runners' }).waitFor()
  await fine()
})

test('who waits is declined or let in, and the group holds its officers', async () => {
  await post('put', 'rules/open', { key: 'open', kind: 'threshold', group: 'runners', title: { en: 'Open', zh: '开放' }, when: 'not member.left', then: [{ admit: {} }] })
  await post('post', 'rules/open/publish', {})
  for (const name of ['ada', 'bo', 'cy']) await post('post', 'groups/runners/applications', { member: `app:${name}` })
  await w.go('/groups')
  await w.page.getByRole('link', { name: '2 waiting' }).click()
  await w.page.getByText('0 seats free').waitFor()
  expect(await w.page.getByRole('button', { name: 'Let in a batch' }).isDisabled()).toBe(true)
  await w.page.getByRole('button', { name: 'Decline bo' }).click()
  await w.page.locator('input[name=reason]').fill('runs no more')
  await w.page.locator('input[name=reason]').press('Enter')
  await w.page.getByRole('cell', { name: 'runs no more' }).waitFor()
  await fine()
  await post('put', 'groups/runners', { title: { en: 'Runners' }, capacity: 3 })
  await w.page.reload()
  await w.page.getByText('2 seats free').waitFor() // reload keeps the place
  await w.page.getByRole('button', { name: 'Let in a batch' }).click()
  await w.page.getByText('These 1 enter').waitFor()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Let in a batch' }).click()
  await w.page.getByText('Nobody waits for a seat.').waitFor()
  await w.page.getByRole('tab', { name: 'Officers' }).click()
  await w.page.getByRole('button', { name: 'Appoint: Recorder' }).click()
  await w.page.getByRole('dialog').getByRole('combobox').fill('ada')
  await w.page.getByRole('option', { name: 'ada' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Appoint', exact: true }).click()
  await w.page.getByText('no substitute').waitFor()
  await fine()
  await w.page.getByRole('tab', { name: 'Members' }).click()
  await w.page.getByRole('cell', { name: 'Recorder' }).waitFor()
  await fine()
  expect(w.take()).toEqual([])
})

test('a ladder shows who stands where and who rose', async () => {
  await w.go('/ladders')
  await post('put', 'ladders/steps', { title: { en: 'Steps' }, tiers: [{ key: 'low', title: { en: 'Low' } }, { key: 'high', title: { en: 'High' } }] })
  await post('put', 'members/app:ada/tiers/steps', { to: 'high' })
  await post('put', 'members/app:cy/tiers/steps', { to: 'low' })
  await w.page.reload()
  const steps = w.page.locator('section', { hasText: 'Steps' })
  await steps.getByText('In 30 days 0 rose, 0 fell and 2 came onto the ladder.').waitFor()
  expect(await steps.getByRole('row').nth(1).innerText()).toContain('High')
  await fine()
  await steps.getByRole('link', { name: 'High' }).click()
  await w.page.getByRole('link', { name: 'ada' }).waitFor()
  expect(w.take()).toEqual([])
})
