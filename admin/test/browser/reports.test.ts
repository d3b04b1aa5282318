import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { owned } from './people'
import { Server } from './server'

// Charts of what really happened: right numbers as table and file, the members behind a bar, days that live in the address.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})
const clean = async (): Promise<void> => {
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
}
const panel = (name: string) => w.page.getByRole('region', { name })
const today = (): string => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())
/** The last row of a panel's table. */
const lastRow = (name: string): Promise<string[]> => panel(name).locator('tbody tr').last().locator('th, td').allInnerTexts()

test('before anything happened every report says what would fill it', async () => {
  await w.go('/reports')
  await panel('What happens in the community?').getByText('Nothing in these days.').waitFor()
  await panel('Do messages arrive?').getByText('Messages appear here').waitFor()
  await clean()
})

test('numbers are right as a table and as a file', async () => {
  await publish(w, { key: 'daily', kind: 'reward', title: { en: 'Daily points', zh: '每日积分' }, on: 'checkin.done', once: 'member', then: [{ grant_points: { amount: 7 } }] })
  for (const [n, name] of ['ada', 'ada', 'bob', 'cleo', 'cleo', 'cleo'].entries()) await event(w, `e${n}`, 'checkin.done', name)
  await event(w, 'm1', 'message.sent', 'ada')
  await w.go('/reports?days=7')
  const events = panel('What happens in the community?')
  await events.getByText('7 events, most of them').waitFor()
  await events.getByText('Table').click()
  expect(await events.locator('thead th').allInnerTexts()).toEqual(['Date', 'Checked in', 'Sent a message'])
  expect(await lastRow('What happens in the community?')).toEqual([today(), '6', '1'])
  expect(await events.locator('tbody tr').count()).toBe(7)
  await panel('Are points given faster than they are spent?').getByText('granted 21').waitFor()
  const saving = w.page.waitForEvent('download')
  await events.getByRole('button', { name: 'Download CSV' }).click()
  const file = readFileSync(await (await saving).path(), 'utf8').replace('\ufeff', '').trimEnd().split('\r\n')
  expect(file[0]).toBe('Date,Checked in,Sent a message')
  expect(file.at(-1)).toBe(`${today()},6,1`)
  expect(file.length).toBe(8)
  await clean()
})

test('a bar opens the people behind it, and its link opens them again', async () => {
  const rules = panel('Which rules match?')
  await rules.locator('rect.bar').last().click()
  const drawer = w.page.getByRole('dialog', { name: 'Daily points' })
  await expect.poll(() => drawer.getByRole('listitem').count()).toBe(6)
  await drawer.getByText('grant points').first().waitFor()
  await drawer.getByRole('link', { name: 'cleo' }).first().waitFor()
  await clean()
  await w.page.reload()
  await w.page.getByRole('dialog', { name: 'Daily points' }).getByRole('link', { name: 'bob' }).first().waitFor()
  await w.page.goBack()
  await w.page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('by keyboard: the table’s number opens who joined', async () => {
  await w.go('/reports?days=7')
  const joined = panel('Do more come than go?')
  await joined.getByRole('radio', { name: 'Table' }).press('Space')
  await joined.getByRole('button', { name: `${today()}, joined: 3` }).press('Enter')
  await w.page.getByRole('heading', { name: 'Members' }).waitFor()
  for (const name of ['ada', 'bob', 'cleo']) await w.page.getByRole('link', { name }).first().waitFor()
  expect(w.take()).toEqual([])
})

test('the days live in the address; a range that cannot be is told', async () => {
  await w.go('/reports')
  await w.page.getByText('90 days', { exact: true }).click()
  await expect.poll(() => new URL(w.page.url()).search).toBe('?days=90')
  await w.page.reload()
  await w.page.getByRole('radio', { name: '90 days', checked: true }).waitFor()
  await w.go('/reports?from=2026-01-01&to=2026-03-31')
  expect(await w.page.getByPlaceholder('First day').inputValue()).toBe('2026-01-01')
  await panel('What happens in the community?').getByText('Nothing in these days.').waitFor()
  await clean()
  await w.go('/reports?from=2026-03-02&to=2026-03-01')
  await panel('What happens in the community?').getByText('the first day must not be after the last').waitFor()
  expect(w.take(/422/)).toEqual([])
})

test('the list of rules shows matches by day, and says them', async () => {
  await w.go('/rules')
  await w.page.getByRole('img', { name: /Matches of “Daily points” by day, oldest day first: (0, ){13}6\. Together 6\./ }).waitFor()
  await clean()
})

test('who may only look sees charts, and no number that leads to people', async () => {
  await call(w, 'POST', 'users', { login: 'vi', name: 'Vi', role: 'viewer', password: 'correct horse battery' })
  const other = await Window.open(server.url, { lang: 'zh', theme: 'dark', width: 390 })
  await other.page.goto('signin')
  await other.page.locator('input[name=username]').fill('vi')
  await other.page.locator('input[name=password]').fill('correct horse battery')
  await other.page.locator('button[type=submit]').click()
  await other.page.getByRole('heading', { name: '今日' }).waitFor()
  await other.go('/reports')
  const events = other.page.getByRole('region', { name: '社群里发生了什么？' })
  await events.getByText('共 7 个事件').waitFor()
  await events.locator('.el-radio-button').last().click()
  expect(await events.locator('tbody tr').last().locator('button').count()).toBe(0)
  expect(other.take()).toEqual([])
  expect(await other.violations()).toEqual([])
  expect(await other.overflow()).toBe(0)
  await other.close()
})
