import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { api, ask, base, setGate, type Schemas } from '@/api/client'
import { setNow } from '@/parts/time'

export const roles = ['owner', 'admin', 'operator', 'analyst', 'viewer'] as const
export type Role = (typeof roles)[number]

const knockEvery = 3_000 // ms

/** Who is signed in, and the way to the server. */
export const useSession = defineStore('session', () => {
  const who = ref<Schemas['Session']>()
  const asking = ref(false) // the sign-in dialog over the page
  const reachable = ref(true)
  let settle: ((signedIn: boolean) => void) | undefined
  let waiting: Promise<boolean> | undefined

  /** Asks once, however many calls found the session ended. */
  function signInAgain(): Promise<boolean> {
    if (!who.value) return Promise.resolve(false) // not signed in yet: the router shows the page for that
    waiting ??= new Promise<boolean>((resolve) => {
      asking.value = true
      settle = resolve
    }).finally(() => {
      asking.value = false
      waiting = undefined
    })
    return waiting
  }
  // A server that is away is knocked at until it answers: the page says that it is tried again.
  let knocking: ReturnType<typeof setTimeout> | undefined
  const knock = async (): Promise<void> => {
    clearTimeout(knocking)
    if (navigator.onLine && (await fetch(`${base}/healthz`).then((answer) => answer.ok, () => false))) reachable.value = true
    else knocking = setTimeout(() => void knock(), knockEvery)
  }
  const back = (): void => void (reachable.value || knock())
  addEventListener('online', back)
  watch(reachable, (yes) => (yes ? clearTimeout(knocking) : (knocking = setTimeout(() => void knock(), knockEvery))))

  const answered = (signedIn: boolean): void => settle?.(signedIn)

  setGate({ known: () => !!who.value, signInAgain, reachable: (yes) => (reachable.value = yes), token: () => '' })

  /** Learns who is signed in; undefined when nobody is. */
  async function load(): Promise<void> {
    who.value = await ask(api.GET('/api/v1/session'))
    setNow(who.value.now)
  }
  const forget = (): void => void (who.value = undefined)

  const role = computed(() => (who.value?.role ?? 'viewer') as Role)
  /** Whether the role covers another one: each may all that the ones after it may. */
  const may = (need: Role): boolean => roles.indexOf(role.value) <= roles.indexOf(need)

  return { who, role, may, asking, reachable, answered, load, forget }
})
