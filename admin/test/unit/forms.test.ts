import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forms, noForms } from '../browser/formTable'
import { failureKey, withoutPaths } from '@/parts/failure'

const components = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((f) => (f.isDirectory() ? components(join(folder, f.name)) : f.name.endsWith('.vue') ? [join(folder, f.name)] : []))
// What makes a component one with a form: it sends, it edits, or it lays out fields.
const sends = /<(FormDrawer|DefinitionForm|ElForm|ElFormItem|ReasonDialog)\b|\buse(Send|Edit|Rule)\(|ElMessageBox\.prompt/

test('every component with a form is walked through in Chromium, or says why not', () => {
  const known = new Set([...forms.flatMap((form) => form.of), ...Object.keys(noForms)])
  const all = components('src').map((file) => file.slice('src/'.length))
  const withForms = all.filter((file) => sends.test(readFileSync(join('src', file), 'utf8')))
  expect(withForms.length).toBeGreaterThan(30)
  expect(withForms.filter((file) => !known.has(file)), 'add a line to test/browser/formTable.ts').toEqual([])
  expect([...known].filter((file) => !all.includes(file)), 'no such component').toEqual([])
  expect(Object.keys(noForms).filter((file) => forms.some((form) => form.of.includes(file))), 'both walked and excused').toEqual([])
})

test('what a channel said is told in words, and a technician sees no place on the server', () => {
  expect(['plugin_died', '410', '550 5.1.1', '401', 'no_url', 'write', undefined].map(failureKey)).toEqual(['program', 'gone', 'refused', 'credentials', 'noAddress', 'file', 'refused'])
  expect(withoutPaths('open /srv/bylaw/data/logfile/box.log: permission denied')).toBe('open …: permission denied')
  expect(withoutPaths('open C:\\bylaw\\data\\box.log: denied')).toBe('open … denied')
  expect(withoutPaths('POST https://shop.example/hooks/in: 404 no/yes')).toBe('POST https://shop.example/hooks/in: 404 no/yes')
})
