import { shallowReactive } from 'vue'
import { say, t, type Text } from '@/i18n'

/** One thing that is wrong with what was sent, with its place. */
export interface Fault {
  code: string
  path?: string // JSON pointer of the field
  line?: number // in a document, from 1
  column?: number // in characters, from 1
  end?: number
  warning?: boolean
  message: Text
  hint?: Text
}

const most = 5 // faults in the words of one field

// What the way to the server did instead of an answer; unsaved is of a change, which may or may not have been done, signedOut
// of somebody who was asked to sign in again and did not.
const ways = ['offline', 'unsaved', 'garbled', 'signedOut']

/** What the server, or the way to it, answered instead of what was asked for. */
export class ApiProblem extends Error {
  /** The faults that stand at a field of the page; the others are shown together. */
  readonly placed = shallowReactive(new Set<Fault>())

  constructor(
    readonly code: string, // invalid, conflict, forbidden ... or offline, unsaved, garbled, signedOut
    readonly status: number,
    readonly text: Text,
    readonly faults: Fault[] = [],
    readonly requestId = '',
  ) {
    super(text.en ?? code)
  }

  /** The sentence for the reader, never a raw error. */
  get said(): string {
    return ways.includes(this.code) ? t(`problem.${this.code}`) : say(this.text)
  }

  /** What is wrong at a field, by its JSON pointer; faults below the field count as its own. */
  at(path: string): Fault[] {
    return this.faults.filter((f) => f.path === path || f.path?.startsWith(`${path}/`))
  }

  /** The words for a field that shows what is wrong at it; '' when nothing is. */
  atField(path: string): string {
    const here = this.at(path)
    for (const f of here) this.placed.add(f)
    return here.slice(0, most).map((f) => [say(f.message), f.hint && say(f.hint)].filter(Boolean).join(' ')).join(' ') + (here.length > most ? ' …' : '')
  }
}

interface Wire {
  code?: string
  status?: number
  message?: Text
  problems?: Fault[]
  request_id?: string
}

/** Reads an answer of 400 or more. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const wire = (typeof body === 'object' && body !== null ? body : {}) as Wire
  if (!wire.code || !wire.message) return new ApiProblem('garbled', status, {})
  return new ApiProblem(wire.code, status, wire.message, wire.problems ?? [], wire.request_id)
}

/** Any error as one that can be shown. */
export const asProblem = (e: unknown): ApiProblem => (e instanceof ApiProblem ? e : new ApiProblem('garbled', 0, {}))
