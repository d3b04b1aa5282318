import type { Pairs } from '../pairs'

export default {
  what: ['What needs a person today.', '今天需要人处理的事。'],
  clear: ['Nothing needs you now.', '现在没有需要处理的事。'],
  clearWhy: ['Tasks, failed messages and rules in trouble appear here by themselves.', '任务、发送失败的消息、出问题的规则会自动出现在这里。'],
  tasks: ['Tasks', '任务'],
  due: ['Due', '截止'],
  finish: ['Done', '完成'],
  finished: ['Done. It can be opened again.', '已完成，可以重新打开。'],
  failed: ['Messages that failed', '发送失败的消息'],
  replay: ['Send again', '重新发送'],
  replayed: ['It is on its way again.', '已重新发送。'],
  broken: ['Rules that need a look', '需要查看的规则'],
  look: ['Open the rule', '打开规则'],
} satisfies Pairs
