import { api, ask } from '@/api/client'

/** A group whose room people are moved in and out of by a person. */
export interface Room {
  key: string
}

/** Which of these groups have a room that no program may move people in: those whose channel cannot do so by itself. */
export async function byHand(groups: string[]): Promise<Room[]> {
  const [defs, channels, plugins] = await Promise.all([
    ask(api.GET('/api/v1/groups', { params: { query: { limit: 1000 } } })),
    ask(api.GET('/api/v1/channels', { params: { query: { limit: 1000 } } })),
    ask(api.GET('/api/v1/plugins')),
  ])
  const auto = (channel: string): boolean => {
    const plugin = channels.items.find((c) => c.key === channel)?.plugin
    const can = (plugins.items.find((p) => p.id === plugin)?.abilities ?? {}) as Record<string, string>
    return can.move === 'auto' || (can.invite === 'auto' && can.kick === 'auto')
  }
  return defs.items.filter((g) => g.key && groups.includes(g.key) && g.channel && !auto(g.channel)).map((g) => ({ key: g.key ?? '' }))
}
