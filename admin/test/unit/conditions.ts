/** Numbers that come the same every time (mulberry32, public domain). */
export class Random {
  constructor(private state: number) {}
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
  below(n: number): number {
    return Math.floor(this.next() * n)
  }
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T
  }
}

const texts = ['"vip"', "'vip'", '`vip`', '"a \\"b\\" \\n"', '"活跃"', "'it\\'s'", '""', '"//"', '"a or b"']
const names = ['member.points', 'member.tier', 'member.rank', 'member.tags', 'member.attrs.age', 'event.props.kind', 'group.size', 'now', 'member.left', 'score', '分数', 'member . points']
const windows = ['"7d"', '"all"', '"this_month"', 'period', "'30d'"]
const numbers = ['0', '3', '12', '0.5', '-1', '1_000', '1e3', '+2', '0x1f', '.5']

const spaced = (r: Random, op: string): string => r.of([` ${op} `, `\n  ${op} `, ` ${op}  `])
const bracketed = (r: Random, text: string): string => (r.below(5) ? text : `(${text})`)

function value(r: Random, deep: number): string {
  switch (r.below(deep > 0 ? 11 : 5)) {
    case 0: case 1: return r.of(numbers)
    case 2: return r.of(texts)
    case 3: return r.of(names)
    case 4: return r.of(['true', 'false', 'nil', 'tier("active")', '[]', '["a", "b"]', '[1, 2,]', 'duration("168h")'])
    case 5: return `${value(r, deep - 1)} ${r.of(['+', '-', '*', '/', '%', '**', '??'])} ${value(r, deep - 1)}`
    case 6: return `(${value(r, deep - 1)} ?? ${value(r, deep - 1)})`
    case 7: return counted(r, deep - 1)
    case 8: return `-${value(r, 0)}`
    case 9: return `min(${value(r, deep - 1)}, ${value(r, deep - 1)})`
    default: return `(${condition(r, deep - 1)} ? ${value(r, deep - 1)} : ${value(r, deep - 1)})`
  }
}

function counted(r: Random, deep: number): string {
  const filter = r.below(3) ? '' : `, {${r.of(['kind', 'content_id', '"kind"'])}: ${value(r, deep)}${r.below(2) ? '' : `, n: ${value(r, 0)}`}}`
  const measure = r.of(['count()', 'days()', 'streak()', 'first()', 'sum("n")', "distinct('by')", 'avg("n")', 'count( )'])
  return `${r.of(['events', 'group_events', 'content_events'])}(${r.of(['"message.sent"', "'order.paid'", 'event.type'])}, ${r.of(windows)}${filter}).${measure}`
}

function compared(r: Random, deep: number): string {
  const left = r.of([counted(r, deep), r.of(names), value(r, deep), `(${r.of(names)} ?? ${value(r, 0)})`])
  return `${left}${spaced(r, r.of(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'contains', 'startsWith', 'endsWith', 'matches', 'not contains']))}${value(r, deep)}`
}

/** A random condition, well formed, of all that the grammar has. */
export function condition(r: Random, deep = 3): string {
  if (deep <= 0) return bracketed(r, compared(r, 0))
  switch (r.below(12)) {
    case 0: case 1: return bracketed(r, `${condition(r, deep - 1)}${spaced(r, r.of(['and', '&&']))}${condition(r, deep - 1)}`)
    case 2: return `(${condition(r, deep - 1)}${spaced(r, r.of(['or', '||']))}${condition(r, deep - 1)})`
    case 3: return bracketed(r, `${condition(r, deep - 1)} or ${condition(r, deep - 1)}`)
    case 4: return `${r.of(['not ', '!'])}(${condition(r, deep - 1)})`
    case 5: return `${r.of(['not ', '!', 'not not '])}${r.of(names)}`
    case 6: return bracketed(r, r.of(['has_badge("helper")', 'workday()', 'in_group(`core`)', 'member.left', 'silent_for("3d")', 'known(member.inviter)']))
    case 7: return `${r.of(['any', 'all', 'none'])}(member.tags, # ${r.of(['startsWith', '=='])} ${r.of(texts)})`
    case 8: return `${condition(r, deep - 1)} ? ${condition(r, deep - 1)} : ${condition(r, deep - 1)}`
    default: return bracketed(r, compared(r, deep - 1))
  }
}
