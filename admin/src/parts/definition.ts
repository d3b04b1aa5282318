import { api, ask, askVersion, type Schemas } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { Calls, Versioned } from './edit'
import { common, lacking } from './needed'
import type { Page } from './pages'

/** What is defined by key, with the name of its key in the address. */
const nouns = { rewards: 'reward', templates: 'template', channels: 'channel', 'event-types': 'event_type', segments: 'segment', attributes: 'attribute', groups: 'group', ladders: 'ladder' } as const
export type Noun = keyof typeof nouns

// The nouns are read and written alike; the generated client has a path for each, of which one stands for all.
const path = (noun: Noun): '/api/v1/rewards/{reward}' => `/api/v1/${noun}/{${nouns[noun]}}` as '/api/v1/rewards/{reward}'
const params = (noun: Noun, key: string): { path: { reward: string } } => ({ path: { [nouns[noun]]: key } as { reward: string } })

/** What was answered about the key in the address stands at the field in which it was typed. */
function atKey(e: ApiProblem, noun: Noun, typed: string): ApiProblem {
  const faults = e.faults.map((f) => (f.path !== `/${nouns[noun]}` ? f : typed ? { ...f, path: '/key' } : lacking('/key')))
  return new ApiProblem(e.code, e.status, e.text, faults, e.requestId)
}
const taken = (): ApiProblem => new ApiProblem('invalid', 0, common('putRight'), [{ code: 'keyTaken', path: '/key', message: common('keyTaken') }])
const noKey = '-' // which nothing can have: the answer tells what else is wrong

/** What only reading shows is not sent back. */
function bodyOf<T extends object>(body: T): T {
  const { meta: _m, secrets: _s, builtin: _b, key: _k, state: _n, ...rest } = body as Record<string, unknown>
  return rest as T
}

/** A page of one noun's definitions. */
export const listOf = <T>(noun: Noun) => (cursor?: string): Promise<Page<T>> =>
  ask(api.GET(`/api/v1/${noun}` as '/api/v1/rewards', { params: { query: { cursor, limit: 1000 } } })) as unknown as Promise<Page<T>>

/** How one definition is read, written and deleted. A new one never overwrites what has its key already. */
export function callsOf<T extends { key?: string }>(noun: Noun, key: () => string, fresh: () => boolean): Calls<T> {
  const nameOf = (sent?: T): string => (fresh() ? (sent?.key ?? '').trim() : key())
  async function put(body: T, header: Record<string, string>): Promise<Versioned<T>> {
    const name = nameOf(body)
    const match = fresh() && !header['If-Match'] ? { 'If-None-Match': '*' } : header
    try {
      const answer = api.PUT(path(noun), { params: params(noun, name || noKey), body: bodyOf(body) as unknown as Schemas['Reward'], headers: match })
      return (await askVersion(answer)) as unknown as Versioned<T>
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e
      if (fresh() && e.status === 412) throw taken()
      throw atKey(e, noun, name)
    }
  }
  return {
    put,
    get: async (sent) => (await askVersion(api.GET(path(noun), { params: params(noun, nameOf(sent)) }))) as unknown as Versioned<T>,
    remove: (header) => ask(api.DELETE(path(noun), { params: params(noun, key()), headers: header })),
  }
}
