import { parse } from 'yaml'
import { values, withRaw } from '@/builder/document'

/** The document with one case expecting something else: expectation is YAML on one line. Every other byte stays. */
export function accepted(text: string, name: string, expectation: string): string {
  const cases = (values(text) as { cases?: { name?: string }[] } | undefined)?.cases
  const i = Array.isArray(cases) ? cases.findIndex((one) => one.name === name) : -1
  if (i < 0) return text
  return withRaw(text, ['cases', i, 'expect'], text.trimStart().startsWith('{') ? JSON.stringify(parse(expectation)) : expectation)
}
