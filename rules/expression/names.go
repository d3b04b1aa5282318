package expression

import "github.com/bylaw-dev/bylaw/engine"

// scope is where a name may be used.
type scope uint8

const (
	everywhere scope = iota
	ofEvent
	ofMember
	ofGroup
	inReview
	inText // personal
)

// nameSpec is one name with a fixed spelling.
type nameSpec struct {
	path    string
	kind    kind
	elem    kind
	scope   scope
	noun    engine.Text // in explanations
	phrase  phrase
	says    *says
	doc     engine.Text
	example string
	read    func(*Vocabulary) code
}

var nameSpecs = []nameSpec{
	{path: "event.id", kind: kText, scope: ofEvent, noun: engine.Text{En: "event id", Zh: "事件编号"},
		doc:     engine.Text{En: "The event's id, as its sender gave it.", Zh: "事件的编号，由发送方给出。"},
		example: `event.id startsWith "import-"`, read: reads(readText(eventID))},
	{path: "event.type", kind: kText, scope: ofEvent, noun: engine.Text{En: "event type", Zh: "事件类型"},
		doc:     engine.Text{En: "The event's type.", Zh: "事件的类型。"},
		example: `event.type == "order.paid"`, read: reads(readText(eventType))},
	{path: "event.at", kind: kTime, scope: ofEvent, noun: engine.Text{En: "event time", Zh: "事件时间"},
		doc:     engine.Text{En: "When the event happened.", Zh: "事件发生的时间。"},
		example: `event.at - member.joined_at < duration("24h")`, read: reads(readTime(eventAt))},
	{path: "event.group", kind: kText, scope: ofEvent, noun: engine.Text{En: "event's group", Zh: "事件所在的群"},
		doc:     engine.Text{En: "Key of the group in which it happened; unknown when there is none.", Zh: "事件所在群的键；没有时为未知。"},
		example: `event.group in ["core", "second"]`, read: reads(readText(eventGroup))},
	{path: "event.content", kind: kText, scope: ofEvent, noun: engine.Text{En: "event's content", Zh: "事件涉及的内容"},
		doc:     engine.Text{En: "Key of the content that it is about; unknown when there is none.", Zh: "事件涉及的内容的键；没有时为未知。"},
		example: `known(event.content)`, read: reads(readText(eventContent))},
	{path: "event.origin", kind: kText, scope: ofEvent, noun: engine.Text{En: "event's origin", Zh: "事件来源"},
		doc:     engine.Text{En: "Where it came from, such as a campaign; unknown when nobody said.", Zh: "事件的来源，例如某次活动；没有时为未知。"},
		example: `event.origin == "autumn-poster"`, read: reads(readText(eventOrigin))},

	{path: "member.id", kind: kText, scope: ofMember, noun: engine.Text{En: "member", Zh: "成员"},
		doc:     engine.Text{En: "The member's id.", Zh: "成员的编号。"},
		example: `member.id != member.inviter`, read: reads(readText(memberID))},
	{path: "member.name", kind: kText, scope: inText, noun: engine.Text{En: "name", Zh: "名字"},
		doc:     engine.Text{En: "The member's name; personal, so only in texts.", Zh: "成员的名字；属于个人信息，只能用在文案里。"},
		example: `member.name ?? "friend"`, read: reads(personal("name"))},
	{path: "member.tier", kind: kText, scope: ofMember, noun: engine.Text{En: "tier", Zh: "层级"},
		doc:     engine.Text{En: "Key of the member's tier on the rule's ladder; empty while on none.", Zh: "成员在本规则阶梯上的层级键；不在任何层级时为空。"},
		example: `member.tier == "active"`, read: readTier},
	{path: "member.rank", kind: kInt, scope: ofMember, noun: engine.Text{En: "rank", Zh: "层级名次"},
		doc:     engine.Text{En: "The tier's place on the rule's ladder, the lowest is 1; 0 while on none.", Zh: "成员层级在本规则阶梯上的名次，最低为 1；不在任何层级时为 0。"},
		example: `member.rank >= tier("active")`, read: readRank},
	{path: "member.points", kind: kInt, scope: ofMember, noun: engine.Text{En: "points", Zh: "积分"},
		phrase:  phrase{en: "{q} {u}", zh: "积分 {q}", one: "point", many: "points"},
		doc:     engine.Text{En: "Balance of the default point account.", Zh: "默认积分账户的余额。"},
		example: `member.points >= 100`, read: reads(code{kind: kInt, n: memberPoints})},
	{path: "member.tags", kind: kList, elem: kText, scope: ofMember, noun: engine.Text{En: "tags", Zh: "标签"},
		doc:     engine.Text{En: "The member's tags.", Zh: "成员的标签。"},
		example: `"vip" in member.tags`, read: reads(readList(memberTags))},
	{path: "member.groups", kind: kList, elem: kText, scope: ofMember, noun: engine.Text{En: "groups", Zh: "所在的群"},
		doc:     engine.Text{En: "Keys of the groups that the member is in, sorted.", Zh: "成员所在各群的键，已排序。"},
		example: `len(member.groups) < 3`, read: reads(readList(memberGroups))},
	{path: "member.joined_at", kind: kTime, scope: ofMember, noun: engine.Text{En: "time of joining", Zh: "加入时间"},
		doc:     engine.Text{En: "When the member joined the community, else their first event.", Zh: "成员加入社群的时间；没有加入事件时取第一个事件。"},
		example: `now - member.joined_at >= duration("168h")`, read: reads(readTime(memberJoined))},
	{path: "member.origin", kind: kText, scope: ofMember, noun: engine.Text{En: "origin", Zh: "成员来源"},
		doc:     engine.Text{En: "Where the member came from; unknown when nobody said.", Zh: "成员的来源；没有时为未知。"},
		example: `member.origin == "offline-store"`, read: reads(readText(memberOrigin))},
	{path: "member.inviter", kind: kText, scope: ofMember, noun: engine.Text{En: "inviter", Zh: "邀请人"},
		doc:     engine.Text{En: "Id of the member who invited them; unknown when nobody did.", Zh: "邀请人的成员编号；没有时为未知。"},
		example: `known(member.inviter)`, read: reads(readText(memberInviter))},
	{path: "member.officer", kind: kBool, scope: ofGroup, noun: engine.Text{En: "being an officer", Zh: "管理岗"},
		says:    &says{yes: engine.Text{En: "is an officer of the group", Zh: "在该群担任管理岗"}, no: engine.Text{En: "is not an officer of the group", Zh: "在该群未担任管理岗"}},
		doc:     engine.Text{En: "Whether the member holds an officer's role in the group in question.", Zh: "成员在相关的群里是否担任管理岗。"},
		example: `not member.officer`, read: reads(code{kind: kBool, b: memberOfficer})},
	{path: "member.days_in_group", kind: kInt, scope: ofGroup, noun: engine.Text{En: "days in the group", Zh: "入群天数"},
		phrase:  phrase{en: "{q} {u} in the group", zh: "入群 {q} 天", one: "day", many: "days", unit: "天"},
		doc:     engine.Text{En: "Local days since the member entered the group in question, 0 on the day itself.", Zh: "成员进入相关的群以来的天数，当天为 0。"},
		example: `member.days_in_group < 7`, read: reads(code{kind: kInt, n: memberDaysInGroup})},
	{path: "member.left", kind: kBool, scope: ofMember, noun: engine.Text{En: "having left", Zh: "是否离开"},
		says:    &says{yes: engine.Text{En: "has left the community", Zh: "已离开社群"}, no: engine.Text{En: "has not left the community", Zh: "没有离开社群"}},
		doc:     engine.Text{En: "Whether the member has left the community.", Zh: "成员是否已离开社群。"},
		example: `not member.left`, read: reads(code{kind: kBool, b: memberLeft})},

	{path: "group.key", kind: kText, scope: ofGroup, noun: engine.Text{En: "group", Zh: "群"},
		doc:     engine.Text{En: "Key of the group in question.", Zh: "相关的群的键。"},
		example: `group.key in ["core", "second"]`, read: reads(readText(groupKey))},
	{path: "group.size", kind: kInt, scope: ofGroup, noun: engine.Text{En: "members of the group", Zh: "群人数"},
		phrase:  phrase{en: "{q} {u} in the group", zh: "群人数 {q} 人", one: "member", many: "members", unit: "人"},
		doc:     engine.Text{En: "How many members the group has now.", Zh: "群里现在的人数。"},
		example: `group.size < 200`, read: reads(readInt(groupSize))},
	{path: "group.capacity", kind: kInt, scope: ofGroup, noun: engine.Text{En: "capacity of the group", Zh: "群容量"},
		doc:     engine.Text{En: "How many members the group may have; unknown when that is unlimited.", Zh: "群最多容纳的人数；不限时为未知。"},
		example: `group.size < (group.capacity ?? 500)`, read: reads(readInt(groupCapacity))},
	{path: "group.phase", kind: kText, scope: ofGroup, noun: engine.Text{En: "phase of the group", Zh: "群的生命周期阶段"},
		doc:     engine.Text{En: "The group's life-cycle phase: import, growth, mature or decline.", Zh: "群的生命周期阶段：import、growth、mature 或 decline。"},
		example: `group.phase == "growth"`, read: reads(readText(groupPhase))},
	{path: "group.stage", kind: kInt, scope: ofGroup, noun: engine.Text{En: "stage of the group", Zh: "群的发展阶段"},
		doc:     engine.Text{En: "The group's stage, 1 to 7.", Zh: "群的发展阶段，1 到 7。"},
		example: `group.stage >= 3`, read: reads(readInt(groupStage))},
	{path: "group.type", kind: kText, scope: ofGroup, noun: engine.Text{En: "type of the group", Zh: "群类型"},
		doc:     engine.Text{En: "The group's type: product, education, service, link, learning, value or interest.", Zh: "群的类型：product、education、service、link、learning、value 或 interest。"},
		example: `group.type == "learning"`, read: reads(readText(groupType))},

	{path: "now", kind: kTime, noun: engine.Text{En: "now", Zh: "当前时间"},
		doc:     engine.Text{En: "The time of the decision: the event's, or the planned one of a schedule.", Zh: "判定的时间：事件的时间，或定时规则的计划时间。"},
		example: `local(now).hour >= 9`, read: reads(code{kind: kTime, n: nowTime})},
	{path: "score", kind: kReal, scope: inReview, noun: engine.Text{En: "score", Zh: "得分"},
		doc:     engine.Text{En: "The member's score in the review.", Zh: "成员在周期评审里的得分。"},
		example: `score >= 10`, read: readScore},
}

// reads is a reader that needs nothing of the vocabulary.
func reads(c code) func(*Vocabulary) code { return func(*Vocabulary) code { return c } }

var nameByPath = func() map[string]*nameSpec {
	m := map[string]*nameSpec{}
	for i := range nameSpecs {
		m[nameSpecs[i].path] = &nameSpecs[i]
	}
	return m
}()

// Words that names with a fixed set of values may be.
var (
	phases     = []string{"import", "growth", "mature", "decline"}
	groupTypes = []string{"product", "education", "service", "link", "learning", "value", "interest"}
)
