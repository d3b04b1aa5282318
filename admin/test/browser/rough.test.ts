import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { owned, signIn } from './people'
import { Server } from './server'

// What goes wrong while somebody works: another person at the same rule, a session that ends, a server that is away.
// Nothing that was typed is lost.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
  await w.go('/rules/new')
  await w.page.locator('form input').first().fill('shared')
  await w.page.getByRole('button', { name: 'Next' }).click()
  await w.page.getByRole('button', { name: 'Save draft' }).click()
  await w.page.getByRole('button', { name: 'Save draft', disabled: true }).waitFor()
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const value = (who: Window) => who.page.getByRole('textbox', { name: 'Value' }).first()
async function type(who: Window, text: string): Promise<void> {
  await value(who).fill(text)
  await value(who).press('Enter')
}
const save = (who: Window): Promise<void> => who.page.getByRole('button', { name: 'Save draft', disabled: false }).click()
const saved = (who: Window): Promise<void> => who.page.getByRole('button', { name: 'Save draft', disabled: true }).waitFor()

test('two people at one rule never overwrite each other silently', async () => {
  const other = await Window.open(server.url)
  await other.go('/rules/shared')
  await signIn(other, 'an')
  await w.go('/rules/shared')
  await value(other).waitFor()
  await value(w).waitFor()
  await type(other, '7')
  await save(other)
  await saved(other)
  await type(w, '9')
  await save(w)
  await w.page.getByText('Somebody else saved this rule meanwhile.').waitFor()
  expect(await value(w).inputValue()).toBe('9')
  await w.page.getByRole('button', { name: 'Load theirs' }).click()
  await w.page.getByText('Somebody else saved').waitFor({ state: 'detached' })
  expect(await value(w).inputValue()).toBe('7')
  await type(w, '8')
  await save(w)
  await saved(w)
  await type(other, '6')
  await save(other)
  await other.page.getByRole('button', { name: 'Save mine over it' }).click()
  await saved(other)
  await w.go('/rules/shared')
  await value(w).waitFor()
  expect(await value(w).inputValue()).toBe('6')
  expect([...w.take(/412/), ...other.take(/401|412/)]).toEqual([])
  await other.close()
})

test('a new rule takes no other rule’s place, and has an address of its own', async () => {
  await w.go('/rules/new')
  await w.page.locator('form input').first().fill('shared')
  await w.page.getByRole('button', { name: 'Next' }).click()
  await save(w)
  await w.page.getByText('Somebody else saved this rule meanwhile.').waitFor()
  expect(new URL(w.page.url()).search).toContain('new=1')
  await w.page.getByRole('button', { name: 'Load theirs' }).click()
  await w.page.waitForURL((url) => url.pathname.endsWith('/rules/shared') && !url.search.includes('new'))
  expect(await value(w).inputValue()).toBe('6')
  await w.page.reload()
  await value(w).waitFor()
  expect(await value(w).inputValue()).toBe('6')
  expect(w.take(/412/)).toEqual([])
})

test('a session that ends is asked for over the page, and the save goes on', async () => {
  await type(w, '11')
  await w.page.waitForResponse(/rules\/check/)
  await w.quiet()
  await w.context.clearCookies()
  await save(w)
  const dialog = w.page.getByRole('dialog', { name: 'Sign in' })
  await dialog.waitFor()
  expect(await w.violations()).toEqual([])
  await signIn(w, 'an', 'not the password')
  await dialog.getByRole('alert').waitFor()
  await signIn(w, 'an')
  await dialog.waitFor({ state: 'hidden' })
  await saved(w)
  expect(await value(w).inputValue()).toBe('11')
  expect(w.take(/401/)).toEqual([])
})

test('a server that is away is said, what was typed stays, and the save works when it is back', async () => {
  await type(w, '12')
  await server.kill()
  await save(w)
  await w.page.getByRole('alert').filter({ hasText: 'server' }).first().waitFor()
  expect(await value(w).inputValue()).toBe('12')
  expect(await w.violations()).toEqual([])
  await server.start()
  await save(w)
  await saved(w)
  await w.go('/rules/shared')
  await value(w).waitFor()
  expect(await value(w).inputValue()).toBe('12')
  expect(w.take(/ERR_CONNECTION|request failed|net::|502/)).toEqual([])
})
