import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { controlOf, pointers, valueOf, wordsOf, type Schema } from '@/parts/schema'

const of = (plugin: string): Schema => JSON.parse(readFileSync(`../plugins/channels/${plugin}/schema.json`, 'utf8')) as Schema

test('every field of the bundled plugins has a control, a title in both languages and a place for its faults', () => {
  const controls: Record<string, string> = {}
  for (const plugin of ['email', 'webhook', 'wecomrobot', 'logfile']) {
    const schema = of(plugin)
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      controls[`${plugin}.${name}`] = controlOf(field)
      expect(field['x-i18n']?.zh?.title, `${plugin}.${name}`).toBeTruthy()
      expect(wordsOf(name, field).title).not.toBe(name)
      expect(pointers(schema, '/config')).toContain(`/config/${name}`)
    }
  }
  expect(controls).toMatchObject({ 'email.password': 'secret', 'email.port': 'number', 'email.tls': 'choice', 'email.ca': 'lines', 'email.host': 'text', 'wecomrobot.mention': 'list', 'wecomrobot.webhook': 'secret' })
})

test('what is typed becomes a value of the field, or is left for the server to refuse', () => {
  const port: Schema = { type: 'integer' }
  expect([valueOf(port, ' 25 '), valueOf(port, 'x'), valueOf(port, ''), valueOf({ type: 'array' }, []), valueOf({ type: 'boolean' }, false)]).toEqual([25, 'x', undefined, undefined, false])
})
