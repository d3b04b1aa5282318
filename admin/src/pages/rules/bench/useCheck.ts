import { onBeforeUnmount, shallowRef, watch, type Ref } from 'vue'
import { api, ask, type Schemas } from '@/api/client'

/** What is wrong with a text, and whom it matches now; asked when typing pauses. */
export function useCheck(text: Ref<string>) {
  const faults = shallowRef<Schemas['Fault'][]>([])
  const reach = shallowRef<{ matched: number; members: number }>()
  const checked = shallowRef('') // the text that faults are about
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run(): Promise<void> {
    const asked = text.value
    if (!asked) return
    try {
      const answer = await ask(api.POST('/api/v1/rules/check', { body: { document: asked } }))
      if (asked !== text.value) return
      checked.value = asked
      faults.value = answer.problems
      await count(asked)
    } catch {
      // The editor keeps what it knew; the frame says that the server is away.
    }
  }
  // Asked apart: problems do not wait until a large community is counted.
  async function count(asked: string): Promise<void> {
    const { reach: now } = await ask(api.POST('/api/v1/rules/check', { body: { document: asked, reach: true } }))
    if (asked === text.value) reach.value = now && { matched: now.matches, members: now.members }
  }
  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void run(), 100)
  })
  onBeforeUnmount(() => clearTimeout(timer))
  return { faults, reach, checked }
}
