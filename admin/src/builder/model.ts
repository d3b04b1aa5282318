/** A condition as the sentence builder shows it. A node with a source was read and not changed: it is written as it was. */
export type Node = (Group | Not | Sentence | Fact | Advanced) & Placed

/** Where a node was read from, in UTF-16 units; absent of one that is new. */
export interface Placed {
  from?: number
  to?: number
}

/** Conditions of which all, or any, must hold. */
export interface Group {
  kind: 'group'
  join: 'and' | 'or'
  of: Node[]
  source?: string
}

/** A condition that must not hold. */
export interface Not {
  kind: 'not'
  of: Node
  source?: string
}

/** Something compared with a value. */
export interface Sentence {
  kind: 'sentence'
  subject: Subject
  op: Op
  value: Value
  source?: string
}

/** Something that is so or is not. */
export interface Fact {
  kind: 'fact'
  subject: Named | Called
  source?: string
}

/** What the builder cannot show: never rewritten. */
export interface Advanced {
  kind: 'advanced'
  source: string
}

/** Of a comparison; has and has not are `value in list`, read from the list's side. */
export type Op = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'has' | 'has not' | 'contains' | 'startsWith' | 'endsWith' | 'matches'

export type Subject = Counted | Named | Called

/** A figure about events. */
export interface Counted {
  kind: 'events'
  of: 'events' | 'group_events' | 'content_events'
  type: string
  window: string // "7d", "all" ... or '' for the period under review
  filter: { name: string; value: Value }[]
  measure: 'count' | 'sum' | 'avg' | 'min' | 'max' | 'distinct' | 'days' | 'streak' | 'first' | 'last'
  field?: string // of sum, avg, min, max and distinct
}

/** A word: member.points, event.props.kind, group.size. */
export interface Named {
  kind: 'name'
  path: string
  otherwise?: Value // instead of unknown
}

/** A function of texts and words: invited("30d"), has_badge("helper"). */
export interface Called {
  kind: 'call'
  name: string
  args: Value[]
}

/** A value: the builder's own kinds, or an expression as it stands. */
export type Value =
  | { kind: 'number'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'boolean'; on: boolean }
  | { kind: 'list'; of: Value[] }
  | { kind: 'source'; source: string }

export const measuresWithField: readonly Counted['measure'][] = ['sum', 'avg', 'min', 'max', 'distinct']
