import { reactive } from 'vue'
import { api, ask, type Schemas } from '@/api/client'
import { memberName } from './members'

// Names of members that lists give by id only, asked for many at a time and kept while the page is open.
const names = reactive(new Map<string, string>())
const wanted = new Set<string>()
let waiting: ReturnType<typeof setTimeout> | undefined
const atOnce = 200

async function fetchNames(): Promise<void> {
  waiting = undefined
  const ids = [...wanted].slice(0, atOnce)
  for (const id of ids) wanted.delete(id)
  if (wanted.size) waiting = setTimeout(fetchNames)
  const found: Schemas['Member'][] = await ask(api.GET('/api/v1/members', { params: { query: { ids: ids.join(',') } } })).then((page) => page.items, () => [])
  for (const id of ids) names.set(id, id) // who is unknown stays an id
  for (const m of found) names.set(m.id, memberName(m))
}

/** What a member is called; their id until the answer is there. */
export function nameOf(id: string): string {
  const known = names.get(id)
  if (known !== undefined) return known
  if (!wanted.has(id)) {
    wanted.add(id)
    waiting ??= setTimeout(fetchNames)
  }
  return id
}

/** Takes names that came with an answer. */
export function learn(members: Schemas['Member'][]): void {
  for (const m of members) names.set(m.id, memberName(m))
}
