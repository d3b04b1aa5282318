package catalog

// works: what members make, what becomes of it, and what else they give.
var works = []row{
	{"content.posted", member, "Posted a work", "发布内容", "content_id kind category length staff", "8 10 36 52 62 65 68 72 144"},
	{"content.updated", member, "Improved a work", "修改内容", "content_id kind", "12"},
	{"content.removed", member, "A work was taken down", "内容被下架", "content_id reason by", "74 88"},
	{"content.liked", member, "A work was liked", "内容获赞", "content_id value", "9 12 74"},
	{"content.viewed", content, "A work was viewed", "内容被浏览", "count platform", "9 12 56 144"},
	{"content.shared", member, "Shared a work", "转发内容", "content_id reach=internal|external platform staff", "44 140 186"},
	{"content.reviewed", member, "A work was reviewed", "内容审核评分", "content_id passed score by", "12 74"},
	{"content.featured", member, "A work was featured", "内容上推荐位", "content_id place ends by", "73 80 94"},
	{"content.archived", content, "A work was kept outside the chat", "内容沉淀归档", "place kind", "184"},
	{"content.planned", group, "Content was planned", "排定内容计划", "content_id topic starts kind", "36 100"},
	{"supply.short", workspace, "A category ran short of content", "类别内容短缺", "category count", "75"},
	{"supplier.registered", workspace, "A source of content was registered", "登记内容来源", "supplier category", "95"},
	{"supplier.delivered", workspace, "A source delivered content", "来源按时供稿", "supplier category minutes", "35 95"},
	{"contribution.made", member, "Contributed of their own accord", "无偿贡献", "kind=brand|content|help|gathering|product|resource minutes worth", "89 101 198 200"},
	{"value.given", group, "Something of value was put in", "输入价值", "kind=knowledge|fun|opportunity|welfare|service worth by", "20 76 138 163"},
	{"benefit.promised", group, "A benefit was promised", "承诺权益", "benefit worth due", "76 104"},
	{"benefit.given", member, "A promised benefit was given", "兑现权益", "benefit worth", "76 104 109"},
}
