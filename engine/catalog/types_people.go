package catalog

// people: coming, going, and what becomes known of a member.
var people = []row{
	{"member.joined", member, "Joined the community", "加入社群", "name phone email inviter", "8 55 62 71 123 139 141"},
	{"member.updated", member, "Changed the profile", "更新资料", "name phone email zone lang city", "168 169"},
	{"member.left", member, "Left the community", "离开社群", "reason", "141 192"},
	{"member.returned", member, "Came back after a long absence", "老成员回归", "days via", "26 199"},
	{"contact.added", member, "Became a contact of staff", "加好友", "owner via", "96 123"},
	{"contact.removed", member, "Removed a contact of staff", "删除好友", "owner", "96"},
	{"contact.tagged", member, "Was tagged on the platform", "平台打标签", "category", "98 168"},
	{"introduction.written", member, "Introduced themselves", "自我介绍", "text length", "52 87 169"},
	{"nickname.set", member, "Set the nickname in the group", "修改群昵称", "nickname passed", "169"},
	{"realname.submitted", member, "Asked for the real name to be verified", "提交实名", "real_name", "84"},
	{"realname.verified", member, "Real name verified", "实名通过", "by", "84"},
	{"realname.refused", member, "Real name not verified", "实名未通过", "reason by", "84"},
	{"motive.stated", member, "Said why they are here", "说明活跃原因", "motive=fun|knowledge|opportunity", "99"},
	{"need.noted", member, "Voiced a need", "提出需求", "category product text", "96 115 195"},
	{"interview.held", member, "Was interviewed", "用户访谈", "by score text", "93 96"},
	{"feedback.given", member, "Gave feedback", "反馈意见", "product score text", "24 25 115"},
	{"factor.scored", member, "A factor of readiness to buy was scored", "购买因素评分",
		"factor=trust|need|ability|urgency|value|convenience score by", "105"},
	{"consent.given", member, "Agreed to be messaged", "同意接收消息", "channel", "24 161"},
	{"consent.withdrawn", member, "Refused to be messaged", "拒绝接收消息", "channel", "24 161"},
	{"tier.failing", member, "Began to miss what the tier asks for", "开始不满足层级要求", "ladder tier", "41 137"},
}
