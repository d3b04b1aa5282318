import type { Pairs } from '../pairs'

export default {
  kinds: {
    backtest: ['Back-test', '回测'],
    'backfill-preview': ['Preview of a backfill', '补算预览'],
    backfill: ['Backfill', '补算'],
    import: ['Import', '导入'],
    export: ['Export', '导出'],
    publish: ['Publishing', '发布'],
    bulk: ['Change of many members', '批量修改成员'],
    'near-misses': ['Near misses', '差一点的成员'],
  },
  states: { queued: ['waiting', '排队中'], running: ['running', '进行中'], done: ['done', '已完成'], failed: ['failed', '失败'], cancelled: ['cancelled', '已取消'] },
  ready: ['ready', '预计完成：'],
  file: ['Download the file', '下载文件'],
} satisfies Pairs
