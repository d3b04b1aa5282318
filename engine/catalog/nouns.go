package catalog

import "github.com/bylaw-dev/bylaw/engine"

// Noun is a thing of Bylaw, other than an event type, that serves requirements.
type Noun struct {
	Key          string              `json:"key"`
	Title        engine.Text         `json:"title"`
	Effects      []engine.EffectKind `json:"effects,omitempty"` // by which rules change it
	Requirements []int               `json:"requirements"`
}

type nounRow struct {
	key, en, zh string
	effects     []engine.EffectKind
	lines       string
}

type does = []engine.EffectKind

// Nouns gives the things of Bylaw that serve requirements, in the order of the
// design's list of words.
func Nouns() []Noun {
	out := make([]Noun, len(nouns))
	for i, n := range nouns {
		out[i] = Noun{Key: n.key, Title: engine.Text{En: n.en, Zh: n.zh}, Effects: n.effects, Requirements: numbers(n.key, n.lines)}
	}
	return out
}

var nouns = []nounRow{
	// Who and where.
	{"workspace", "Workspace", "空间", nil, "60 190"},
	{"user", "User of the console with a role", "后台用户与角色", nil, "136"},
	{"member", "Member", "成员", nil, "11 25 123 199"},
	{"identity", "Identity on a channel, merged into one member", "渠道身份与合并", nil, "123 175"},
	{"attribute", "Attribute of a member", "成员属性", does{engine.SetAttribute}, "25 98 105 167 169"},
	{"tag", "Tag", "标签", does{engine.AddTag, engine.RemoveTag}, "11 98 168 199"},
	{"note", "Note on a member", "备注", nil, "96 98 168"},
	{"segment", "Segment", "人群", nil, "10 11 24 38 74 75 97 99 115 135 152 167 185 186 187 188 198 199"},
	{"ladder", "Ladder with its tiers", "阶梯与层级", does{engine.MoveTier}, "11 33 40 41 49 125 137 142"},
	{"group", "Group with purpose, type, aim, stage, phase, rules and parent", "群：宗旨、类型、目的、阶段、时期、群规、上级", does{engine.SetGroup},
		"16 17 19 21 22 23 28 30 63 67 76 77 142 143 158 170 172"},
	{"capacity", "Capacity and overflow group", "容量与分群", does{engine.OpenGroup}, "34 79 157 158"},
	{"dissolution", "Dissolving a group, its members handed over", "解散群并转移成员", does{engine.DissolveGroup}, "174"},
	{"membership", "Membership of groups", "群成员关系", does{engine.JoinGroup, engine.LeaveGroup, engine.MoveGroup}, "79 143 150 181"},
	{"officer", "Officer of a group", "管理岗", does{engine.Appoint, engine.Dismiss}, "49 67 89 126 131 133 136"},
	{"mentor-pair", "Mentor pair", "帮带", does{engine.AssignMentor, engine.EndMentor}, "48"},
	{"origin", "Origin of a member or order", "来源", nil, "1 2 3 5 7 70 71"},

	// What decides.
	{"rule", "Rule in versions, explained decision by decision", "规则：有版本、每次判定可解释", does{engine.Emit}, "9 13 15 53 61 112 130 183 189 196"},
	{"threshold", "Threshold", "门槛", does{engine.Admit, engine.Deny, engine.Wait}, "30 31 32 33 34 83 84 85 86 90 111 143 155 172"},
	{"application", "Application and waiting list", "申请与候补", does{engine.Wait}, "34 157"},
	{"join-link", "Join link of a member", "入群链接", does{engine.GiveLink}, "85 117 122"},
	{"tier-rule", "Tier rule with promotion, hold and grace", "层级规则：升级、留任、宽限", does{engine.MoveTier}, "40 50 51 52 137"},
	{"review", "Ranked review of groups", "周期评审", nil, "34 131 135 145 146 147 148 149 151"},
	{"reward-rule", "Reward rule", "奖励规则", does{engine.GrantPoints, engine.AwardBadge, engine.RevokeBadge, engine.Reverse}, "41 72 101 127 134 150 154"},
	{"limit", "Limits, budgets and cooldowns of a rule", "规则的限额、预算与冷却", nil, "57 106"},
	{"campaign", "Campaign on an event, after a time, or on a schedule", "活动规则：事件触发、延时、定时", nil,
		"24 26 29 36 38 44 47 69 78 92 100 107 114 118 121 153 160 162 163 164 171 178 182"},
	{"calendar", "Calendar with festivals and workdays", "节日与工作日历", nil, "100 153 161 177"},
	{"pack", "Pack of rules", "规则包", nil, "15 60 183"},
	{"trial", "Trial, cases and back-test of a rule", "试算、用例与回测", nil, "15 57"},

	// What goes out, and what people do.
	{"channel", "Channel and plugin", "渠道与插件", nil, "60 123 175"},
	{"template", "Template", "文案", nil, "61 87 153 161"},
	{"delivery", "Delivery, its outcome kept for each recipient", "投递：逐一记录结果", does{engine.Send}, "92 118 153 161 179"},
	{"gate", "Gate before every send: consent, caps, share of promotion", "发送前的闸门：同意、频控、推广占比", nil, "110 140 159"},
	{"praise", "Praise in a group", "公开赞许", does{engine.Praise}, "42 132"},
	{"privilege", "Privilege", "特权", does{engine.GrantPrivilege, engine.RevokePrivilege}, "43 49 73 90 94"},
	{"coupon-pool", "Coupon pool", "券池", does{engine.IssueCoupon, engine.RevokeCoupon}, "106 109 165"},
	{"draw", "Draw and red packet", "抽奖与红包", does{engine.Draw, engine.Pay}, "29 109 177"},
	{"task", "Task for a person", "任务", does{engine.CreateTask}, "12 46 59 75 93 96 102 108 129 160 180"},
	{"lead", "Lead", "线索", does{engine.CreateLead}, "54 59"},
	{"import", "Import", "导入", nil, "4 6 58 95"},
	{"export", "Export", "导出", nil, "184 190"},
	{"console", "Console", "控制台", nil, "14 59 124 156 201"},
}
