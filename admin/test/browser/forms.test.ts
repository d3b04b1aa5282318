import type { Locator, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flatten, type Pairs } from '../../src/i18n/pairs'
import { closeBrowser, Window } from './browser'
import { call, event, publish } from './calls'
import { forms, type Form, type Hand } from './formTable'
import { password, setUp, signIn } from './people'
import { Server } from './server'

// Each form of the console, in Chinese, as somebody with bad luck fills it in: everything wrong is told at once and at its
// field; the connection is gone; then the server does what was asked and its answer is lost; then the session is over. What
// was typed stays all the way, and in the end it was done once.

const files = import.meta.glob<{ default: Pairs }>('../../src/i18n/texts/*.ts', { eager: true })
const texts = new Map(Object.entries(files).flatMap(([path, file]) => [...flatten({ [path.slice(path.lastIndexOf('/') + 1, -3)]: file.default })]))
const zh = (key: string, named: Record<string, string> = {}): string => {
  if (key.startsWith('label:')) return key.slice(6)
  const pair = texts.get(key)
  if (!pair) throw new Error(`there is no text ${key}`)
  return pair[1].replace(/\{(\w+)\}/g, (_, name: string) => named[name] ?? '')
}
// What an operator never sees: JSON, addresses of the API, places in a program or on a disk, patterns.
const raw = /\{"|\/api\/|\bat \S+:\d+|undefined|\[object|goroutine|panic|\^\[|\\p\{|Error\b|\/(?:tmp|home|var|usr)\//
const meant = /40[0149]|412|422|net::|request failed/ // the browser's own lines for what a form went through

const server = new Server()
const ids: Record<string, string> = { password }
let link = ''
let w: Window
beforeAll(async () => {
  link = await server.start()
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const fill = (text: string): string => text.replace(/\{(\w+)\}(?! *\})/g, (all, name: string) => ids[name] ?? all)

class Filler implements Hand {
  readonly page = w.page
  constructor(private readonly form: Form) {}

  box(): Locator {
    return this.form.box ? this.page.locator(this.form.box).first() : this.page.locator('.el-drawer:visible, .el-dialog:visible').filter({ hasNot: this.page.locator('input[name=password]') }).last()
  }
  item(field: string): Locator {
    const [, what = field, nth = '0'] = /^(.*?)(?:#(\d))?$/s.exec(field) ?? []
    const items = this.box().locator('.el-form-item')
    if (what.startsWith('css:')) return items.filter({ has: this.page.locator(what.slice(4)) }).nth(Number(nth))
    const label = what.startsWith('zh:') ? zh('common.inChinese', { what: zh(what.slice(3)) }) : zh(what)
    return items.filter({ has: this.page.locator('.el-form-item__label', { hasText: new RegExp(`^\\s*${label.replace(/[()（）+?.]/g, '\\$&')}(（.*）| \\(.*\\))?\\s*$`) }) }).nth(Number(nth))
  }
  press(key: string, named?: Record<string, string>): Promise<void> {
    return this.page.getByRole('button', { name: zh(key, named), exact: true }).first().click()
  }
  async choose(field: string, option: string): Promise<void> {
    await this.item(field).locator('.el-select').click()
    await this.page.getByRole('option', { name: option, exact: true }).filter({ visible: true }).click()
  }
  async put(path: string, body: object): Promise<void> {
    await call(w, 'PUT', path, body)
  }
  input(field: string): Locator {
    return this.item(field).locator('input:not([type=radio]):not([type=checkbox]), textarea').first()
  }
  async type(values: Record<string, string>): Promise<void> {
    for (const [field, text] of Object.entries(values)) await this.input(field).fill(fill(text))
  }
  async kept(): Promise<void> {
    for (const [field, text] of Object.entries(this.form.right)) expect(await this.input(field).inputValue(), `${field} is kept`).toBe(fill(text))
  }
  async send(): Promise<void> {
    const here = this.box().getByRole('button', { name: zh(this.form.save), exact: true })
    await ((await here.count()) ? here : this.page.getByRole('button', { name: zh(this.form.save), exact: true })).last().click()
  }
  /** Every field named says in Chinese what is wrong with it, no other is forgotten in a box, and the keyboard is at the first. */
  async faulty(fields: string[]): Promise<void> {
    for (const field of fields) await this.item(field).locator('.el-form-item__error').waitFor()
    for (const text of await this.page.locator('.el-form-item__error:visible, .el-alert--error:visible').allInnerTexts()) {
      if (!text) continue // it fades away
      expect(text).toMatch(/[\u4e00-\u9fff]/)
      expect(text).not.toMatch(raw)
    }
    expect(await this.page.locator('.el-alert--error:visible li').allInnerTexts(), 'problems without a field').toEqual([])
    const atFirst = () => this.page.evaluate(() => {
      const item = document.activeElement?.closest('.el-form-item.is-error')
      const place = item?.getBoundingClientRect()
      return !!place && place.top >= 0 && place.bottom <= innerHeight
    })
    await expect.poll(atFirst, { message: 'the keyboard is at what is wrong' }).toBe(true)
  }
  /** It says that nothing was done, in plain Chinese, and keeps everything. */
  async unanswered(): Promise<void> {
    const said = zh(this.form.asks ? 'problem.offline' : 'problem.unsaved')
    await this.page.locator('.el-alert--error:visible', { hasText: said }).first().waitFor()
    await this.kept()
  }
}

/** The server does the next change, and its answer is lost on the way. */
async function loseOne(): Promise<{ gone: Promise<void> }> {
  let lost: () => void = () => {}
  const gone = new Promise<void>((go) => (lost = go))
  let armed = true
  const lose = async (route: Route): Promise<void> => {
    if (!armed || route.request().method() === 'GET' || /\/(counts|check|complete|preview)$/.test(new URL(route.request().url()).pathname)) return route.continue()
    armed = false
    await route.fetch()
    await route.abort('connectionfailed')
    lost()
  }
  await w.page.unroute('**/api/v1/**')
  await w.page.route('**/api/v1/**', lose)
  return { gone }
}

async function walk(form: Form): Promise<void> {
  const h = new Filler(form)
  const get = async (path: string) => (await call(w, 'GET', fill(path))) as Record<string, unknown>
  await w.page.goto(fill(form.at))
  await w.page.locator('main h1').first().waitFor()
  await form.open?.(h)
  await h.box().waitFor()
  if (form.empty) {
    await h.send()
    await h.faulty(form.empty)
  }
  if (form.wrong) {
    await h.type(form.wrong)
    await h.send()
    await h.faulty(form.faults ?? [])
  }
  if (form.save === 'common.next') return // it asks nobody
  await h.type(form.right)
  await form.choose?.(h)
  const before = (await form.count?.(get)) ?? 0
  await w.context.setOffline(true)
  await h.send()
  await h.unanswered()
  await w.context.setOffline(false)
  if (!form.asks && !form.twice) {
    const { gone } = await loseOne()
    await h.send()
    await gone
    await h.unanswered()
  }
  await w.context.clearCookies()
  await h.send()
  const dialog = w.page.getByRole('dialog', { name: zh('access.signIn') })
  await dialog.waitFor()
  if (form === forms[0]) { // who does not sign in is told so, and may
    await w.page.keyboard.press('Escape')
    await w.page.locator('.el-alert--error:visible', { hasText: zh('problem.signedOut') }).waitFor()
    await h.send()
    await dialog.waitFor()
  }
  await h.kept()
  await signIn(w, 'an')
  await dialog.waitFor({ state: 'hidden' })
  if (form.done) await form.done(h)
  else await h.box().waitFor({ state: 'hidden' })
  if (form.count) await expect.poll(() => form.count?.(get), { message: 'it was done once', timeout: 5_000 }).toBe(before + 1)
  expect(w.take(meant)).toEqual([])
}

test('an empty server is set up through wrong words and a lost connection; a wrong link and a wrong sign-in say so', async () => {
  w = await Window.open(server.url, { lang: 'zh' })
  const wrongs = async (fields: string[]): Promise<void> => {
    for (const name of fields) await w.page.locator('.el-form-item', { has: w.page.locator(`input[name=${name}]`) }).locator('.el-form-item__error').waitFor()
    for (const text of await w.page.locator('.el-form-item__error:visible, .el-alert--error:visible').allInnerTexts()) {
      expect(text).toMatch(/[\u4e00-\u9fff]/)
      expect(text).not.toMatch(raw)
    }
  }
  const send = (): Promise<void> => w.page.locator('button[type=submit]').click()
  const offline = async (act: () => Promise<void>, said: string): Promise<void> => {
    await w.context.setOffline(true)
    await act()
    await w.page.locator('.el-alert--error', { hasText: zh(said) }).waitFor()
    await w.context.setOffline(false)
  }
  await w.page.goto(link)
  await send()
  await wrongs(['username', 'password'])
  await offline(() => setUp(w), 'problem.unsaved')
  expect(await w.page.locator('input[name=username]').inputValue()).toBe('an')
  await send()
  await w.page.getByRole('heading', { name: zh('frame.nav.today') }).waitFor()
  // An invited user, by their link.
  const bo = (await call(w, 'POST', 'users', { login: 'guest', role: 'operator' })) as { id: string }
  const { secret } = (await call(w, 'POST', `users/${bo.id}/link`)) as { secret: string }
  await w.context.clearCookies()
  await w.page.goto(`join#${secret}`)
  await send()
  await wrongs(['password'])
  await w.page.locator('input[name=password]').fill('staple of four words')
  await offline(send, 'problem.unsaved')
  expect(await w.page.locator('input[name=password]').inputValue()).toBe('staple of four words')
  await send()
  await w.page.getByRole('link', { name: zh('access.signIn') }).click()
  await w.page.locator('input[name=username]').waitFor()
  await send()
  await wrongs(['username', 'password'])
  await offline(() => signIn(w, 'an'), 'problem.offline')
  expect(await w.page.locator('input[name=username]').inputValue()).toBe('an')
  await signIn(w, 'an', 'not the password')
  await w.page.getByRole('alert').filter({ hasText: '登录名或密码错误' }).waitFor()
  await signIn(w, 'an')
  await w.page.getByRole('heading', { name: zh('frame.nav.today') }).waitFor()
  expect(w.take(meant)).toEqual([])
})

describe('each form', () => {
  beforeAll(async () => {
    for (const name of ['ada', 'bo', 'dora', 'eve']) await event(w, name, 'checkin.done', name)
    for (const name of ['ada', 'bo', 'eve']) ids[name] = ((await call(w, 'GET', `members/app:${name}`)) as { id: string }).id
    await call(w, 'PUT', 'rewards/star', { kind: 'badge', title: { zh: '星' } })
    await call(w, 'PUT', 'channels/box', { plugin: 'logfile', title: { zh: '盒子' } })
    await call(w, 'PUT', 'groups/open-room', { title: { zh: '大厅' } })
    await call(w, 'PUT', 'groups/runners', { title: { zh: '跑团' }, capacity: 1 })
    await publish(w, { key: 'door', kind: 'threshold', group: 'runners', title: { zh: '门槛' }, when: 'not member.left', then: [{ admit: {} }] })
    for (const name of ['ada', 'bo', 'dora']) await call(w, 'POST', 'groups/runners/applications', { member: `app:${name}` })
    const reward = { kind: 'reward', title: { zh: '签到' }, on: 'checkin.done', when: 'member.rank >= 0', then: [{ grant_points: { amount: 1 } }] }
    await publish(w, { key: 'check', ...reward })
    await call(w, 'PUT', 'rules/draft', { key: 'draft', ...reward, title: { zh: '草稿' } })
  })

  test.each(forms.map((form) => [form.name, form] as const))('%s', (_, form) => walk(form))
})
