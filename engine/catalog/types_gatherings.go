package catalog

// gatherings: meetings offline and online, lectures and live sessions.
var gatherings = []row{
	{"gathering.planned", group, "A gathering was planned", "策划聚会",
		"gathering kind=meeting|sharing|exchange|coffee|lecture|other city place host staff seats starts online", "37 38 45 50 62 65 102 195 197"},
	{"gathering.signed_up", member, "Signed up for a gathering", "报名聚会", "gathering", "37 195"},
	{"gathering.cancelled", member, "Cancelled the sign-up", "取消报名", "gathering reason", "37 195"},
	{"gathering.attended", member, "Attended a gathering", "参加聚会", "gathering city", "37 50 67 188 195"},
	{"gathering.held", group, "A gathering took place", "聚会已举办", "gathering city host count", "37 62 195 197"},
	{"gathering.recapped", group, "A gathering's recap was shown in the group", "聚会回顾发回群里", "gathering content_id count", "39"},
	{"resource.requested", member, "Asked for resources for a gathering", "申请活动资源", "gathering resource amount", "102"},
	{"resource.granted", member, "Was granted resources for a gathering", "获批活动资源", "gathering resource amount by", "102"},
	{"host.approved", member, "Was authorised to host gatherings", "获授权举办聚会", "city by", "45 197"},
	{"live.planned", group, "A live session was planned", "排定直播讲座", "live topic starts host", "100 164"},
	{"live.watched", member, "Watched a live session", "观看直播", "live minutes", "91 164"},
	{"live.held", group, "A live session took place", "直播已举办", "live topic count minutes", "62 164"},
}
