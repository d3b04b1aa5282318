package catalog

import "github.com/bylaw-dev/bylaw/engine"

const (
	member    = engine.SubjectMember
	group     = engine.SubjectGroup
	content   = engine.SubjectContent
	workspace = engine.SubjectWorkspace
)

// rows is the catalogue, by area.
var rows = []row{
	// Coming and going.
	{"member.joined", member, "Joined the community", "加入社群", "name:string! phone:string! email:string! inviter:string channel_name:string", "8 123"},
	{"member.updated", member, "Changed the profile", "更新资料", "name:string! phone:string! email:string! zone:string lang:string", "169"},
	{"member.left", member, "Left the community", "离开社群", "reason:string", "141"},
	{"group.applied", member, "Applied to a group", "申请入群", "answer:string", "30 84"},
	{"group.joined", member, "Joined a group", "入群", "via:string", "153"},
	{"group.left", member, "Left a group", "退群", "reason:string", "141"},
	{"invite.joined", member, "An invited person joined", "邀请的人已加入", "invitee:string", "122 147"},
	{"consent.given", member, "Agreed to be messaged", "同意接收消息", "channel:string", ""},
	{"consent.withdrawn", member, "Refused to be messaged", "拒绝接收消息", "channel:string", ""},

	// Talking and making.
	{"message.sent", member, "Sent a message", "发言", "length:integer+ promotes:bool", "18 147 149"},
	{"content.posted", member, "Posted a work", "发布内容", "kind:string category:string", "8 72 74"},
	{"content.liked", member, "A work was liked", "内容获赞", "content_id:string value:integer", "9"},
	{"content.viewed", content, "A work was viewed", "内容被浏览", "count:integer+", "9 12"},
	{"question.posted", member, "Asked a question", "提问", "content_id:string", "93 180"},
	{"answer.posted", member, "Answered a question", "回答", "content_id:string question_id:string", "93 120"},
	{"comment.posted", member, "Commented", "评论", "content_id:string", "162"},
	{"vote.received", member, "A post received a vote", "获得投票", "content_id:string kind:string own_question:bool value:integer", "116"},
	{"answer.accepted", member, "An answer was accepted", "回答被采纳", "content_id:string question_id:string", "93"},
	{"question.resolved", member, "A question was resolved", "问题已解决", "content_id:string", "93"},

	// Doing.
	{"checkin.done", member, "Checked in", "打卡", "activity:string", "78 121"},
	{"checkin.makeup", member, "Made up for a missed check-in", "补卡", "activity:string date:string", "121"},
	{"task.done", member, "Finished a task", "完成任务", "task:string", "32"},
	{"realname.verified", member, "Real name verified", "实名通过", "", "84"},
	{"vouch.given", member, "Vouched for by a member", "获得担保", "by:string", "86"},
	{"gathering.attended", member, "Attended a gathering", "参加聚会", "gathering:string", "37 195"},
	{"survey.answered", member, "Answered a survey", "回答问卷", "survey:string answer:string score:decimal", "25 99"},

	// Money.
	{"order.paid", member, "Paid an order", "支付订单", "order_id:string amount:decimal+ product:string", "1 2 6 27"},
	{"order.refunded", member, "Was refunded", "退款", "order_id:string amount:decimal+", "6 104"},
	{"touch.made", member, "Was reached by a promotion", "触点", "channel:string campaign:string", "5 7"},
	{"spend.recorded", workspace, "Money was spent", "花费", "kind:string amount:decimal+ outlet:string", "3 4 58"},

	// Groups.
	{"incident.reported", group, "An incident was reported", "事件记录", "kind:string", "88"},
}
