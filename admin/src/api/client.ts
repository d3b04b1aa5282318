import createClient from 'openapi-fetch'
import { lang } from '@/i18n'
import { ApiProblem, problemOf } from './problem'
import { keepKey } from './once'
import type { components, paths } from './schema.gen'

export type Schemas = components['schemas']

/** What the page is served under, without a slash at its end. */
export const base = document.baseURI.replace(/\/$/, '')

/** What the client needs of the session: asked when a credential has ended, and told how the way to the server is. */
export interface Gate {
  known(): boolean // whether somebody is signed in, as far as the page knows
  signInAgain(): Promise<boolean>
  reachable(yes: boolean): void
  token(): string
}

let gate: Gate = { known: () => false, signInAgain: async () => false, reachable: () => {}, token: () => '' }
export const setGate = (g: Gate): void => void (gate = g)

// Calls that change nothing although they are no GET, and signing in.
const asking = /\/(counts|check|complete|try|preview|backtests|session)$/
const changes = (r: Request): boolean => r.method !== 'GET' && !asking.test(new URL(r.url).pathname)

let signedIn = 0 // how often somebody signed in again

// A request is kept so that it can be sent again after the user has signed in: nothing that was typed is lost.
async function send(request: Request): Promise<Response> {
  request.headers.set('Accept-Language', lang())
  const settled = await keepKey(request)
  for (let first = true; ; first = false) {
    const before = signedIn
    const one = request.clone()
    if (gate.token()) one.headers.set('Authorization', `Bearer ${gate.token()}`)
    let answer: Response
    try {
      answer = await fetch(one)
    } catch (e) {
      if (request.signal.aborted) throw e
      gate.reachable(false)
      throw new ApiProblem(changes(request) ? 'unsaved' : 'offline', 0, {})
    }
    gate.reachable(true)
    settled(answer)
    if (answer.status !== 401 || !first || !gate.known() || new URL(request.url).pathname.endsWith('/session')) return answer
    if (before !== signedIn) continue // somebody did while this was on its way
    if (!(await gate.signInAgain())) throw new ApiProblem('signedOut', 401, {}) // what programs are told is not for people
    signedIn++
  }
}

export const api = createClient<paths>({ baseUrl: base, credentials: 'same-origin', fetch: send })

type Answered<T> = { data?: T; error?: unknown; response: Response }

/** The data of a call; throws an ApiProblem. */
export async function ask<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(response.status, error)
  return data as T
}

/** The data of a call with the version that was read, for If-Match. */
export async function askVersion<T>(call: Promise<Answered<T>>): Promise<{ data: T; etag: string }> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(response.status, error)
  return { data: data as T, etag: response.headers.get('ETag') ?? '' }
}

/** A key that makes a change safe to send twice. */
export const onceKey = (): string => crypto.randomUUID()
