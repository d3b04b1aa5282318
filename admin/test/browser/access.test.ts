import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { setUp, signIn } from './people'
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
