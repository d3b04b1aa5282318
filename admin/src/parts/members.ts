import { api, ask, type Schemas } from '@/api/client'

/** What a member is called: their name where it may be seen, else the first identity, else the id. */
export const memberName = (m: Schemas['Member']): string => m.name || m.identities?.map((i) => i.external_id)[0] || m.id

/** Members by any part of their name, identity or id; those who joined last when nothing is typed. */
export async function findMembers(words: string, limit: number): Promise<Schemas['Member'][]> {
  const query = words ? { q: words.slice(0, 100), limit } : { sort: '-joined_at' as const, limit }
  const found: Schemas['Member'][] = []
  let cursor: string | undefined
  do { // the server looks at so many members for one page
    const page = await ask(api.GET('/api/v1/members', { params: { query: { ...query, cursor } } }))
    found.push(...page.items)
    cursor = words ? page.next : undefined
  } while (cursor && found.length < limit)
  return found.slice(0, limit)
}
