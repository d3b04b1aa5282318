package api

import "testing"

// Whoever is given a coupon can be told its code: it stands among the member's
// coupons, for operators; one that is taken back says so.
func TestMemberCoupons(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rewards/tea", `{"kind":"coupon","title":{"en":"Tea"},"codes":["T-1","T-2","T-3"]}`).want(201)
	b.as("operator", "PUT", "/api/v1/rules/tea", `{"key":"tea","kind":"reward","title":{"en":"Tea"},"on":"order.paid","once":"event.id","then":[{"issue_coupon":{"pool":"tea"}}]}`).want(201)
	b.as("operator", "PUT", "/api/v1/rules/untea", `{"key":"untea","kind":"reward","title":{"en":"No tea"},"on":"order.refunded","then":[{"revoke_coupon":{"pool":"tea"}}]}`).want(201)
	for _, rule := range []string{"tea", "untea"} {
		b.as("operator", "POST", "/api/v1/rules/"+rule+"/publish", "").want(200)
	}
	buys := func(id, what, who string) {
		b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"`+id+`","type":"order.`+what+`","member":{"channel":"wecom","external_id":"`+who+`"}}]}`).want(200).is("accepted", "results", 0, "status")
	}
	buys("o1", "paid", "wm1")
	b.as("operator", "GET", lin+"/coupons", "").want(200).is("T-1", "items", 0, "code").is("tea", "items", 0, "pool").is("Tea", "items", 0, "title", "en").
		is("issued", "items", 0, "state").is("tea", "items", 0, "rule").is(nil, "items", 1)
	b.as("viewer", "GET", lin+"/coupons", "").want(200).is("tea", "items", 0, "pool").is(nil, "items", 0, "code")
	buys("o2", "paid", "wm2")
	b.as("operator", "GET", "/api/v1/members/wecom:wm2/coupons?state=issued", "").want(200).is("T-2", "items", 0, "code").is(nil, "items", 1)
	buys("r1", "refunded", "wm1")
	b.as("operator", "GET", lin+"/coupons", "").want(200).is("void", "items", 0, "state").is("T-1", "items", 0, "code")
	b.as("operator", "GET", lin+"/coupons?state=issued", "").want(200).is(nil, "items", 0)
	b.as("operator", "POST", lin+"/merge", `{"other":"wecom:wm2"}`).want(200)
	b.as("operator", "GET", lin+"/coupons?state=issued", "").want(200).is("T-2", "items", 0, "code")
	b.as("operator", "GET", lin+"/coupons?state=spent", "").want(400)
	b.as("operator", "GET", "/api/v1/members/wecom:nobody/coupons", "").want(404)
}
