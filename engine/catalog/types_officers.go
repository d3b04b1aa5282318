package catalog

// officers: those who run groups, those they look after, and who brings whom along.
var officers = []row{
	{"candidate.noted", member, "Was noted as a candidate for a role", "列为培养对象", "role by reason score", "12 97 131 135"},
	{"role.offered", member, "Was offered a role", "受邀担任", "role by", "44 49"},
	{"role.accepted", member, "Accepted a role", "接受任命", "role area", "44 49 89"},
	{"role.declined", member, "Declined a role", "婉拒任命", "role reason", "44"},
	{"officer.reported", member, "An officer reported the work done", "管理岗工作汇报", "role area=content|activity|member|data minutes count", "124 126 129 193"},
	{"officer.motive", member, "An officer said what drives them", "管理岗动机与诉求",
		"role drive=devotion|gratitude|self_driven|resources goal text", "127 128"},
	{"officer.praised", member, "An officer was honoured", "表彰管理岗", "role by", "132"},
	{"officer.left", member, "An officer gave up the role", "管理岗离任", "role reason=workload|no_return|discord|growth|other", "129"},
	{"substitute.named", member, "Was named a substitute", "指定替补", "role by", "133"},
	{"penalty.given", member, "Was given a penalty", "受到处罚", "kind=warning|mute|points|removal|dismissal reason by", "88 134"},
	{"process.revised", workspace, "A way of working was revised", "修订流程", "process reason by", "130"},
	{"care.given", member, "Somebody looked after them in person", "主动关怀", "by minutes", "46 47 51"},
	{"mentor.paired", member, "Got a mentor", "结成帮带", "by", "48"},
	{"mentor.met", member, "Met the mentor", "帮带交流", "by minutes", "48"},
	{"mentor.ended", member, "Mentoring ended", "帮带结束", "by result=moved_up|stayed|left score", "48"},
}
