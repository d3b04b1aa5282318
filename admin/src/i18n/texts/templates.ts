import type { Pairs } from '../pairs'

export default {
  what: ['Texts that rules send. A placeholder such as {name} is filled in for each member.', '规则发送的文案。{name} 这样的占位符按成员填入。'],
  new: ['New template', '新建文案'],
  emptyTitle: ['There is no template yet.', '还没有文案。'],
  emptyWhy: ['A rule may carry its own text; a template is for texts that several rules send, or that change often.', '规则可自带文字；多条规则共用或经常修改的文字适合做成文案。'],
  text: ['Text', '内容'],
  body: ['Text', '正文'],
  promotes: ['It promotes: counts towards the caps per person and the share of promotion', '属于推广：计入每人上限和推广占比'],
  promoting: ['Promotion', '推广'],
  languages: ['Languages', '语言'],
  insert: ['Insert a placeholder', '插入占位符'],
  insertInto: ['into', '插入到'],
  preview: ['Preview', '预览'],
  previewFor: ['With the values of', '使用谁的数据'],
  previewNobody: ['Pick a member to see the placeholders filled in.', '选择成员即可看到填入后的文字。'],
  notSent: ['This would not be sent: {why}', '将不会发送：{why}'],
  as: ['As on', '渠道样式'],
  subject: ['Subject', '主题'],
  from: ['From', '发件人'],
  community: ['Your community', '你的社群'],
  tooLong: ['{n} characters; WeCom robots split texts over 2,048 bytes.', '{n} 个字符；企业微信机器人会拆分超过 2,048 字节的文本。'],
} satisfies Pairs
