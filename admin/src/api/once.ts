// A change whose answer was lost may have been done. Sent again it keeps its key, and so is done once.

const unanswered = new Map<string, string>() // what was asked for, to the key that it had
const most = 50

async function wordsOf(request: Request): Promise<string> {
  const type = request.headers.get('Content-Type') ?? ''
  if (type && !type.includes('json')) return '' // a file is not read for this
  return `${request.method} ${request.url} ${await request.clone().text()}`
}

// An answer that says to come back leaves open whether it was done.
const open = (status: number): boolean => status === 409 || status === 429 || status >= 500

/** Gives a change that was sent before without an answer the key that it had; the function is told of the answer. */
export async function keepKey(request: Request): Promise<(answer: Response) => void> {
  const key = request.headers.get('Idempotency-Key')
  const words = key ? await wordsOf(request) : ''
  if (!key || !words) return () => {}
  const before = unanswered.get(words)
  if (before) request.headers.set('Idempotency-Key', before)
  else unanswered.set(words, key)
  if (unanswered.size > most) unanswered.delete(unanswered.keys().next().value as string)
  return (answer) => void (open(answer.status) || unanswered.delete(words))
}
