package catalog

// entry: applications, links, invitations, vouching.
var entry = []row{
	{"link.scanned", member, "Opened a join link", "扫描入群链接", "code inviter", "85 117"},
	{"group.applied", member, "Applied to a group", "申请入群", "answer code", "30 33 34 84 85 111 155"},
	{"group.waiting", member, "Was put on the waiting list", "进入候补", "reason", "34 157"},
	{"group.refused", member, "Was refused", "入群被拒", "reason", "111 155"},
	{"group.invited", member, "Was invited to a group", "受邀入群", "by", "24 38 86"},
	{"group.joined", member, "Joined a group", "入群", "via=link|invitation|application|hand|transfer by", "91 147 153 181"},
	{"group.left", member, "Left a group", "退群", "reason via=left|removed|transfer|dissolved by", "141 181"},
	{"rules.accepted", member, "Accepted the group's rules and purpose", "接受群规与宗旨", "", "19 28 87"},
	{"task.given", member, "Was given a task", "领到任务", "task due by", "32 169"},
	{"task.done", member, "Finished a task", "完成任务", "task", "32 169 188"},
	{"fee.paid", member, "Paid for entry", "支付入群费", "order_id amount", "31 64 81 84 103"},
	{"vouch.given", member, "Was vouched for by a member", "获得担保", "by", "86"},
	{"vouch.withdrawn", member, "A voucher was taken back", "担保被撤回", "by reason", "86 90"},
	{"invite.sent", member, "Invited somebody", "发出邀请", "code channel", "90 122"},
	{"invite.joined", member, "An invited person joined", "邀请的人已加入", "invitee is_new", "90 117 122 141 147 152 154 186 192"},
	{"invite.left", member, "An invited person left", "邀请的人已离开", "invitee days", "90 141"},
	{"inviter.approved", member, "Was allowed to invite", "获准邀请", "by quota", "90"},
}
