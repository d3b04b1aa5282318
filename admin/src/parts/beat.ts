import { onBeforeUnmount, onMounted } from 'vue'

/** Calls again and again while the page is looked at, first at once; a hidden tab asks nothing and is caught up when it is seen. */
export function useBeat(call: () => Promise<void>, every: () => number): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let gone = false
  async function beat(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    await call()
    if (!gone && !document.hidden && timer === undefined) timer = setTimeout(() => void beat(), every())
  }
  const seen = (): void => {
    if (!document.hidden) return void beat()
    clearTimeout(timer)
    timer = undefined
  }
  onMounted(() => {
    document.addEventListener('visibilitychange', seen)
    void beat()
  })
  onBeforeUnmount(() => {
    gone = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', seen)
  })
  return beat
}
