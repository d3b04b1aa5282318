import type { Window } from './browser'

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
  await w.page.locator('button[type=submit]').click()
}
