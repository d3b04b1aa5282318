import type { Router } from 'vue-router'
import { api, ask } from '@/api/client'
import { say, t } from '@/i18n'
import { findMembers, memberName } from '@/parts/members'
import { mayOpen } from '@/router'
import { more, nav } from './nav'
import { ofPage } from './pageCommands'

/** One thing the palette can do. */
export interface Command {
  id: string
  title: string
  kind: string
  run(): void
}

const fits = (typed: string, ...texts: string[]): boolean =>
  typed.toLowerCase().split(/\s+/).every((word) => texts.some((text) => text.toLowerCase().includes(word)))

function pages(typed: string, router: Router): Command[] {
  const all = [...nav.map((entry) => ({ ...entry, title: t(`frame.nav.${entry.key}`) })), ...(typed ? more.map((entry) => ({ ...entry, title: t(`frame.more.${entry.key}`) })) : [])]
  return all
    .filter((entry) => router.resolve(entry.to).name !== 'nowhere' && mayOpen(entry.to) && fits(typed, entry.title, entry.key))
    .map((entry) => ({ id: entry.key, title: entry.title, kind: t('frame.pages'), run: () => void router.push(entry.to) }))
}

async function rules(typed: string, router: Router): Promise<Command[]> {
  const { items } = await ask(api.GET('/api/v1/rules', { params: { query: { limit: 1000 } } }))
  return items
    .filter((rule) => fits(typed, rule.key, rule.title?.en ?? '', rule.title?.zh ?? ''))
    .slice(0, 8)
    .map((rule) => ({ id: `rule:${rule.key}`, title: say(rule.title, rule.key), kind: t('frame.rules'), run: () => void router.push(`/rules/${rule.key}`) }))
}

async function members(typed: string, router: Router): Promise<Command[]> {
  const list = await findMembers(typed, 8)
  return list.map((m) => ({ id: `member:${m.id}`, title: memberName(m), kind: t('frame.members'), run: () => void router.push(`/members/${m.id}`) }))
}

/** What fits what was typed: what the open page can do, then pages, then the workspace's own things. */
export async function commands(typed: string, router: Router): Promise<Command[]> {
  const found = [...ofPage((title) => fits(typed, title)), ...pages(typed, router)]
  if (!typed.trim()) return found
  const own = await Promise.all([rules(typed, router).catch(() => []), members(typed.trim(), router).catch(() => [])])
  return [...found, ...own.flat()]
}
