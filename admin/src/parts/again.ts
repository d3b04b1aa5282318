import { asProblem } from '@/api/problem'

/**
 * A change that carries no key: sent again after its answer was lost, it may be refused because it was done. there finds
 * what it made; of other words it is another change.
 */
export function useAgain<T>() {
  let lost = ''
  return async (sent: object, call: () => Promise<T>, there: () => Promise<T | undefined>): Promise<T> => {
    const words = JSON.stringify(sent)
    const before = lost === words
    lost = ''
    try {
      return await call()
    } catch (e) {
      const p = asProblem(e)
      if (p.code === 'unsaved') lost = words
      const found = before && (p.status === 409 || p.status === 412) ? await there() : undefined
      if (found === undefined) throw e
      return found
    }
  }
}
