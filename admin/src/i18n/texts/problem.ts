import type { Pairs } from '../pairs'

export default {
  offline: ['The server cannot be reached. See that it runs, then try again.', '无法连接服务器。请确认它在运行，然后重试。'],
  garbled: ['The server gave an answer that cannot be read. Try again.', '服务器的回答无法读取，请重试。'],
  request: ['Request {id}', '请求编号 {id}'],
  elsewhere: ['Somebody else changed this meanwhile.', '其他人刚刚修改了它。'],
  line: ['Line {line}', '第 {line} 行'],
} satisfies Pairs
