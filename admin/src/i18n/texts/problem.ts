import type { Pairs } from '../pairs'

export default {
  offline: ['The server cannot be reached. See that it runs, then try again.', '无法连接服务器。请确认它在运行，然后重试。'],
  unsaved: ['Not saved: the server gave no answer. What you typed is kept. Try again when the connection is back; it is done only once.', '未保存：服务器没有应答。已输入的内容仍在，连接恢复后请重试，不会重复执行。'],
  signedOut: ['Not done: you are signed out. What you typed is kept; try again and sign in.', '未完成：你已退出登录。已输入的内容仍在，请重试并登录。'],
  garbled: ['The server gave an answer that cannot be read. Try again.', '服务器的回答无法读取，请重试。'],
  request: ['Request {id}', '请求编号 {id}'],
  elsewhere: ['Somebody else changed this meanwhile.', '其他人刚刚修改了它。'],
  line: ['Line {line}', '第 {line} 行'],
} satisfies Pairs
