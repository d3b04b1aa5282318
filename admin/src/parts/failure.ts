// Why a message failed, as a key of the texts under deliveries.why. The code is the channel's own or the other side's.
const groups: [RegExp, string][] = [
  [/^(plugin_missing)$/, 'missing'],
  [/^(config|config_invalid|secret|key|plugin_refused|unsubscribe_url|reply_to)$/, 'settings'],
  [/^(plugin_.*|not_open|no_receipt)$/, 'program'],
  [/^no_url$/, 'noAddress'],
  [/^(address|bad_address)$/, 'address'],
  [/^address_forbidden$/, 'private'],
  [/^(connect|connection|not_sent)$/, 'unreachable'],
  [/^(write|open|data_dir)$/, 'file'],
  [/^(too_large|413|45002)$/, 'tooLarge'],
  [/^(401|403|407|535)\b/, 'credentials'],
  [/^(404|410)\b/, 'gone'],
  [/^(429|421|45[0-2])\b/, 'busy'],
  [/^5(0\d|1[01])\b/, 'theirFault'],
]

export const failureKey = (code: string | undefined): string => groups.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? 'refused'

// An absolute path of a file, on whatever system the server runs; what belongs to a web address is none.
const paths = /(?<![\w:/.])\/(?:[^\s/:"']+\/)+[^\s/:"']*|\b[A-Za-z]:\\[^\s"']+/g

/** What a channel said, for a technician: whole but for places on the server. */
export const withoutPaths = (detail: string): string => detail.replace(paths, '…')
