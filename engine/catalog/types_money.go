package catalog

// money: what comes in and what is offered for it. Amounts are in units of the
// workspace's currency, with decimals.
var money = []row{
	{"order.placed", member, "Placed an order", "下单", "order_id amount product", "6 91"},
	{"order.paid", member, "Paid an order", "支付订单", "order_id amount product kind outlet",
		"1 2 3 6 27 55 56 63 64 68 103 152 154 187 191 192 196"},
	{"order.refunded", member, "Was refunded", "退款", "order_id amount reason", "6 104"},
	{"tip.paid", member, "Gave a tip", "打赏", "order_id amount content_id", "27 103"},
	{"pledge.paid", member, "Paid into a crowdfunding", "众筹支持", "order_id amount product", "27 103"},
	{"ad.earned", workspace, "Advertising brought in money", "广告收入", "amount outlet campaign", "27 103"},
	{"product.linked", group, "A product link was posted", "发布商品链接", "product link promotes by", "115 119 178"},
	{"link.clicked", member, "Opened a tracked link", "点击链接", "link product code", "119 176 178"},
	{"route.followed", member, "Went from one platform to another", "跨平台跳转", "from into link", "176"},
	{"offer.opened", workspace, "A limited offer was opened", "开启限时限量优惠", "offer product quota ends", "106"},
	{"offer.taken", member, "Took a limited offer", "抢到限量优惠", "offer product order_id", "106"},
	{"coupon.redeemed", member, "Redeemed a coupon", "核销优惠券", "pool order_id amount code", "165"},
	{"coupon.expired", member, "A coupon expired unused", "优惠券过期", "pool code", "165"},
	{"groupbuy.joined", member, "Joined a group purchase", "参加拼团", "product order_id", "165 175"},
	{"groupbuy.completed", member, "A group purchase was completed", "拼团成功", "product order_id count", "165 175"},
	{"product.released", workspace, "A product was released", "产品发布", "product starts", "24"},
}
