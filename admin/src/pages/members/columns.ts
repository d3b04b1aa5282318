import { ref, watch } from 'vue'
import type { Schemas } from '@/api/client'

export type Member = Schemas['Member']
/** What the table can show beside who it is; attributes are attr.<key>. */
export const plainColumns = ['tags', 'tier', 'points', 'groups', 'badges', 'origin', 'joined_at', 'id'] as const
const usual = ['tags', 'tier', 'points', 'groups', 'joined_at']

const read = (key: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
/** A list of things that this browser keeps for a user. */
function kept<T>(key: string, otherwise: T[]) {
  const found = read(key)
  const list = ref((Array.isArray(found) ? found : otherwise) as T[])
  watch(list, (now) => localStorage.setItem(key, JSON.stringify(now)), { deep: true })
  return list
}

/** A way to look at the members that one user keeps. */
export interface View {
  name: string
  query: Record<string, string>
}
export const useColumns = (user: string) => kept<string>(`bylaw.members.columns.${user}`, usual)
export const useViews = (user: string) => kept<View>(`bylaw.members.views.${user}`, [])
