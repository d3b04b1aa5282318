import type { Pairs } from '../pairs'

export default {
  signIn: ['Sign in', '登录'],
  signInAgain: ['Your session has ended. Sign in to go on; what you typed is kept.', '登录已过期。重新登录后继续，已输入的内容会保留。'],
  login: ['Login or e-mail', '登录名或邮箱'],
  password: ['Password', '密码'],
  newPassword: ['Password, at least 10 characters', '密码，至少 10 个字符'],
  code: ['Code of your authenticator', '动态验证码'],
  codeWhy: ['This account asks for a second factor.', '该账号开启了两步验证。'],
  setUp: ['Set up Bylaw', '初始化群规'],
  setUpWhat: ['Make the owner’s account. The link that brought you here works once.', '创建所有者账号。打开的链接只能使用一次。'],
  setUpNoSecret: ['This page is opened by the one-time link that the server printed when it started.', '本页由服务器启动时打印的一次性链接打开。'],
  displayName: ['Your name', '你的姓名'],
  begin: ['Begin', '开始使用'],
  tokenInstead: ['Use an API token instead', '改用 API 令牌'],
  token: ['API token', 'API 令牌'],
} satisfies Pairs
