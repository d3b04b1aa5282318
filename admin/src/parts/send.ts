import { ref, shallowRef } from 'vue'
import { asProblem, type ApiProblem } from '@/api/problem'
import { toFirstWrong } from './findable'

/** The sending of a form or of one action: busy while it runs; what was wrong stays until the next try, and what was typed stays anyway. */
export function useSend() {
  const busy = ref(false)
  const problem = shallowRef<ApiProblem>()

  /** Runs the call; false when it was refused, and problem says why. */
  async function send(call: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    problem.value = undefined
    try {
      await call()
      return true
    } catch (e) {
      problem.value = asProblem(e)
      void toFirstWrong(problem.value)
      return false
    } finally {
      busy.value = false
    }
  }

  /** What is wrong at a field (JSON pointer), for the error of its form item; '' when nothing is. What no field asks for stands in the ProblemBox. */
  const error = (path: string): string => problem.value?.atField(path) ?? ''

  const forget = (): void => void (problem.value = undefined)
  return { busy, problem, send, error, forget }
}
