import type { Pairs } from '../pairs'

export default {
  outcomes: { true: ['yes', '满足'], false: ['no', '不满足'], unknown: ['unknown', '未知'], error: ['error', '出错'], none: ['–', '–'] },
  parts: { audience: ['For whom', '适用对象'], unless: ['Unless', '除非'], hold: ['To stay', '保级条件'] },
  was: ['is {value}', '实际 {value}'],
  atLeast: ['is at least {value}', '实际至少 {value}'],
  required: ['needs {value}', '要求 {value}'],
  missing: ['{value} to go', '还差 {value}'],
  version: ['version {n}', '第 {n} 版'],
  done: ['done', '已执行'],
  planned: ['would happen', '将会执行'],
  stopped: ['stopped', '被拦下'],
} satisfies Pairs
