import { computed, ref, shallowRef, type Ref } from 'vue'
import { asProblem } from '@/api/problem'
import { useSend } from './send'

export interface Versioned<T> {
  data: T
  etag: string
}
/** How one noun is read and written; header carries If-Match for what was read. A new one is read by what was sent of it. */
export interface Calls<T> {
  get(sent?: T): Promise<Versioned<T>>
  put(body: T, header: Record<string, string>): Promise<Versioned<T>>
  remove?(header: Record<string, string>): Promise<unknown>
}

const copy = <T>(x: T): T => JSON.parse(JSON.stringify(x)) as T
// The server keeps a value, not the order of its fields.
const ordered = (_: string, x: unknown): unknown => (x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x)
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a, ordered) === JSON.stringify(b, ordered)
const shownOnly = ['key', 'meta', 'state', 'secrets', 'builtin']

/** Whether what is stored is what was sent. */
const holds = <T extends object>(now: T, sent: T): boolean =>
  Object.entries(sent).every(([name, value]) => shownOnly.includes(name) || same((now as Record<string, unknown>)[name], value))

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
  let lost: T | undefined // was sent, and no answer came

  function take(v: Versioned<T>): void {
    stored.value = v.data
    draft.value = copy(v.data)
    etag.value = v.etag
    elsewhere.value = false
    lost = undefined
  }
  async function guarded(call: () => Promise<unknown>): Promise<boolean> {
    const ok = await send(call)
    elsewhere.value = problem.value?.status === 412
    if (elsewhere.value) forget()
    return ok
  }
  const clear = (): void => {
    stored.value = draft.value = lost = undefined
    etag.value = ''
    elsewhere.value = false
    forget()
  }

  /** Begins a new one: nothing is stored yet. */
  function begin(empty: T): void {
    clear()
    stored.value = copy(empty)
    draft.value = copy(empty)
  }
  const load = (): Promise<boolean> => guarded(async () => take(await calls().get()))
  /** Begins with one that is stored; nothing of another one stays. */
  function open(): Promise<boolean> {
    clear()
    return load()
  }
  const match = (over: boolean): Record<string, string> => (etag.value && !over ? { 'If-Match': etag.value } : {})

  /** Writes a body. What was sent before without an answer and is there now was saved then, by this form and nobody else. */
  async function write(body: T, over: boolean): Promise<Versioned<T>> {
    const before = lost
    try {
      return await calls().put(body, match(over))
    } catch (e) {
      const p = asProblem(e)
      if (p.code === 'unsaved') lost = body
      const taken = p.status === 412 || p.faults.some((f) => f.code === 'keyTaken')
      if (!before || !taken) throw e
      const now = await calls().get(body)
      if (!holds(now.data, before)) throw e
      return same(before, body) ? now : calls().put(body, { 'If-Match': now.etag })
    }
  }
  async function save(over = false): Promise<boolean> {
    if (!draft.value || busy.value) return false
    const body = copy(draft.value)
    return guarded(async () => take(await write(body, over)))
  }
  const remove = (): Promise<boolean> => guarded(async () => calls().remove?.(match(false)))

  return { stored, draft, dirty, elsewhere, busy, problem, error, begin, open, load, save, remove }
}
