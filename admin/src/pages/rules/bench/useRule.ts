import { computed, ref, shallowRef } from 'vue'
import { api, askVersion, onceKey, type Schemas } from '@/api/client'
import { ApiProblem, asProblem } from '@/api/problem'
import { useJobs, type Job } from '@/stores/jobs'
import type { Rule } from '../state'

export type Reach = Schemas['Publish']

/** One rule being worked on: what is stored, what is typed, and the steps of its life. */
export function useRule(key: string) {
  const jobs = useJobs()
  const rule = shallowRef<Rule>()
  const text = ref('')
  const stored = ref('') // the text as it was read or saved
  const etag = ref('')
  const problem = shallowRef<ApiProblem>()
  const elsewhere = ref(false) // somebody else saved meanwhile
  const busy = ref(false)
  const dirty = computed(() => text.value !== stored.value)
  const path = { path: { rule: key } }

  function take({ data, etag: version }: { data: Rule; etag: string }): void {
    rule.value = data
    etag.value = version
    stored.value = data.document ?? ''
    elsewhere.value = false
  }

  /** Runs one step; false when it was refused, and problem says why. */
  async function step(call: () => Promise<{ data: Rule; etag: string }>): Promise<boolean> {
    busy.value = true
    problem.value = undefined
    try {
      take(await call())
      return true
    } catch (e) {
      const p = asProblem(e)
      if (p.status === 412) elsewhere.value = true
      else problem.value = p
      return false
    } finally {
      busy.value = false
    }
  }

  async function load(): Promise<boolean> {
    const ok = await step(() => askVersion(api.GET('/api/v1/rules/{rule}', { params: path })))
    if (ok) text.value = stored.value
    return ok
  }

  /** Reads again what is known of the saved rule, such as its way to live; what is typed stays. */
  async function refresh(): Promise<void> {
    if (!etag.value) return
    const now = await askVersion(api.GET('/api/v1/rules/{rule}', { params: path })).catch(() => undefined) // the next step says what is wrong
    if (now?.data.document === stored.value) take(now)
  }

  // A new rule has no version yet: If-Match is sent only for what was read.
  const match = (over: boolean): Record<string, string> => (etag.value && !over ? { 'If-Match': etag.value } : {})

  const put = (document: string, over: boolean): Promise<{ data: Rule; etag: string }> =>
    askVersion(
      api.PUT('/api/v1/rules/{rule}', {
        params: { ...path, header: match(over) },
        headers: { 'Content-Type': 'application/yaml', ...(etag.value || over ? {} : { 'If-None-Match': '*' }) }, // a new rule takes nobody's key
        body: document as never, // sent as it is: the author's bytes are what is stored
        bodySerializer: (body) => body as unknown as string,
      }),
    )

  let lost = '' // was sent, and no answer came
  /** Saves what is typed as the draft; over saves it over what somebody else saved. */
  const save = (over = false): Promise<boolean> =>
    step(async () => {
      const sent = text.value
      try {
        const now = await put(sent, over)
        lost = ''
        return now
      } catch (e) {
        const p = asProblem(e)
        if (p.code === 'unsaved') lost = sent
        if (p.status !== 412 || !lost) throw e
        // What was sent before is there: this page saved it, and nobody else.
        const now = await askVersion(api.GET('/api/v1/rules/{rule}', { params: path }))
        if (now.data.document !== lost) throw e
        lost = ''
        if (now.data.document === sent) return now
        etag.value = now.etag
        return put(sent, false)
      }
    })
  const header = (): Record<string, string> => ({ ...match(false), 'Idempotency-Key': onceKey() })
  /** A step that answers with the rule, or with a job that goes on while windows are built: then the rule is read after it. */
  const slow = (call: () => Promise<{ data: Rule | Job; etag: string }>): Promise<boolean> =>
    step(async () => {
      const { data, etag: version } = await call()
      if ('key' in data) return { data, etag: version }
      const job = await jobs.finished(data)
      if (job.state === 'cancelled') throw new ApiProblem('cancelled', 0, job.error ?? {}) // it says what stays in force
      return askVersion(api.GET('/api/v1/rules/{rule}', { params: path }))
    })
  const publish = (body: Reach): Promise<boolean> => slow(() => askVersion(api.POST('/api/v1/rules/{rule}/publish', { params: { ...path, header: header() }, body })))
  const pause = (): Promise<boolean> => step(() => askVersion(api.POST('/api/v1/rules/{rule}/pause', { params: { ...path, header: header() } })))
  const resume = (): Promise<boolean> => slow(() => askVersion(api.POST('/api/v1/rules/{rule}/resume', { params: { ...path, header: header() } })))
  const rollback = (version: number): Promise<boolean> =>
    slow(() => askVersion(api.POST('/api/v1/rules/{rule}/rollback', { params: { ...path, header: header() }, body: { version } })))

  return { rule, text, dirty, problem, elsewhere, busy, load, refresh, save, publish, pause, resume, rollback }
}
