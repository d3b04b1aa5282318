import { nextTick, watch } from 'vue'
import { useRoute } from 'vue-router'
import { pageOf } from '@/router'

/**
 * On a page that was just opened the keyboard begins at its field that asks for it (autofocus), else at its beginning, and
 * not where a link stood that is gone. The first page of a visit begins at the top by itself.
 */
export function useFocus(): void {
  const route = useRoute()
  watch(
    () => (route.matched.length ? pageOf(route) : ''),
    async (_now, before) => {
      await nextTick()
      const main = document.querySelector<HTMLElement>('main')
      const field = main?.querySelector<HTMLElement>('[autofocus]')
      if (field) field.focus()
      else if (before) main?.focus({ preventScroll: true })
    },
    { flush: 'post' },
  )
}

/** For a dialog that opens: the keyboard begins at its field that asks for it (autofocus) and not at its frame. */
export async function beginInDialog(): Promise<void> {
  await nextTick()
  await nextTick() // the dialog has taken the focus for itself
  const fields = [...document.querySelectorAll<HTMLElement>('.el-dialog [autofocus]')]
  fields.findLast((one) => one.offsetParent !== null)?.focus()
}
