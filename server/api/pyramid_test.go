package api

import (
	"strings"
	"testing"
)

// A ladder counts its tiers and tells who rose and fell since.
func TestPyramid(t *testing.T) {
	b := setup(t)
	for _, name := range []string{"m1", "m2", "m3"} {
		b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"`+name+`","type":"checkin.done","member":{"channel":"app","external_id":"`+name+`"}}]}`).want(200)
	}
	b.as("operator", "PUT", "/api/v1/ladders/l", `{"title":{"en":"L"},"tiers":[{"key":"a","title":{"en":"A"}},{"key":"b","title":{"en":"B"}}]}`).want(201)
	b.as("operator", "PUT", "/api/v1/members/app:m1/tiers/l", `{"to":"a"}`).want(200)
	b.as("operator", "PUT", "/api/v1/members/app:m2/tiers/l", `{"to":"b"}`).want(200)
	path := "/api/v1/ladders/l/pyramid"
	b.as("viewer", "GET", path, "").want(200).is("l", "ladder").is(30, "days").is(true, "complete").is("a", "tiers", 0, "tier").is("A", "tiers", 0, "title", "en").
		is(1, "tiers", 0, "count").is(1, "tiers", 1, "count")
	b.as("viewer", "GET", path+"?days=400", "").want(400)
	b.as("viewer", "GET", "/api/v1/ladders/nothing/pyramid", "").want(404)
	b.as("foreign", "GET", path, "").want(404)
}

// Members are named by their ids at once, in order, whoever is unknown left out.
func TestMembersByIDs(t *testing.T) {
	b := setup(t)
	b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"checkin.done","member":{"channel":"app","external_id":"ada"}},{"id":"2","type":"checkin.done","member":{"channel":"app","external_id":"bo"}}]}`).want(200)
	ada := b.as("viewer", "GET", "/api/v1/members/app:ada", "").get("id").(string)
	bo := b.as("viewer", "GET", "/api/v1/members/app:bo", "").get("id").(string)
	b.as("viewer", "GET", "/api/v1/members?ids="+bo+",nobody,"+ada, "").want(200).is(bo, "items", 0, "id").is(ada, "items", 1, "id").is(nil, "items", 2)
	b.as("foreign", "GET", "/api/v1/members?ids="+bo, "").want(200).is(nil, "items", 0)
	b.as("viewer", "GET", "/api/v1/members?ids="+strings.Repeat("x,", 200)+"x", "").want(422)
}

// A person lets somebody in past those before them, or declines them with a reason.
func TestDecideWaiting(t *testing.T) {
	b := community(t)
	g := "/api/v1/groups/runners"
	b.as("operator", "PUT", g, `{"title":{"en":"Runners"},"capacity":1}`).want(200)
	b.as("operator", "POST", g+"/applications", `{"member":"wecom:a"}`).want(200).is("admit", "answer")
	for _, name := range []string{"b", "c", "d"} {
		b.as("operator", "POST", g+"/applications", `{"member":"wecom:`+name+`"}`).want(200).is("wait", "answer")
	}
	b.as("operator", "PUT", g+"/officers/recorder/wecom:a", "").want(200)
	a := b.as("viewer", "GET", "/api/v1/groups?limit=100", "").want(200)
	a.is(3, "items", 0, "state", "waiting").is(b.as("viewer", "GET", "/api/v1/members/wecom:a", "").get("id"), "items", 0, "state", "officers", 0)
	b.as("operator", "POST", g+"/waiting/wecom:c", `{"admit":true}`).want(409)
	b.as("operator", "POST", g+"/waiting/wecom:b", `{"admit":false,"reason":"not a runner"}`).want(200)
	b.as("operator", "POST", g+"/waiting/wecom:b", `{"admit":false}`).want(404)
	b.as("operator", "PUT", g, `{"title":{"en":"Runners"},"capacity":2}`).want(200)
	b.as("operator", "POST", g+"/waiting/wecom:d", `{"admit":true}`).want(200)
	b.as("viewer", "GET", g, "").want(200).is(2, "state", "size").is(1, "state", "waiting")
	b.as("viewer", "GET", g+"/applications?state=denied", "").want(200).is("not a runner", "items", 0, "body", "reasons", 0, "en").is(nil, "items", 1)
	b.as("viewer", "POST", g+"/waiting/wecom:c", `{"admit":true}`).want(403)
	b.as("operator", "POST", g+"/waiting/wecom:c", `{}`).want(422)
}
