import type { Window } from './browser'

/** A call of the API by who is signed in, to prepare what a page shows. */
export async function call(w: Window, method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const origin = new URL(w.page.url()).origin
  const answer = await w.page.request.fetch(`api/v1/${path}`, { method, headers: { Origin: origin }, data: body })
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
  const text = await answer.text()
  return text ? JSON.parse(text) : undefined
}

/** Saves a rule and puts it in force. */
export async function publish(w: Window, rule: { key: string } & Record<string, unknown>): Promise<void> {
  await call(w, 'PUT', `rules/${rule.key}`, rule)
  await call(w, 'POST', `rules/${rule.key}/publish`, {})
}

/** An event of a member of the app. */
export const event = (w: Window, id: string, type: string, member: string): Promise<unknown> =>
  call(w, 'POST', 'events', { events: [{ id, type, member: { channel: 'app', external_id: member } }] })
