import { nextTick } from 'vue'
import type { ApiProblem } from '@/api/problem'

const seen = (el: HTMLElement): boolean => el.getClientRects().length > 0

/** Takes the keyboard to the first field of a form that something is wrong with, also where it was scrolled away. */
export async function toFirstWrong(problem: ApiProblem): Promise<void> {
  await nextTick()
  await nextTick() // the form items have taken their errors over
  if (!problem.placed.size) return
  const over = [...document.querySelectorAll<HTMLElement>('.el-drawer, .el-dialog')].findLast(seen)
  const item = [...(over ?? document).querySelectorAll<HTMLElement>('.el-form-item.is-error')].find(seen)
  if (!item) return
  item.scrollIntoView({ block: 'center' })
  item.querySelector<HTMLElement>('input:not([type=hidden]), textarea, button')?.focus({ preventScroll: true })
}
