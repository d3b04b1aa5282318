import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { corpus } from './corpus'
import { setUp } from './people'
import { Server } from './server'

// Every text that people can put into the system, written by somebody who means harm, and every page that shows it.

const payloads = corpus(500, 64)
const server = new Server()
let w: Window

async function ask(method: string, path: string, data: unknown, ok = [200, 201]): Promise<void> {
  const answer = await w.context.request.fetch(`${server.url}/api/v1/${path}`, { method, data, headers: { Origin: server.url } })
  if (!ok.includes(answer.status())) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
}
const both = (text: string) => ({ en: text, zh: text })
/** So many at a time, each written by make with its text. */
async function each(texts: string[], make: (text: string, n: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < texts.length; i += 8) await Promise.all(texts.slice(i, i + 8).map((text, j) => make(text, i + j)))
}
const id = (text: string): string => text.replace(/\t/g, '') // ids and tags hold no control characters
const plain = (text: string): string => id(text).replace(/[{}]/g, '|') // texts of effects are templates
const some = (n: number, from: number): string[] => payloads.slice(from, from + n)

beforeAll(async () => {
  const link = await server.start()
  w = await Window.open(server.url)
  await w.page.exposeFunction('reported', (what: string) => w.bad.push(what))
  await w.page.addInitScript(() => {
    const tell = (window as unknown as { reported(what: string): void }).reported
    ;(window as unknown as { ran(n: number): void }).ran = (n) => tell(`payload ${n} ran`)
    document.addEventListener('securitypolicyviolation', (e) => tell(`policy: ${e.violatedDirective} ${e.sample}`))
  })
  w.page.on('dialog', (d) => {
    w.bad.push(`dialog: ${d.message()}`)
    void d.dismiss()
  })
  await w.page.goto(link)
  await setUp(w)
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

test('the way is written with every payload', async () => {
  const events = payloads.map((text, n) => ({ id: `${n} ${id(text)}`, type: 'message.sent', member: { channel: 'web', external_id: id(text) }, props: { kind: text, content_id: text } }))
  await ask('POST', 'events', { events })
  await each(payloads, async (text, n) => {
    const member = `members/${encodeURIComponent(`web:${id(text)}`)}`
    if (n % 5 === 0) await ask('POST', `${member}/notes`, { text })
    await ask('PATCH', member, { name: text, tags_add: [id(text)] })
  })
  await each(some(60, 0), (text, n) => ask('PUT', `groups/g${n}`, { title: both(text), purpose: both(text) }))
  await each(some(60, 60), (text, n) => ask('PUT', `rewards/r${n}`, { kind: 'badge', title: both(text), about: both(text) }))
  await each(some(60, 120), (text, n) => ask('PUT', `templates/t${n}`, { title: both(plain(text)), body: both(plain(text)) }))
  await each(some(60, 180), (text, n) => ask('PUT', `segments/s${n}`, { title: both(text), where: `"${text.replace(/["\\\t]/g, '')}" in member.tags` }))
  await each(some(60, 240), (text, n) => ask('PUT', `event-types/e${n}.happened`, { title: both(text), subject: 'member', fields: [{ name: 'a', type: 'string', title: both(text), values: [text] }] }))
  await each(some(60, 300), (text, n) => ask('PUT', `attributes/a${n}`, { type: 'string', title: both(text), values: [text] }))
  await each(some(60, 360), (text, n) =>
    ask('PUT', `rules/rule${n}`, { key: `rule${n}`, kind: 'reward', title: both(text), on: 'message.sent', when: `event.props.kind == ${JSON.stringify(text)}`, then: [{ add_tag: { tag: plain(text) } }, { create_task: { to: 'user', user: plain(text), text: plain(text) } }] }),
  )
  await each(some(60, 360), (_, n) => ask('POST', `rules/rule${n}/publish`, { confirm_reach: 0 }))
  await ask('POST', 'events', { events: events.map((e) => ({ ...e, id: `again ${e.id}` })) })
})

const pages = ['/members', '/rules', '/rules/rule0', '/rules/rule7?view=text', '/rules/rule13?tab=decisions', '/rules/rule0?tab=near']
test.each(pages)('%s shows them and runs none', async (path) => {
  await w.go(path)
  expect(await w.page.locator('main').innerText()).toMatch(/onerror|script|onload|ran\(/i)
  expect(w.take()).toEqual([])
})

test('a member of that kind, with all that is known of them', async () => {
  for (const n of [0, 15, 120, 365]) {
    await w.go(`/members/${encodeURIComponent(`web:${id(payloads[n] ?? '')}`)}`)
    const tabs = w.page.getByRole('tab')
    for (let i = 0; i < (await tabs.count()); i++) {
      await tabs.nth(i).click()
      await w.quiet()
    }
  }
  expect(w.take()).toEqual([])
})

test('what is typed into the palette and the filters is a text as well', async () => {
  for (const text of payloads.filter((_, n) => n % 100 === 0)) {
    await w.go(`/members?where=${encodeURIComponent(text)}`)
    await w.page.keyboard.press('ControlOrMeta+k')
    await w.page.getByRole('dialog').locator('input').fill(text)
  }
  expect(w.take(/422/)).toEqual([])
})
