import type { Pairs } from '../pairs'

export default {
  title: ['Start from a pack', '从规则包开始'],
  what: ['Rules that communities use, ready to change. Copying makes drafts; nothing goes live until you publish.', '社群常用的规则，拿来即改。套用后为草稿，发布前不会生效。'],
  blank: ['Start from nothing', '从空白开始'],
  rules: ['{n} rules', '{n} 条规则'],
  look: ['Look inside', '查看内容'],
  use: ['Start with this', '从这里开始'],
  here: ['copied', '已套用'],
  example: ['An example that passes', '通过的示例'],
  events: ['What happens', '发生的事件'],
  then: ['The rule does', '规则会做'],
  nothing: ['nothing', '什么都不做'],
  passes: ['{d} days pass', '过 {d} 天'],
  brings: ['It brings', '附带'],
  text: ['As text', '原文'],
  guide: ['One minute to a first rule', '一分钟用好第一条规则'],
  copied: ['{n} rules of “{name}” are drafts now.', '“{name}”的 {n} 条规则已成为草稿。'],
  kept: ['{n} were there already and stayed as they are.', '{n} 条已存在，保持不变。'],
  steps: {
    change: ['Change a number in the sentence: what should count here?', '在句子里改一个数字：本社群以多少为准？'],
    try: ['Try it on a member and see each condition in green or red.', '在一位成员身上试算，每个条件显示绿或红。'],
    publish: ['Publish, first in shadow if you like: it then only tells what it would do.', '发布；也可先影子运行，只看会做什么。'],
  },
  open: ['Open “{name}”', '打开“{name}”'],
  all: ['See all my rules', '查看我的全部规则'],
  failed: ['A pack could not be copied.', '套用失败。'],
} satisfies Pairs
