import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { call } from './calls'
import { password, setUp, signIn } from './people'
import { Server } from './server'

// An empty server becomes somebody's: the link, the first sign-in, and what can go wrong on the way in.

const server = new Server()
let link = ''
beforeAll(async () => void (link = await server.start()))
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

test('an empty server is set up by its link, once', async () => {
  const w = await Window.open(server.url)
  await w.page.goto(link)
  await setUp(w, 'short')
  await w.page.locator('.el-form-item__error').first().waitFor()
  expect(await w.page.locator('input[name=username]').inputValue()).toBe('an')
  await setUp(w)
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
  expect(w.take(/422/)).toEqual([])
  await w.page.goto(link)
  await setUp(w)
  await w.page.getByRole('alert').filter({ hasText: 'set-up link' }).waitFor()
  await w.close()
})

test('a wrong password says so and keeps the login; the right one goes where the person wanted', async () => {
  const w = await Window.open(server.url, { lang: 'zh' })
  await w.go('/rules')
  await signIn(w, 'an', 'wrong password 1')
  await w.page.getByRole('alert').waitFor()
  expect(await w.page.locator('input[name=username]').inputValue()).toBe('an')
  await signIn(w, 'an')
  await w.page.getByRole('heading', { name: '规则' }).waitFor()
  expect(new URL(w.page.url()).pathname).toBe('/rules')
  expect(w.take(/401/)).toEqual([])
  await w.close()
})

test('signing out ends the session', async () => {
  const w = await Window.open(server.url)
  await w.go('/')
  await signIn(w, 'an')
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
  await w.page.getByRole('button', { name: /Account/ }).click()
  await w.page.getByRole('menuitem', { name: 'Sign out' }).click()
  await w.page.locator('input[name=username]').waitFor()
  await w.go('/members')
  await w.page.locator('input[name=username]').waitFor()
  expect(w.take(/401/)).toEqual([])
  await w.close()
})

test('who may only look is told so on pages for others, finds no way to them, and is asked nothing that is refused', async () => {
  const owner = await Window.open(server.url)
  await owner.go('/')
  await signIn(owner, 'an')
  await owner.page.getByRole('heading', { name: 'Today' }).waitFor()
  await call(owner, 'POST', 'users', { login: 'guest', role: 'viewer', password })
  await call(owner, 'PUT', 'rewards/star', { kind: 'badge', title: { en: 'Star', zh: '星' } })
  await call(owner, 'POST', 'events', { events: [{ id: '1', type: 'checkin.done', member: { channel: 'app', external_id: 'ada' } }] })
  await owner.close()
  const w = await Window.open(server.url, { width: 390 })
  await w.go('/')
  await signIn(w, 'guest')
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
  expect(w.take(/401/)).toEqual([])
  for (const [path, role] of [['/rules/new', 'Operator'], ['/members/import', 'Operator'], ['/templates/new', 'Operator'], ['/deliveries', 'Analyst']] as const) {
    await w.go(path)
    await w.page.getByText('is not for your role').waitFor()
    await w.page.getByText(`It takes the role ${role} at least`).waitFor()
    expect(await w.page.locator('main').getByRole('textbox').count()).toBe(0)
    expect(w.take()).toEqual([])
    expect(await w.violations()).toEqual([])
    expect(await w.overflow()).toBe(0)
  }
  await w.go('/channels')
  expect(await w.page.getByRole('link', { name: 'Deliveries' }).count()).toBe(0)
  await w.go('/members')
  await w.page.getByRole('link', { name: 'ada' }).waitFor()
  expect(await w.page.getByRole('checkbox').count()).toBe(0)
  await w.go('/rewards?kind=badge')
  await w.page.getByRole('button', { name: 'Open · Star' }).waitFor()
  expect(w.take()).toEqual([])
  await w.close()
})
