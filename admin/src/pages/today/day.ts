import { computed, ref, shallowRef, watch } from 'vue'
import { api, ask, type Schemas } from '@/api/client'
import { asProblem, type ApiProblem } from '@/api/problem'
import { useBeat } from '@/parts/beat'

export type Day = Schemas['Today']
export type Work = Schemas['TodayList']
export type Item = Schemas['TodayItem']
export type Count = Schemas['TodayNumber']

const soon = 3_000 // while something is being counted
const later = 60_000

/** What wants a person, asked again each minute.  */
export function useDay() {
  const day = shallowRef<Day>()
  const problem = shallowRef<ApiProblem>()
  const counting = computed(() => !!day.value?.numbers?.some((n) => n.state === 'counting'))
  const reload = useBeat(async () => {
    try {
      day.value = await ask(api.GET('/api/v1/today'))
      problem.value = undefined
    } catch (e) {
      problem.value = asProblem(e)
    }
  }, () => (counting.value ? soon : later))
  return { day, problem, reload }
}

/** The work with what is overdue first; otherwise as the server orders it. */
export function urgent(work: Work[], at: string): Work[] {
  const late = (w: Work): boolean => w.items.some((i) => w.kind === 'tasks' && !!i.due && i.due < at)
  return [...work.filter(late), ...work.filter((w) => !late(w))]
}

/** How a number changed in 7 days; undefined where that is not known. */
export function change(n: Count): number | undefined {
  return n.state === 'counted' && n.before !== undefined ? n.count - n.before : undefined
}

/** What was just done here, with the call that undoes it. */
export interface Done {
  kind: Work['kind']
  item: Item
  undo?: () => Promise<unknown>
}

/** What was done since the page was opened: it stays, with its undo, though the server lists it no more. What the server lists again came back. */
export function useDone(work: () => Work[] | undefined) {
  const done = ref<Record<string, Done>>({})
  const note = (d: Done): void => void (done.value = { ...done.value, [d.item.id]: d })
  const forget = (id: string): void => void (done.value = Object.fromEntries(Object.entries(done.value).filter(([key]) => key !== id)))
  watch(work, (lists) => lists?.forEach((w) => w.items.forEach((i) => done.value[i.id] && forget(i.id))))
  /** The work with what was done put back where it was. */
  const all = computed(() => {
    const lists = (work() ?? []).map((w) => ({ ...w, items: [...w.items] }))
    for (const d of Object.values(done.value)) {
      let list = lists.find((w) => w.kind === d.kind)
      if (!list) lists.push((list = { kind: d.kind, count: 0, items: [] }))
      if (!list.items.some((i) => i.id === d.item.id)) list.items.push(d.item)
    }
    return lists
  })
  return { done, note, forget, all }
}
