import { Window } from './browser'
import type { Server } from './server'

export const password = 'correct horse battery'

/** Fills the set-up page. */
export async function setUp(w: Window, word = password): Promise<void> {
  await w.page.locator('input[name=name]').fill('An')
  await w.page.locator('input[name=username]').fill('an')
  await w.page.locator('input[name=password]').fill(word)
  await w.page.locator('button[type=submit]').click()
}

/** Fills the sign-in form. */
export async function signIn(w: Window, login: string, word = password): Promise<void> {
  await w.page.locator('input[name=username]').fill(login)
  await w.page.locator('input[name=password]').fill(word)
  await w.page.locator('form', { has: w.page.locator('input[name=password]') }).locator('button[type=submit]').click()
}

/** Starts a server, becomes its owner by the set-up link, and answers the window in which that was done, at Today. */
export async function owned(server: Server): Promise<Window> {
  const link = await server.start()
  const w = await Window.open(server.url)
  await w.page.goto(link)
  await setUp(w)
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
  return w
}
