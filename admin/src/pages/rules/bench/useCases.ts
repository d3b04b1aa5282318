import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import { api, ask, type Schemas } from '@/api/client'
import { asProblem, type ApiProblem } from '@/api/problem'

/** How the cases of a text go, on the real engine and in memory; they run again when typing pauses. */
export function useCases(text: Ref<string>) {
  const verdicts = shallowRef<Schemas['CaseVerdict'][]>([])
  const problem = shallowRef<ApiProblem>()
  const state = ref<'running' | 'fresh' | 'stale'>('running')
  const green = ref('') // the last text with green cases only
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run(): Promise<void> {
    const asked = text.value
    if (!asked) return
    state.value = 'running'
    try {
      const answer = await ask(api.POST('/api/v1/rules/check', { body: { document: asked, cases: true } }))
      if (asked !== text.value) return
      verdicts.value = answer.cases ?? []
      problem.value = undefined
      state.value = answer.problems.some((p) => !p.warning) ? 'stale' : 'fresh'
      if (state.value === 'fresh' && verdicts.value.every((one) => one.ok)) green.value = asked
    } catch (e) {
      problem.value = asProblem(e)
    }
  }
  watch(text, () => {
    state.value = 'stale'
    clearTimeout(timer)
    timer = setTimeout(() => void run(), 600)
  })
  onBeforeUnmount(() => clearTimeout(timer))
  return { verdicts, problem, state, green, run }
}
