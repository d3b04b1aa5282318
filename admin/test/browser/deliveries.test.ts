import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { owned } from './people'
import { Server } from './server'

// What became of messages: dropped for want of consent, sent again, held by quiet hours; filters that survive a reload.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
  await call(w, 'PUT', 'channels/box', { plugin: 'logfile', title: { en: 'The box' } })
  await publish(w, { key: 'hello', kind: 'campaign', title: { en: 'Say hello', zh: '问好' }, on: 'checkin.done', then: [{ send: { channel: 'box', text: 'Hello {{ member.id }}' } }] })
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})
const settings = { zone: 'Asia/Shanghai', currency: 'CNY', lang: 'zh' }
const states = async (): Promise<string[]> => ((await call(w, 'GET', 'deliveries')) as { items: { state: string }[] }).items.map((d) => d.state).sort()
const clean = async (): Promise<void> => {
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
}

test('an empty outbox says what would fill it', async () => {
  await w.go('/deliveries')
  await w.page.getByText('No message was sent yet.').waitFor()
  await clean()
})

test('messages that could not go say why, and are sent again, several at once', async () => {
  await call(w, 'PUT', 'settings', { ...settings, needs_consent: true })
  await event(w, 'e1', 'checkin.done', 'ada')
  await event(w, 'e2', 'checkin.done', 'bob')
  await expect.poll(states, { timeout: 20_000 }).toEqual(['dropped', 'dropped'])
  await w.go('/deliveries')
  await w.page.getByText('the member does not want messages').first().waitFor()
  await w.page.getByRole('link', { name: 'ada' }).waitFor()
  await clean()
  await call(w, 'PUT', 'settings', settings)
  await w.page.getByRole('checkbox', { name: 'All' }).press('Space')
  await w.page.getByRole('button', { name: 'Send 2 again' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
  await w.page.getByText('2 wait to be sent again.').waitFor()
  await expect.poll(states, { timeout: 20_000 }).toEqual(['sent', 'sent'])
})

test('one message tells all of itself and leads to the decision behind it', async () => {
  await w.page.getByRole('button', { name: 'Refresh' }).click()
  await w.page.locator('tbody .open').first().click()
  const drawer = w.page.getByRole('dialog')
  await drawer.getByText('The platform’s number for it').waitFor()
  await drawer.getByRole('link', { name: 'Say hello' }).waitFor()
  await clean()
  await drawer.getByRole('link', { name: 'The decision behind it' }).click()
  await w.page.getByRole('tab', { name: 'Decisions', selected: true }).waitFor()
})

test('what quiet hours hold says so; filters live in the address', async () => {
  await call(w, 'PUT', 'settings', { ...settings, quiet_from: '00:00', quiet_to: '23:59' })
  await event(w, 'e3', 'checkin.done', 'ada')
  await expect.poll(states, { timeout: 20_000 }).toContain('held')
  await w.go('/deliveries')
  await w.page.getByRole('combobox', { name: 'State' }).press('Enter')
  await w.page.getByRole('option', { name: 'Held' }).click()
  await w.page.getByText('it waits for the end of quiet hours').waitFor()
  await expect.poll(() => w.page.locator('tbody tr').count()).toBe(1)
  await w.page.reload()
  await w.page.getByText('it waits for the end of quiet hours').waitFor()
  expect(new URL(w.page.url()).search).toBe('?state=held')
  await expect.poll(() => w.page.locator('tbody tr').count()).toBe(1)
  await w.go('/deliveries?state=dead')
  await w.page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect.poll(() => w.page.locator('tbody tr').count()).toBe(3)
  await clean()
})

test('a filter that names nobody says so', async () => {
  await w.go('/deliveries?member=app:nobody')
  await w.page.getByRole('alert').first().waitFor()
  expect(w.take(/404/)).toEqual([])
})
