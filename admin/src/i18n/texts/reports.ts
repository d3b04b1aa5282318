import type { Pairs } from '../pairs'

export default {
  pageWhat: ['What happened, and what the rules did, day by day. A bar, or a number of the table, opens who is behind it.', '每天发生了什么、规则做了什么。点击柱子或表格中的数字，查看背后的成员与明细。'],
  days: ['Days', '天数'],
  lastDays: ['{n} days', '近 {n} 天'],
  from: ['First day', '开始日期'],
  to: ['Last day', '结束日期'],
  date: ['Date', '日期'],
  account: ['Account', '账户'],
  ladder: ['Ladder', '阶梯'],
  by: { day: ['By day', '按天'], week: ['By week', '按周'], month: ['By month', '按月'] },
  answer: ['{total} {what}, most of them {top} ({n}). The most at once: {peak} on {step}.', '共 {total} {what}，最多的是「{top}」（{n}）；{step} 最高，达 {peak}。'],
  level: ['{total} members stand on it, most of them as {top} ({n}); {change} since the first day.', '现有 {total} 名成员在阶梯上，最多的是「{top}」（{n}）；与首日相比 {change}。'],
  none: ['Nothing in these days.', '所选日期内没有数据。'],
  behind: ['Behind this number', '数字背后'],
  nobody: ['no member', '非成员'],
  noRows: ['Nothing more is known about these: they are older than what is kept.', '没有更多明细：已超出保留范围。'],
  decision: ['Decision', '判定'],
  kinds: {
    events: { title: ['What happens in the community?', '社群里发生了什么？'], unit: ['events', '个事件'], what: ['Accepted events by the local day of their time, imported history included. Changes made by hand are not counted.', '按事件时间的当地日期统计已接收的事件，含导入的历史，不含手工变更。'], empty: ['Send events, or import a file of them.', '请发送或导入事件。'] },
    decisions: { title: ['Which rules match?', '哪些规则命中？'], unit: ['matches', '次命中'], what: ['Decisions whose condition was true: those that acted, those that a limit stopped, and those that only watch (shadow).', '条件成立的判定：已执行的、被限制拦下的，以及影子规则的命中。'], empty: ['No live rule matched. The gallery has rules to begin with.', '没有规则命中，可从规则库开始。'] },
    effects: { title: ['What did rules do?', '规则做了什么？'], unit: ['effects', '次效果'], what: ['Effects that changed something; those that found it done already are not counted.', '实际生效的效果，不含因已完成而未执行的。'], empty: ['Effects appear here once a live rule matches.', '规则命中后显示效果。'] },
    points: { title: ['Are points given faster than they are spent?', '积分发放是否快于消耗？'], unit: ['points', '积分'], what: ['Entries of the account by hand and by rules. Moves by merging members are not counted.', '该账户由规则和手工产生的积分变动，不含合并成员时的转移。'], empty: ['Give points by a rule with the effect “grant points”.', '可用「发积分」效果发放。'] },
    deliveries: { title: ['Do messages arrive?', '消息送达了吗？'], unit: ['messages', '条消息'], what: ['Messages by the day on which their delivery ended, and how. Those that wait are on the page Deliveries.', '按投递结束当天统计结果；等待中的消息见「投递」页。'], empty: ['Messages appear here when a live rule sends some.', '规则发送消息后显示。'] },
    tiers: { title: ['How does the pyramid grow?', '层级金字塔如何变化？'], unit: ['members', '名成员'], what: ['Members on each tier when the day, week or month ended, from the highest tier down.', '每天（周、月）结束时各层级的人数，自高到低。'], empty: ['Members stand here once a tier rule, or a person, moves them.', '层级规则或手工调整后显示。'] },
    members: { title: ['Do more come than go?', '来的人比走的人多吗？'], unit: ['members', '名成员'], what: ['Members first heard of or back again, and members who left.', '首次出现或重新加入的成员，以及离开的成员。'], empty: ['Members appear with their first event.', '成员随首个事件出现。'] },
  },
} satisfies Pairs
