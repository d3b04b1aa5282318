import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { setUp } from './people'
import { Server, until } from './server'

// A frozen review of the sample community, from an appeal to the confirmation. The sample's clock stands in the middle of
// the notice; restored elsewhere the community lives today, when the notice has ended and what is confirmed happens at once.

const confirmed = process.env.BYLAW_TEST_ENGINE === 'mariadb' ? 'done' : 'confirmed, under notice'

const server = new Server(['--demo'])
let w: Window
beforeAll(async () => {
  await server.start()
  await until('the link is printed', () => server.link() !== '')
  w = await Window.open(server.url)
  w.page.setDefaultTimeout(30_000)
  await w.page.goto(server.link())
  await setUp(w)
  await w.page.getByRole('heading', { name: 'Today' }).waitFor()
}, 240_000)
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

test('the lanes say who moves and why', async () => {
  await w.go('/reviews?state=open')
  await w.page.locator('tbody a').last().click() // the oldest
  await w.page.getByText('Notice ends').first().waitFor()
  const up = w.page.getByRole('region', { name: 'Up' })
  await up.getByText('Among the top 3, and score >= 10').first().waitFor()
  await w.page.getByRole('region', { name: 'Exempt' }).waitFor()
  expect(await w.violations()).toEqual([])
  expect(await w.overflow()).toBe(0)
})

test('an appeal is filed, refused without words, and upheld with the officer’s word', async () => {
  const down = w.page.getByRole('region', { name: 'Held back' })
  const why = down.getByRole('button', { name: /^Why/ }).first()
  await why.click()
  const drawer = w.page.getByRole('dialog')
  await drawer.getByText('messages', { exact: false }).or(drawer.getByText('sent a message', { exact: false })).first().waitFor()
  await drawer.getByRole('button', { name: 'File the appeal' }).click()
  await drawer.getByText('this is empty').waitFor()
  expect(w.take(/422/)).toEqual([])
  await drawer.getByRole('textbox').fill('I was ill')
  await w.context.setOffline(true)
  await drawer.getByRole('button', { name: 'File the appeal' }).click()
  await drawer.getByText('Not saved: the server gave no answer.').waitFor()
  expect(await drawer.getByRole('textbox').inputValue()).toBe('I was ill')
  await w.context.setOffline(false)
  expect(w.take(/net::|request failed/)).toEqual([])
  await drawer.getByRole('button', { name: 'File the appeal' }).click()
  await drawer.getByRole('textbox', { name: 'The officer' }).waitFor()
  await w.go('/') // where who decides it finds it
  const appeals = w.page.getByRole('region', { name: 'Appeals waiting' })
  await appeals.getByText('I was ill').waitFor()
  await appeals.getByRole('link', { name: 'Decide' }).click()
  await why.click()
  await drawer.getByRole('textbox', { name: 'The officer' }).fill('We saw the note')
  expect(await w.violations()).toEqual([])
  await drawer.getByRole('button', { name: 'Uphold: they stay' }).click()
  await drawer.getByText('We saw the note').waitFor()
  await drawer.getByText('appeal upheld').waitFor()
  await w.page.keyboard.press('Escape')
  await down.getByText('appeal upheld').waitFor()
})

test('it is confirmed once, with the list of what happens, by keyboard', async () => {
  const confirm = w.page.getByRole('button', { name: 'Confirm the review' })
  await confirm.focus()
  await w.page.keyboard.press('Enter')
  const dialog = w.page.getByRole('dialog', { name: 'Confirm: what will happen' })
  await dialog.getByText(/By hand: \d+/).waitFor()
  const before = await dialog.getByRole('heading', { name: /\d+ moves/ }).innerText()
  await dialog.getByRole('checkbox').first().focus()
  await w.page.keyboard.press('Space')
  await dialog.getByRole('heading', { name: `${Number.parseInt(before) - 1} moves` }).waitFor()
  expect(await w.violations()).toEqual([])
  await dialog.getByRole('button', { name: 'Confirm the review' }).focus()
  await w.page.keyboard.press('Enter')
  await w.page.locator('.panel.head').getByText(confirmed).waitFor()
  await w.page.reload()
  await w.page.getByText('left out').waitFor()
  expect(await confirm.count()).toBe(0)
  expect(w.take()).toEqual([])
})
