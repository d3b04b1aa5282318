import { shallowRef } from 'vue'
import { api, ask } from '@/api/client'
import { say, type Text } from '@/i18n'

// What rules are called, asked once for all of them and kept while the page is open; one that is not known is asked for again.
const titles = shallowRef<Record<string, Text>>({})
const missed = new Set<string>()
let asking = false

async function load(): Promise<void> {
  asking = true
  const all = await ask(api.GET('/api/v1/rules', { params: { query: { limit: 1000 } } })).then((page) => page.items, () => [])
  titles.value = Object.fromEntries(all.map((rule) => [rule.key ?? '', rule.title ?? {}]))
  asking = false
}

/** What a rule is called; its key until that is known, and where there is no such rule. */
export function titleOf(rule: string): string {
  if (!(rule in titles.value) && !missed.has(rule) && !asking) {
    missed.add(rule)
    void load()
  }
  return say(titles.value[rule], rule)
}
