import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeBrowser, Window, type Look } from './browser'
import { owned, signIn } from './people'
import { Server } from './server'

// Every page there is, with the demo's community in it: nothing wider than the window, nothing that axe finds, nothing in
// the console, in both languages and both themes, on a phone and on a desk. Pages are read from the router, so that a new one
// cannot be forgotten.

const server = new Server(['--demo'])
// Two looks show each page in both languages, both themes and both widths; BYLAW_TEST_LOOKS=all adds the other two.
const looks: Look[] = [
  { lang: 'en', theme: 'light', width: 1440 },
  { lang: 'zh', theme: 'dark', width: 390 },
  ...(process.env.BYLAW_TEST_LOOKS === 'all' ? ([{ lang: 'zh', theme: 'light', width: 390 }, { lang: 'en', theme: 'dark', width: 1440 }] satisfies Look[]) : []),
]
const paths = [...readFileSync('src/router.ts', 'utf8').matchAll(/\{ path: '([^']+)'/g)].map((m) => m[1] ?? '').filter((path) => !['/signin', '/setup', '/join', '/:rest(.*)*'].includes(path)).flatMap((path) => (path === '/settings/:tab?' ? ['workspace', 'users', 'tokens', 'audit', 'account'].map((tab) => `/settings/${tab}`) : [path]))
// Where the things that pages are about are listed, and the name of what one is called by.
const lists: Record<string, [list: string, name: string]> = {
  member: ['members', 'id'], rule: ['rules', 'key'], channel: ['channels', 'key'], template: ['templates', 'key'], group: ['groups', 'key'],
  ladder: ['ladders', 'key'], review: ['reviews', 'id'], reward: ['rewards', 'key'], segment: ['segments', 'key'],
}
const found: Record<string, string> = {}

beforeAll(async () => {
  const w = await owned(server)
  for (const [one, [list, name]] of Object.entries(lists)) {
    const answer = await w.context.request.get(`${server.url}/api/v1/${list}?limit=1`)
    const item = ((await answer.json()) as { items?: Record<string, string>[] }).items?.[0]
    if (item) found[one] = item[name] ?? ''
  }
  await w.close()
}, 240_000)
afterAll(async () => {
  await closeBrowser()
  await server.stop()
})

/** The address of a page about something that is there; '' where the demo has none. */
function address(path: string): string {
  let missing = false
  const out = path.replace(/:(\w+)/g, (_, name: string) => {
    if (!(name in lists)) throw new Error(`${path}: say in lists where a ${name} is found`)
    missing ||= !found[name]
    return encodeURIComponent(found[name] ?? '')
  })
  return missing ? '' : out
}

describe.each(looks)('$lang, $theme, $width px', (look) => {
  let w: Window
  beforeAll(async () => {
    w = await Window.open(server.url, look)
    await w.go('/')
    await signIn(w, 'an')
    await w.page.getByRole('heading', { name: /^(Today|今日)$/ }).waitFor()
    w.take(/401/)
  })
  afterAll(() => w.close())

  test.each(paths)('%s', async (path) => {
    const at = address(path)
    if (!at) return expect(['review'].some((one) => path.includes(`:${one}`)), `the demo has nothing for ${path}`).toBe(true)
    await w.go(at)
    await w.page.locator('main h1').first().waitFor()
    await w.page.waitForTimeout(250) // what fades in is judged when it is there
    await w.shot(`${path.replace(/[^a-z]+/gi, '_')}-${look.lang}-${look.theme}-${look.width}`)
    expect({ wider: await w.overflow(), axe: await w.violations(), console: w.take() }).toEqual({ wider: 0, axe: [], console: [] })
  })
})
