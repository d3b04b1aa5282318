package catalog

// passive are the types about a member who did nothing for them.
var passive = []string{
	"group.waiting", "group.refused", "invite.left", "vouch.given", "vouch.withdrawn", "realname.refused",
	"content.liked", "content.reviewed", "content.featured", "content.removed", "vote.received", "answer.accepted",
	"message.delivered", "message.bounced", "task.given", "prize.won", "order.refunded", "benefit.given", "coupon.expired",
	"factor.scored", "touch.made", "lead.created", "lead.contacted", "lead.won", "lead.lost", "care.given", "candidate.noted",
	"role.offered", "inviter.approved", "host.approved", "substitute.named", "officer.praised", "penalty.given", "tier.failing",
}
