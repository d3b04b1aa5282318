package catalog

// talk: messages, topics, questions, answers and what became of sent messages.
var talk = []row{
	{"message.sent", member, "Sent a message", "发言",
		"length promotes staff private kind=text|image|voice|video|file|link|red_packet|other message_id", "18 62 65 69 82 110 141 147 149 159 160 173"},
	{"message.recalled", member, "Took a message back", "撤回消息", "message_id", "88"},
	{"reaction.given", member, "Reacted to somebody", "表情回应", "kind message_id", "18 62"},
	{"topic.opened", member, "Opened a topic", "发起话题", "topic staff", "51 62 107 153 162"},
	{"topic.joined", member, "Joined in a topic", "参与话题", "topic length", "107 162"},
	{"question.posted", member, "Asked a question", "提问", "content_id kind category", "93 120 180"},
	{"answer.posted", member, "Answered a question", "回答", "content_id kind question_id own_question", "93 120"},
	{"comment.posted", member, "Commented", "评论", "content_id length", "18 162"},
	{"vote.received", member, "A post received a vote", "获得投票", "content_id kind own_question value", "101 116"},
	{"answer.accepted", member, "An answer was accepted", "回答被采纳", "content_id own_question question_id", "93 101"},
	{"question.resolved", member, "A question was resolved", "问题已解决", "content_id", "93 180"},
	{"reply.sent", member, "Replied to a member's message", "回复成员", "minutes private staff", "18 61 93 108 120"},
	{"broadcast.sent", group, "A planned message went to a group", "群发消息",
		"kind=greeting|digest|topic|value|drop|notice|holiday promotes campaign message_id", "92 118 153 161 178 179"},
	{"message.delivered", member, "A message arrived", "消息送达", "channel message_id", "179 189"},
	{"message.read", member, "Read a message", "消息已读", "channel message_id", "179 189"},
	{"message.bounced", member, "A message could not be delivered", "消息退回", "channel message_id reason", "179 189"},
	{"bot.added", group, "A robot came into the group", "机器人进群", "channel by", "123 175"},
	{"bot.removed", group, "A robot was put out of the group", "机器人被移出", "channel by", "123 175"},
}
