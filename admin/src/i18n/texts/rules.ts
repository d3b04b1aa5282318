import type { Pairs } from '../pairs'

export default {
  what: ['What this community goes by: who may enter, who moves up, who is rewarded, what is sent when.', '社群的规矩：谁能入群、谁升级或留级、谁得奖励、何时发送什么。'],
  new: ['New rule', '新建规则'],
  emptyTitle: ['There is no rule yet.', '还没有规则。'],
  emptyWhy: ['A rule says when something happens to members. Start from a pack that others use, or write your own.', '规则决定成员在什么情况下得到什么。可以从现成的规则包开始，也可以自己写。'],
  gallery: ['Start from a pack', '从规则包开始'],
  kind: ['Kind', '类型'],
  kinds: {
    threshold: ['Threshold', '门槛'],
    tier: ['Tier', '层级'],
    reward: ['Reward', '奖励'],
    campaign: ['Campaign', '活动'],
  },
  kindWhat: {
    threshold: ['who may enter a group', '谁可以入群'],
    tier: ['who moves up or is held back', '谁升级、谁留级'],
    reward: ['who is rewarded', '谁得到奖励'],
    campaign: ['what is sent when', '何时发送什么'],
  },
  states: {
    draft: ['Draft', '草稿'],
    live: ['Live', '生效中'],
    shadow: ['Shadow: decides, does nothing', '影子：只判定不执行'],
    paused: ['Paused', '已暂停'],
    broken: ['Broken', '已损坏'],
  },
  percent: ['{n} % of members', '{n}% 成员'],
  hasDraft: ['has an unpublished draft', '有未发布的草稿'],
  version: ['Version {n}', '版本 {n}'],
  changed: ['Last change', '最近修改'],
} satisfies Pairs
