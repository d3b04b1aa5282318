import { readFileSync, readdirSync } from 'node:fs'
import { createServer, type Server as Listener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { owned, password, signIn } from './people'
import { Server, until } from './server'

// The home page: first steps, each kind of work with its action, the four numbers, what rules decide; and what each role sees of it.

const server = new Server(['--allow-private-addresses'])
let w: Window
let refusing: Listener // a webhook that takes nothing
beforeAll(async () => {
  refusing = createServer((_, answer) => answer.writeHead(400).end('no'))
  await new Promise<void>((go) => refusing.listen(0, '127.0.0.1', go))
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
  refusing.close()
})

const kind = (name: string) => w.page.getByRole('region', { name, exact: true })
const fine = async (): Promise<void> => {
  expect(w.take()).toEqual([])
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
}
const past = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

test('a new workspace is led through its first steps', async () => {
  await w.go('/')
  await w.page.getByRole('heading', { name: 'First steps' }).waitFor()
  await w.page.getByText('Nothing needs you now.').waitFor()
  await fine()
  await w.page.getByRole('button', { name: 'Open the gallery' }).click()
  await w.page.waitForURL('**/gallery')
  await event(w, 'first', 'checkin.done', 'ada')
  await w.go('/')
  await w.page.getByRole('listitem').filter({ hasText: 'Send what happens' }).getByText('Done').waitFor()
  expect(await w.page.getByRole('button', { name: 'Import a file' }).count()).toBe(0)
})

test('a task is taken, done and opened again', async () => {
  await publish(w, { key: 'call', kind: 'reward', title: { en: 'Call them', zh: '打电话' }, on: 'checkin.done', once: 'event', then: [{ create_task: { to: 'user', text: 'Call the newcomer', due: '2d' } }] })
  await event(w, 'second', 'checkin.done', 'ada')
  await w.go('/')
  const tasks = kind('Tasks')
  await tasks.getByText('Call the newcomer').waitFor()
  await tasks.getByText('due tomorrow').waitFor()
  await tasks.getByRole('button', { name: 'Take it: ada' }).click()
  await tasks.getByText('yours').waitFor()
  await tasks.getByRole('button', { name: 'Done: ada' }).press('Enter') // by keyboard
  await tasks.getByRole('button', { name: 'Undo' }).click()
  await tasks.getByRole('button', { name: 'Done: ada' }).click()
  await w.page.getByText('Nothing needs you now.').or(tasks.getByRole('button', { name: 'Undo' })).first().waitFor()
  await fine()
})

test('who applied is refused with a reason, or let in', async () => {
  await call(w, 'PUT', 'groups/runners', { title: { en: 'Runners' }, capacity: 1 })
  await publish(w, { key: 'door', kind: 'threshold', group: 'runners', title: { en: 'Door', zh: '门槛' }, when: 'not member.left', then: [{ admit: {} }] })
  for (const name of ['ada', 'bo', 'cy']) await call(w, 'POST', 'groups/runners/applications', { member: `app:${name}` })
  await w.go('/')
  const list = kind('Applications waiting')
  await list.getByText('no seat free').first().waitFor()
  expect(await list.getByRole('button', { name: 'Let in: bo' }).isDisabled()).toBe(true)
  await list.getByRole('button', { name: 'Refuse: bo' }).click()
  await w.page.locator('input[name=reason]').fill('runs no more')
  await w.page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click()
  await list.getByRole('listitem').filter({ hasText: 'bo' }).getByText('Done').waitFor()
  await call(w, 'PUT', 'groups/runners', { title: { en: 'Runners' }, capacity: 2 })
  await w.page.getByRole('button', { name: 'Refresh' }).click()
  await list.getByRole('button', { name: 'Let in: cy' }).click()
  await w.page.getByText('They are in.').waitFor()
  const group = (await call(w, 'GET', 'groups/runners')) as { state: { size: number; waiting: number } }
  expect([group.state.size, group.state.waiting]).toEqual([2, 0])
  await fine()
})

test('a paused rule is resumed here, with an undo', async () => {
  await call(w, 'POST', 'rules/call/pause')
  await w.go('/')
  const rules = kind('Rules that need a look')
  await rules.getByText('paused').waitFor()
  await rules.getByRole('button', { name: /^Resume/ }).click()
  await rules.getByRole('button', { name: 'Undo' }).waitFor()
  expect(((await call(w, 'GET', 'rules/call')) as { state: string }).state).toBe('live')
  await rules.getByRole('button', { name: 'Undo' }).click()
  await rules.getByText('paused').waitFor()
  await rules.getByRole('link', { name: 'Open the rule' }).click()
  await w.page.waitForURL('**/rules/call')
})

test('a message that failed is sent again, or leads to its channel', async () => {
  await call(w, 'PUT', 'settings', { zone: 'Asia/Shanghai', currency: 'CNY', lang: 'zh' })
  await call(w, 'PUT', 'channels/hook', { plugin: 'webhook', title: { en: 'Hook' }, config: { url: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/` } })
  await call(w, 'PUT', 'channels/hook/secrets', { secrets: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } })
  await publish(w, { key: 'tell', kind: 'reward', title: { en: 'Tell', zh: '通知' }, on: 'checkin.done', once: 'event', then: [{ send: { channel: 'hook', text: 'hello' } }] })
  await event(w, 'third', 'checkin.done', 'ada')
  const dead = async (): Promise<boolean> => ((await call(w, 'GET', 'deliveries?state=dead')) as { items: unknown[] }).items.length === 1
  await until('the message failed', dead)
  await w.go('/')
  const failed = kind('Messages that failed')
  await failed.getByRole('link', { name: 'Open the channel' }).waitFor()
  await failed.getByRole('button', { name: 'Send again: ada' }).click()
  await w.page.getByText('It is on its way again.').waitFor()
  await until('it failed again', dead)
  await w.page.getByRole('button', { name: 'Refresh' }).click()
  await failed.getByRole('link', { name: 'Open the channel' }).click()
  await w.page.waitForURL('**/channels/hook')
})

/** The process of a channel plugin of this file's server; 0 while there is none. */
function pluginProcess(plugin: string): number {
  const of = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      return '' // it ended meanwhile
    }
  }
  const parent = server['process']?.pid
  const found = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && of(pid, 'cmdline').split('\0').includes(plugin) && of(pid, 'status').includes(`\nPPid:\t${parent}\n`))
  return Number(found ?? 0)
}

test('a channel whose program ends again and again cannot send, and says so in words', async () => {
  for (let kills = 0; kills < 4; kills++) { // each time it is started later
    await until('the plugin runs', async () => {
      await w.page.request.post('api/v1/channels/hook/test', { headers: { Origin: server.url }, data: { text: 'x' } }) // starts it when it may
      return pluginProcess('webhook') > 0
    })
    process.kill(pluginProcess('webhook'), 'SIGKILL')
    await until('its end was seen', async () => !['running', 'degraded'].includes(((await call(w, 'GET', 'channels/hook/health')) as { state: string }).state))
  }
  await w.go('/')
  const ill = kind('Channels that cannot send')
  await ill.getByText('its program did not start, or ended by itself').waitFor()
  await ill.getByText('Hook').waitFor()
  await fine()
  await ill.getByRole('link', { name: 'Open the channel' }).click()
  await w.page.waitForURL('**/channels/hook')
  await w.page.getByText('its program did not start, or ended by itself').waitFor()
  expect(w.take()).toEqual([]) // also where a channel has no address for webhooks
  await until('it works again', async () => (await w.page.request.post('api/v1/channels/hook/test', { headers: { Origin: server.url }, data: { text: 'x' } })).ok())
})

test('the four numbers open their members, and are edited in place', async () => {
  const events = [40, 38, 20].map((days, i) => ({ id: `quiet${i}`, type: 'message.sent', at: past(days), member: { channel: 'app', external_id: 'dan' } }))
  await call(w, 'POST', 'events?mode=history', { events })
  await w.go('/')
  const numbers = w.page.getByRole('region', { name: 'The numbers that matter' })
  const counts = async (): Promise<string[]> => {
    await w.page.getByRole('button', { name: 'Refresh' }).click()
    return numbers.getByRole('link').allInnerTexts()
  }
  await expect.poll(counts, { timeout: 20_000, interval: 500 }).toEqual(['4', '0', '0', '0']) // a count is kept for some seconds
  await kind('Members going silent').getByRole('link', { name: 'dan' }).waitFor()
  await fine()
  await numbers.getByRole('link', { name: /^Effective members: 4/ }).click()
  await w.page.waitForURL(/members\?where=/)
  await w.page.getByText('ada').first().waitFor()
  await w.go('/')
  await numbers.getByRole('button', { name: 'Edit what Effective members means' }).click()
  const form = w.page.getByRole('dialog')
  await form.locator('textarea[name=where]').fill('member.nmae == 1')
  await form.getByRole('button', { name: 'Save' }).click()
  await form.locator('.el-form-item__error').first().waitFor()
  expect(w.take(/422/)).toEqual([])
  await form.locator('textarea[name=where]').fill('silent_for("14d")')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => numbers.getByRole('link').first().innerText(), { timeout: 20_000 }).toBe('1')
  await numbers.getByText('silent_for("14d")').waitFor()
  expect(w.take(/422/)).toEqual([]) // the count beside what was typed found it too
})

test('decisions come by themselves, can be held still, and say why', async () => {
  await w.go('/')
  const live = w.page.getByRole('region', { name: 'Decided just now' })
  const before = await live.getByRole('listitem').count()
  await event(w, 'fourth', 'checkin.done', 'eve')
  await live.getByRole('link', { name: 'eve' }).first().waitFor()
  expect(await live.getByRole('listitem').count()).toBeGreaterThan(before)
  await live.getByRole('button', { name: 'Why' }).first().click()
  await live.getByRole('article').waitFor()
  expect(await live.getByRole('button', { name: 'Go on' }).count()).toBe(1)
  await fine()
})

test('what is decided about a group is named, opens why, and leads to the group', async () => {
  await publish(w, { key: 'lively', kind: 'reward', title: { en: 'Lively group', zh: '活跃群' }, on: 'message.sent', subject: 'group', when: 'event.props.n > 3', then: [{ create_task: { to: 'user', text: 'Look at it' } }] })
  await call(w, 'POST', 'events', { events: [{ id: 'fifth', type: 'message.sent', group: 'runners', member: { channel: 'app', external_id: 'eve' }, props: { n: 5 } }] })
  await w.go('/')
  const one = w.page.getByRole('region', { name: 'Decided just now' }).getByRole('listitem').filter({ hasText: 'Lively group' })
  await one.getByText('create a task for a person').waitFor()
  await one.getByRole('button', { name: 'Why' }).click()
  await one.getByRole('article').getByText('event.props.n > 3').waitFor()
  await one.getByRole('article').getByText('done').waitFor()
  await fine()
  await w.go('/rules/lively?tab=decisions')
  const row = w.page.getByRole('listitem').filter({ hasText: 'create a task for a person' })
  await row.getByRole('button', { name: 'Why' }).click()
  await row.getByRole('article').getByText('event.props.n > 3').waitFor()
  await row.getByRole('link', { name: 'Runners' }).click()
  await w.page.waitForURL('**/groups/runners')
})

test('who may only look sees all of it and no button that changes', async () => {
  for (const role of ['analyst', 'viewer']) {
    await call(w, 'POST', 'users', { login: role, role, password })
    const other = await Window.open(server.url, { width: 390 })
    await other.go('/')
    await signIn(other, role)
    await other.page.getByRole('region', { name: 'The numbers that matter' }).waitFor()
    await other.page.getByRole('region', { name: 'Rules that need a look' }).waitFor()
    expect(await other.page.getByRole('region', { name: 'Messages that failed' }).count()).toBe(role === 'analyst' ? 1 : 0)
    const buttons = await other.page.locator('main').getByRole('button').allInnerTexts()
    expect(buttons.filter((b) => !/^(Refresh|Hold still|Why|\d+ more|)$/.test(b.trim()))).toEqual([])
    expect(await other.page.getByRole('button', { name: /^Edit/ }).count()).toBe(0)
    expect(await other.violations()).toEqual([])
    expect(await other.overflow()).toBe(0)
    expect(other.take(/401/)).toEqual([])
    await other.close()
  }
})
