import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { i18n } from '@/i18n'
import { actionName } from '@/pages/settings/acts'

afterEach(() => void (i18n.global.locale.value = 'zh'))

test('the audit log has words in both languages for whatever the API writes into it', () => {
  const spec = readFileSync(join(import.meta.dirname, '../../../server/api/openapi.yaml'), 'utf8')
  const actions = [...new Set([...spec.matchAll(/x-audit: (\S+)/g)].map((m) => m[1] ?? ''))].filter((one) => one !== 'none')
  expect(actions.length).toBeGreaterThan(50)
  for (const lang of ['en', 'zh'] as const) {
    i18n.global.locale.value = lang
    for (const action of actions) expect(actionName(action), action).not.toBe(action)
  }
  expect(actionName('rule.publish')).toBe('发布规则')
  expect(actionName('new.thing')).toBe('new.thing')
})
