import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { owned } from './people'
import { Server } from './server'

// What an operator reads is in their words: no part of a rule is hidden by the sentence, and what the API gives by key is called
// by its name, in the sample community.

const server = new Server(['--demo'])
let w: Window
let member = ''
beforeAll(async () => {
  w = await owned(server)
  const found = (await (await w.context.request.get(`${server.url}/api/v1/rules/checkin-streak-7/decisions?limit=20`)).json()) as { items: { subject: string; outcome: string }[] }
  member = found.items.find((d) => d.outcome === 'true')?.subject ?? ''
}, 240_000)
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const textOf = (): Promise<string> => w.page.locator('.cm-content').innerText()
const asText = async (): Promise<string> => {
  await w.page.getByText('As text', { exact: true }).click()
  await w.page.locator('.cm-content').waitFor()
  return textOf()
}
const clean = async (): Promise<void> => expect({ wider: await w.overflow(), axe: await w.violations(), console: w.take() }).toEqual({ wider: 0, axe: [], console: [] })

test('a tier rule says where it moves members and what it takes to stay', async () => {
  await w.go('/rules/to-active')
  await w.page.getByRole('heading', { name: 'Then move' }).waitFor()
  await w.page.getByText('Active', { exact: true }).first().waitFor()
  const grace = w.page.getByRole('textbox', { name: 'moves down after' })
  expect(await grace.inputValue()).toBe('14')
  await grace.fill('10')
  await grace.press('Enter')
  await clean()
  const text = await asText()
  expect(text).toContain('grace: 10d')
  expect(text).toContain(`hold: 'events("message.sent", "30d").days() >= 4'`)
})

test('a review shows its ranking, its moves and who is exempt; a change touches its own place alone', async () => {
  w.page.once('dialog', (asked) => void asked.accept())
  await w.go('/rules/half-month-review')
  await w.page.getByRole('heading', { name: 'Is held back' }).waitFor()
  expect(await w.page.getByRole('textbox', { name: 'the first' }).inputValue()).toBe('3')
  expect(await w.page.getByRole('textbox', { name: 'ranked by' }).inputValue()).toContain('invite.joined')
  const notice = w.page.getByRole('textbox', { name: 'time for appeals' })
  await notice.fill('9')
  await notice.press('Enter')
  await clean()
  const text = await asText()
  expect(text).toContain('notice: 9d')
  expect(text).toContain("down: {bottom: 10, from: second, to: held-back, when: 'score < 5'}")
})

test('limits are added and taken out in the sentence', async () => {
  w.page.once('dialog', (asked) => void asked.accept())
  await w.go('/rules/first-order')
  await w.page.getByRole('combobox', { name: 'Waiting, limits and more' }).press('Enter')
  await w.page.getByRole('option', { name: 'Pause between two times' }).click()
  await w.page.getByRole('heading', { name: 'Limits' }).waitFor()
  expect(await asText()).toContain('limits: {cooldown: 7d}')
  await w.page.getByText('As a sentence', { exact: true }).click()
  await w.page.getByRole('button', { name: 'Remove: pause between two times' }).click()
  await w.page.getByRole('heading', { name: 'Limits' }).waitFor({ state: 'detached' })
  expect(await asText()).not.toContain('limits')
})

test('how many members a condition about events matches is said soon', async () => {
  w.page.once('dialog', (asked) => void asked.accept())
  const began = Date.now()
  await w.go('/rules/care-task')
  await w.page.getByText(/matches .* members now/).waitFor()
  expect(Date.now() - began).toBeLessThan(10_000) // it took half a minute when each member's part of the log was read apart
  await w.page.getByRole('heading', { name: 'For whom' }).waitFor()
})

test('a try says what would happen by the names of things', async () => {
  await w.go('/rules/checkin-streak-7')
  await w.page.getByText('One of its cases', { exact: true }).click()
  await w.page.getByRole('combobox', { name: 'Which case' }).press('Enter')
  await w.page.getByRole('option').first().click()
  await w.page.getByRole('button', { name: 'Try it' }).click()
  const would = w.page.locator('.effects')
  await would.waitFor()
  const said = await would.innerText()
  expect(said).toMatch(/grant points: 20/i)
  expect(said).not.toMatch(/amount|account makeup-cards/)
})

test('the ledger, the time line and the facts of a member call rules, fields and attributes by their titles', async () => {
  await w.go(`/members/${member}?tab=points`)
  await w.page.getByRole('link', { name: 'Seven days in a row' }).first().waitFor()
  const ledger = await w.page.locator('table.plain').innerText()
  expect(ledger).not.toMatch(/checkin-|\bgrant\b|补打/)
  await w.page.locator('dt', { hasText: /^City$/ }).waitFor()
  await clean()
  await w.go(`/members/${member}`)
  await w.page.getByText(/Activity: /).first().waitFor()
  expect(await w.page.locator('.props').allInnerTexts()).not.toContainEqual(expect.stringMatching(/content_id|activity:/))
})

test('tasks are told in the reader’s language and by name; the audit log is in words', async () => {
  await w.go('/')
  const task = w.page.locator('li', { hasText: /Write to (?!m\w{4,}:).*silent for two weeks/ }).first() // names come a moment later
  await task.waitFor()
  expect(await task.innerText()).not.toMatch(/已沉默/)
  await w.go('/settings/audit')
  await w.page.getByText('start: session').or(w.page.getByText('set up: server')).first().waitFor()
  await clean()
})

test('rules are filtered by what they listen to and what they do, and a link brings the filter back', async () => {
  await w.go('/rules?on=order.paid')
  await w.page.getByRole('link', { name: 'A coupon for the first order' }).waitFor()
  expect(await w.page.getByRole('link', { name: 'Half-month review' }).count()).toBe(0)
  await w.go('/rules?does=create_task')
  await w.page.getByRole('link', { name: 'Write to the silent' }).waitFor()
  await clean()
})
