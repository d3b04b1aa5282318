import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

// What a browser has to load, of the build that is served: bytes of script, gzipped.
const firstLoad = 320_000
const route = 150_000

const assets = 'dist/assets'
const files = new Map(readdirSync(assets).filter((name) => name.endsWith('.js')).map((name) => [name, readFileSync(join(assets, name), 'utf8')]))
const sizes = new Map([...files].map(([name, text]) => [name, gzipSync(text, { level: 9 }).length]))

/** What a chunk imports: at once, and when it comes to it. */
function imports(name: string): { now: string[]; later: string[] } {
  const text = files.get(name) ?? ''
  const found = (pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map((m) => m[1] ?? '').filter((one) => files.has(one)))]
  return { now: found(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g), later: found(/import\(\s*["'`]\.\/([\w.-]+\.js)["'`]/g) }
}

/** All that a chunk needs at once, and what those need, beside what is there already. */
function needs(name: string, there: ReadonlySet<string> = new Set(), seen = new Set<string>()): Set<string> {
  if (seen.has(name) || there.has(name)) return seen
  seen.add(name)
  for (const one of imports(name).now) needs(one, there, seen)
  return seen
}
const weigh = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)

const entry = /src="[^"]*?\/?([\w.-]+\.js)"/.exec(readFileSync('dist/index.html', 'utf8'))?.[1] ?? ''
const first = needs(entry)

test('the first load is small', () => {
  expect(files.has(entry)).toBe(true)
  expect(weigh(first)).toBeGreaterThan(50_000)
  expect(weigh(first)).toBeLessThanOrEqual(firstLoad)
})

// A page, and each part that a page loads when it comes to it: an editor, a dialog, a chart.
test('no page, and nothing that a page loads later, waits for much more than that', () => {
  const parts = [...files.keys()].flatMap((name) => imports(name).later)
  const heavy = [...new Set(parts)].map((name) => ({ name, bytes: weigh(needs(name, first)) })).sort((a, b) => b.bytes - a.bytes)
  if (process.env.BYLAW_TEST_SIZES) console.info(weigh(first), heavy.slice(0, 8))
  expect(heavy.length).toBeGreaterThan(20)
  expect(heavy.filter((one) => one.bytes > route)).toEqual([])
})
