import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHmac } from 'node:crypto'
import { closeBrowser, Window } from './browser'
import { owned, password, signIn } from './people'
import { Server } from './server'

// Settings, people, tokens and one's own account, as an owner runs them.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

const button = (name: string | RegExp) => w.page.getByRole('button', { name, exact: typeof name === 'string' })

/** The code that an authenticator shows now for a key in base32 (RFC 6238). */
function codeOf(key: string): string {
  const bits = [...key.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', bytes).update(step).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('settings are saved, what is wrong stands at its field, and a reload shows them', async () => {
  await w.go('/settings')
  await w.page.locator('input[name=currency]').fill('yuan'.slice(0, 3))
  await button('Save').click()
  await w.page.locator('.el-form-item__error').first().waitFor()
  await w.page.locator('input[name=currency]').fill('EUR')
  await w.page.locator('input[name=reach_guard]').fill('25')
  await w.page.locator('input[name=reach_guard]').press('Tab')
  await button('Save').click()
  await w.page.getByText('Saved', { exact: true }).waitFor()
  await w.page.reload()
  await w.quiet()
  expect(await w.page.locator('input[name=currency]').inputValue()).toBe('EUR')
  expect(await w.page.locator('input[name=reach_guard]').inputValue()).toBe('25')
  expect(await w.violations()).toEqual([])
  expect(w.take(/422/)).toEqual([])
})

test('a user is invited by a link, which works once', async () => {
  await w.go('/settings/users')
  await button('Add a user').click()
  await w.page.locator('input[name=login]').fill('not a login')
  await button('Save').click()
  await w.page.locator('.el-form-item__error').first().waitFor()
  await w.page.locator('input[name=login]').fill('bo')
  await button('Save').click()
  const link = (await w.page.locator('pre.text').textContent()) ?? ''
  await button('I have kept them').click()
  expect(await w.violations()).toEqual([])
  expect(w.take(/422/)).toEqual([])

  const theirs = await Window.open(server.url)
  await theirs.page.goto(link)
  await theirs.page.locator('input[name=password]').fill('staple of four words')
  await theirs.page.locator('button[type=submit]').click()
  await theirs.page.getByRole('link', { name: 'Sign in' }).click()
  await signIn(theirs, 'bo', 'staple of four words')
  await theirs.page.getByRole('heading', { name: 'Today' }).waitFor()
  await theirs.go('/settings')
  await theirs.page.getByText('Your role may look at this, not change it.').waitFor()
  expect(await theirs.page.getByRole('link', { name: 'Users' }).count()).toBe(0)
  await theirs.page.goto(link)
  await theirs.page.locator('input[name=password]').fill('another four words')
  await theirs.page.locator('button[type=submit]').click()
  await theirs.page.getByRole('alert').filter({ hasText: 'this link was used' }).waitFor()
  expect(theirs.take(/401|422/)).toEqual([])
  await theirs.close()

  await w.page.reload()
  await w.page.getByRole('row').filter({ hasText: 'bo' }).getByRole('button', { name: 'Disable' }).click()
  await button('Confirm').click()
  await w.page.getByRole('row').filter({ hasText: 'bo' }).getByText('Disabled').waitFor()
})

test('a token is shown once, and revoked', async () => {
  await w.go('/settings/tokens')
  await button('Create a token').first().click()
  await w.page.locator('input[name=name]').fill('shop')
  await button('Create').click()
  const secret = (await w.page.locator('pre.text').textContent()) ?? ''
  await button('I have kept them').click()
  const ask = async (): Promise<number> => (await fetch(`${server.url}/api/v1/whoami`, { headers: { Authorization: `Bearer ${secret}` } })).status
  expect(await ask()).toBe(200)
  expect(await w.page.content()).not.toContain(secret)
  await w.page.getByRole('row').filter({ hasText: 'shop' }).getByRole('button', { name: 'Revoke' }).click()
  await w.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await w.page.getByRole('row').filter({ hasText: 'shop' }).getByText('Revoked').waitFor()
  expect(await ask()).toBe(401)
  expect(await w.violations()).toEqual([])
  expect(w.take()).toEqual([])
})

test('the audit log tells before and after, and keeps its filters in the address', async () => {
  await w.go('/settings/audit?noun=settings')
  await button('Show the change').first().click()
  await w.page.getByRole('dialog').getByText('EUR').waitFor()
  expect(await w.page.getByRole('row').filter({ hasText: 'create: token' }).count()).toBe(0)
  await w.page.keyboard.press('Escape')
  await w.go('/settings/audit?noun=nothing')
  await w.page.getByText('Nothing matches these filters.').waitFor()
  expect(await w.violations()).toEqual([])
  expect(w.take()).toEqual([])
})

test('the own account: a second factor with recovery codes, other sessions ended', async () => {
  const other = await Window.open(server.url)
  await other.go('/')
  await signIn(other, 'an')
  await other.page.getByRole('heading', { name: 'Today' }).waitFor()
  await button(/Account/).click()
  await w.page.getByRole('menuitem', { name: 'My account' }).click()
  await button('Sign out everywhere else').click()
  await w.page.getByText('Signed out.').waitFor()
  await w.page.locator('input[name=factor-password]').fill('wrong')
  await button('Set it up').click()
  await w.page.locator('.el-form-item__error').first().waitFor()
  await w.page.locator('input[name=factor-password]').fill(password)
  await button('Set it up').click()
  const key = (await w.page.locator('pre.key').textContent()) ?? ''
  await w.page.locator('input[name=code]').fill(codeOf(key))
  await button('Turn it on').click()
  expect(((await w.page.locator('pre.text').textContent()) ?? '').split('\n').length).toBe(10)
  await button('I have kept them').click()
  await w.page.getByText('Recovery codes left: 10').waitFor()
  expect(await w.violations()).toEqual([])
  expect(w.take(/401|422/)).toEqual([])
  await other.close()
})
