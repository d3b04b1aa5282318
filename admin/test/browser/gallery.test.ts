import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { owned } from './people'
import { Server } from './server'

// From nothing to a draft in the workbench, by a pack.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

test('a new rule begins at the gallery; its search stays through a reload', async () => {
  await w.go('/rules')
  await w.page.getByRole('button', { name: 'New rule' }).first().click()
  await w.page.getByRole('heading', { name: 'Start from a pack' }).waitFor()
  await w.page.getByRole('textbox', { name: 'Search' }).fill('zzz')
  await w.page.getByText('Nothing matches these filters.').waitFor()
  await w.page.getByRole('textbox', { name: 'Search' }).fill('creators')
  await w.page.reload()
  await w.quiet()
  expect(await w.page.locator('article').count()).toBe(1)
  expect(await w.violations()).toEqual([])
  expect(w.take()).toEqual([])
})

test('a pack shows an example that passes, becomes drafts and leads into the workbench', async () => {
  await w.page.getByRole('button', { name: /Look inside: Excellent creators/ }).click()
  const inside = w.page.getByRole('dialog')
  await inside.getByText('eight works and thirty likes', { exact: true }).waitFor()
  await inside.getByText('award a badge, add a tag', { exact: true }).waitFor()
  await w.page.getByRole('button', { name: 'Close' }).first().waitFor()
  expect(await w.violations()).toEqual([])
  await inside.getByRole('button', { name: 'Start with this' }).click()
  await w.page.getByText('2 rules of “Excellent creators” are drafts now.').waitFor()
  expect(await w.violations()).toEqual([])
  await w.page.getByRole('button', { name: /^Open “/ }).click()
  await w.page.waitForURL(/\/rules\/creator-posts/)
  await w.go('/rules')
  await w.page.getByText('creator-badge').waitFor()
  await w.go('/gallery?pack=creators')
  await w.page.getByRole('dialog').getByRole('button', { name: 'Start with this' }).click()
  await w.page.getByText('2 were there already and stayed as they are.').waitFor()
  expect(w.take()).toEqual([])
})
