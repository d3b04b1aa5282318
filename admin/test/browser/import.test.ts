import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeBrowser, Window } from './browser'
import { owned } from './people'
import { Server } from './server'

// Members come in from a file: what is wrong with some rows is shown first, and stops no others.

const server = new Server()
let w: Window
beforeAll(async () => {
  w = await owned(server)
})
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

test('good rows come in, bad ones are listed with reasons and can be fetched', async () => {
  await w.go('/members/import')
  const text = 'email,nickname,joined,remark\nan@example.org,An,2026-01-02,x\nbo@example.org,Bo,no day,y\nan@example.org,Again,2026-01-02,z\n'
  await w.page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await w.page.getByText('3 rows, of which 2 would be rejected').waitFor()
  expect(await w.violations()).toEqual([])
  await w.page.getByRole('combobox', { name: 'What nickname is' }).waitFor()
  await w.page.getByRole('button', { name: 'Bring in 1 rows' }).click()
  await w.page.getByText('Taken: 1. So already: 0. Rejected: 2.').waitFor()
  await w.page.getByRole('cell', { name: 'joined', exact: true }).waitFor()
  const [file] = await Promise.all([w.page.waitForEvent('download'), w.page.getByRole('link', { name: 'Download the rejected rows' }).click()])
  const body = Buffer.concat(await (await file.createReadStream()).toArray()).toString()
  expect(body).toContain('bo@example.org')
  expect(body.trim().split('\n').length).toBe(3)
  expect(await w.overflow()).toBe(0)
  await w.go('/members?q=an@example')
  await w.page.getByRole('link', { name: 'An', exact: true }).waitFor()
  expect(w.take()).toEqual([])
})

test('a file that is no table says what to do', async () => {
  await w.go('/members/import')
  await w.page.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('colour\nred\n') })
  await w.page.getByRole('alert').filter({ hasText: 'no column says who the member is' }).waitFor()
  expect(w.take(/422/)).toEqual([])
})
