import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pairs } from '@/i18n'
import { flatten } from '@/i18n/pairs'

const all = new Map(flatten(pairs))
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort()

test('every text is there in both languages, with the same blanks to fill', () => {
  expect(all.size).toBeGreaterThan(100)
  for (const [key, [en, zh]] of all) {
    expect(en.trim(), key).not.toBe('')
    expect(zh.trim(), key).not.toBe('')
    expect(placeholders(zh), key).toEqual(placeholders(en))
    expect(/[\u4e00-\u9fff]/.test(en.replaceAll('中文', '')), `${key} is Chinese in English`).toBe(false)
  }
})

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((f) => (f.isDirectory() ? sources(join(folder, f.name)) : /\.(vue|ts)$/.test(f.name) && !f.name.endsWith('.gen.ts') ? [join(folder, f.name)] : []))

test('every text that a page asks for exists, and every page asks for its words', () => {
  let asked = 0
  for (const file of sources('src')) {
    const source = readFileSync(file, 'utf8')
    for (const m of source.matchAll(/\bt\((['"`])([a-z][\w.-]*?)(\$\{|\1)/g)) {
      const key = m[2] ?? ''
      asked++
      if (m[3] === '${') expect([...all.keys()].some((one) => one.startsWith(key)), `${file}: ${key}...`).toBe(true)
      else expect(all.has(key), `${file}: ${key}`).toBe(true)
    }
    if (!file.includes('/i18n/') && !file.endsWith('starter.ts')) expect(/[\u4e00-\u9fff]/.test(source.replace(/<span lang="zh">[^<]*<\/span>|Bylaw 群规|'中文'|\\u4e00-\\u9fff|\/\/.*|<!--.*?-->/g, '')), `${file} has words of its own`).toBe(false)
  }
  expect(asked).toBeGreaterThan(100)
})
