package catalog

// sources: where people come from, what that costs, and sales that people follow up.
var sources = []row{
	{"touch.made", member, "Was reached by a promotion", "触达推广",
		"channel campaign outlet code medium=search|feed|social|account|article|group|offline|partner|member|other", "1 5 7 55 56 70 71 91"},
	{"origin.stated", member, "Said where they heard of us", "自述来源", "channel by", "7"},
	{"spend.recorded", workspace, "Money or staff time was spent", "花费",
		"kind=placement|push|offline|partner_share|rebate|staff_time|gift|other amount minutes outlet campaign channel", "3 4 56 57 58 64 70 71 172 191 193"},
	{"milestone.reached", workspace, "A milestone was reached", "达成节点", "milestone campaign amount due", "57"},
	{"lead.created", member, "Became a sales lead", "成为线索", "name phone email product owner text", "54"},
	{"lead.contacted", member, "A lead was contacted", "跟进线索", "owner result=reached|not_reached|call_back channel", "54"},
	{"lead.won", member, "A lead became a customer", "线索成交", "owner order_id amount", "54"},
	{"lead.lost", member, "A lead came to nothing", "线索流失", "owner reason", "54"},
}
