import { api, ask, onceKey } from '@/api/client'
import type { Item } from './day'

/** What can be done with an item right here. */
export type Do = 'take' | 'finish' | 'admit' | 'refuse' | 'replay' | 'resume'

const header = (): { 'Idempotency-Key': string } => ({ 'Idempotency-Key': onceKey() })

/** The call of an action, and the one that undoes it where there is one. */
export function call(d: Do, item: Item, with_: { owner: string; reason?: string }): { run: () => Promise<unknown>; undo?: () => Promise<unknown> } {
  const task = { path: { task: item.id } }
  const waiting = { path: { group: item.group ?? '', member: item.member ?? '' } }
  switch (d) {
    case 'take':
      return { run: () => ask(api.PATCH('/api/v1/tasks/{task}', { params: task, body: { owner: with_.owner } })) }
    case 'finish':
      return {
        run: () => ask(api.POST('/api/v1/tasks/{task}/done', { params: { ...task, header: header() }, body: {} })),
        undo: () => ask(api.POST('/api/v1/tasks/{task}/reopen', { params: { ...task, header: header() } })),
      }
    case 'admit':
      return { run: () => ask(api.POST('/api/v1/groups/{group}/waiting/{member}', { params: { ...waiting, header: header() }, body: { admit: true } })) }
    case 'refuse':
      return { run: () => ask(api.POST('/api/v1/groups/{group}/waiting/{member}', { params: { ...waiting, header: header() }, body: { admit: false, reason: with_.reason } })) }
    case 'replay':
      return { run: () => ask(api.POST('/api/v1/deliveries/{delivery}/replay', { params: { path: { delivery: item.id }, header: header() } })) }
    case 'resume':
      return {
        run: () => ask(api.POST('/api/v1/rules/{rule}/resume', { params: { path: { rule: item.rule ?? '' }, header: header() } })),
        undo: () => ask(api.POST('/api/v1/rules/{rule}/pause', { params: { path: { rule: item.rule ?? '' }, header: header() } })),
      }
  }
}
