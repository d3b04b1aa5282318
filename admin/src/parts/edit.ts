import { computed, ref, shallowRef, type Ref } from 'vue'
import { useSend } from './send'

export interface Versioned<T> {
  data: T
  etag: string
}
/** How one noun is read and written; header carries If-Match for what was read. */
export interface Calls<T> {
  get(): Promise<Versioned<T>>
  put(body: T, header: Record<string, string>): Promise<Versioned<T>>
  remove?(header: Record<string, string>): Promise<unknown>
}

const copy = <T>(x: T): T => JSON.parse(JSON.stringify(x)) as T

/**
 * A noun in a form: what is stored, what is typed (draft), and saving that never overwrites silently what somebody else
 * saved meanwhile: then elsewhere is true until the user takes theirs (load) or saves over it (save(true)).
 */
export function useEdit<T extends object>(calls: () => Calls<T>) {
  const stored = shallowRef<T>()
  const draft = ref() as Ref<T | undefined>
  const etag = ref('')
  const elsewhere = ref(false)
  const { busy, problem, send, error, forget } = useSend()
  const dirty = computed(() => JSON.stringify(draft.value) !== JSON.stringify(stored.value))

  function take(v: Versioned<T>): void {
    stored.value = v.data
    draft.value = copy(v.data)
    etag.value = v.etag
    elsewhere.value = false
  }
  async function guarded(call: () => Promise<unknown>): Promise<boolean> {
    const ok = await send(call)
    elsewhere.value = problem.value?.status === 412
    if (elsewhere.value) forget()
    return ok
  }

  /** Begins a new one: nothing is stored yet. */
  function begin(empty: T): void {
    stored.value = copy(empty)
    draft.value = copy(empty)
    etag.value = ''
    elsewhere.value = false
    forget()
  }
  const load = (): Promise<boolean> => guarded(async () => take(await calls().get()))
  const match = (over: boolean): Record<string, string> => (etag.value && !over ? { 'If-Match': etag.value } : {})
  const save = (over = false): Promise<boolean> => guarded(async () => draft.value && take(await calls().put(draft.value, match(over))))
  const remove = (): Promise<boolean> => guarded(async () => calls().remove?.(match(false)))

  return { stored, draft, dirty, elsewhere, busy, problem, error, begin, load, save, remove }
}
