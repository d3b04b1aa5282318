import { computed, ref, shallowRef } from 'vue'
import { asProblem, type ApiProblem } from '@/api/problem'

export interface Page<T> {
  items: T[]
  next?: string
}

/** A list that comes in pages; more asks for the next one. What is shown stays while it is asked again. */
export function usePages<T>(get: (cursor: string | undefined) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const next = ref<string>()
  const busy = ref(false)
  const first = ref(true) // nothing came yet
  const problem = shallowRef<ApiProblem>()
  let asked = 0

  async function run(cursor: string | undefined): Promise<void> {
    const mine = ++asked
    busy.value = true
    try {
      const page = await get(cursor)
      if (mine !== asked) return
      items.value = cursor ? [...items.value, ...page.items] : page.items
      next.value = page.next || undefined
      problem.value = undefined
      first.value = false
    } catch (e) {
      if (mine === asked) problem.value = asProblem(e)
    } finally {
      if (mine === asked) busy.value = false
    }
  }
  const reload = (): Promise<void> => run(undefined)
  const more = (): Promise<void> => (next.value && !busy.value ? run(next.value) : Promise.resolve())
  return { items, busy, first, problem, hasMore: computed(() => !!next.value), reload, more }
}
