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

/** What the server, or the way to it, answered instead of what was asked for. */
export class ApiProblem extends Error {
  constructor(
    readonly code: string, // invalid, conflict, forbidden ... or offline, garbled
    readonly status: number,
    readonly text: Text,
    readonly faults: Fault[] = [],
    readonly requestId = '',
  ) {
    super(text.en ?? code)
  }

  /** The sentence for the reader, never a raw error. */
  get said(): string {
    return this.code === 'offline' || this.code === 'garbled' ? t(`problem.${this.code}`) : say(this.text)
  }

  /** What is wrong at a field, by its JSON pointer; faults below the field count as its own. */
  at(path: string): Fault[] {
    return this.faults.filter((f) => f.path === path || f.path?.startsWith(`${path}/`))
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
