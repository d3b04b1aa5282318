import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, ask, type Schemas } from '@/api/client'
import { ApiProblem } from '@/api/problem'

export type Job = Schemas['Job']
const ended = ['done', 'failed', 'cancelled']

/** Long work that this browser began; it is followed wherever the user goes. */
export const useJobs = defineStore('jobs', () => {
  const jobs = ref<Job[]>([])
  const running = computed(() => jobs.value.filter((job) => !ended.includes(job.state)))
  const waiting = new Map<string, (job: Job) => void>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function put(job: Job): void {
    const at = jobs.value.findIndex((one) => one.id === job.id)
    if (at < 0) jobs.value.unshift(job)
    else jobs.value[at] = job
    if (ended.includes(job.state)) {
      waiting.get(job.id)?.(job)
      waiting.delete(job.id)
    }
  }

  async function look(): Promise<void> {
    timer = undefined
    for (const job of running.value) {
      try {
        put((await ask(api.GET('/api/v1/jobs/{job}', { params: { path: { job: job.id } } }))) as Job) // JSON, as no stream was asked for
      } catch {
        // The next look tells: a server that is away for a moment ends no work.
      }
    }
    if (running.value.length) timer ??= setTimeout(() => void look(), 500)
  }

  /** Follows a job; the promise ends with it. */
  function follow(job: Job): Promise<Job> {
    put(job)
    if (ended.includes(job.state)) return Promise.resolve(job)
    timer ??= setTimeout(() => void look(), 200)
    return new Promise((resolve) => waiting.set(job.id, resolve))
  }

  /** Follows a job to a good end; throws an ApiProblem that says why there is none. A cancelled one ends too. */
  async function finished(job: Job): Promise<Job> {
    const ended = await follow(job)
    if (ended.state === 'failed') throw new ApiProblem('failed', 0, ended.error ?? {})
    return ended
  }

  async function cancel(job: Job): Promise<void> {
    put(await ask(api.POST('/api/v1/jobs/{job}/cancel', { params: { path: { job: job.id } } })))
  }
  return { jobs, running, follow, finished, cancel }
})
