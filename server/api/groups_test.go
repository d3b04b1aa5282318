package api

import (
	"strings"
	"testing"
)

func TestGroups(t *testing.T) {
	b := community(t)
	g := "/api/v1/groups/runners"
	b.as("operator", "PUT", "/api/v1/rules/open", `{"key":"open","kind":"threshold","group":"runners","title":{"en":"Open","zh":"开放"},"when":"not member.left","then":[{"admit":{}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/open/publish", "").want(200)
	b.as("operator", "POST", g+"/applications", `{"member":"wecom:wm1","props":{"answer":"I run"}}`).want(200).is("admit", "answer")
	b.as("viewer", "GET", g, "").want(200).is(1, "state", "size")
	b.as("viewer", "GET", lin+"/groups", "").want(200).is("runners", "items", 0, "group").is("Runners", "items", 0, "title", "en")
	b.as("operator", "POST", "/api/v1/events", strings.Replace(checkin("x"), "wm1", "wm2", 1)).want(200)
	b.as("operator", "POST", g+"/members", `{"member":"wecom:wm2"}`).want(200)
	b.as("operator", "POST", g+"/applications", `{"member":"wecom:new"}`).want(200).is("wait", "answer")
	waits := b.as("viewer", "GET", g+"/waiting", "").want(200).is(1, "items", 0, "place").get("items", 0, "member")
	b.as("operator", "POST", g+"/release", `{"count":3}`).want(200).is("[]", "members")
	b.as("operator", "DELETE", g+"/members/wecom:wm2", "").want(200)
	b.as("operator", "DELETE", g+"/members/wecom:wm2", "").want(404)
	b.as("operator", "POST", g+"/release", `{"count":3}`).want(200).is(waits, "members", 0)
	if ids := pages(b, g+"/members?limit=1"); len(ids) != 2 {
		t.Error(ids)
	}
	b.as("operator", "PUT", g+"/officers/recorder/wecom:wm1", "").want(200)
	b.as("viewer", "GET", g+"/officers", "").want(200).is("recorder", "items", 0, "roles", 0)
	b.as("operator", "PUT", g+"/officers/recorder/wecom:wm2", "").want(409)
	b.as("operator", "PUT", g+"/officers/king/wecom:wm1", "").want(422)
	b.as("operator", "DELETE", g+"/officers/recorder/wecom:wm1", "").want(200)
	b.as("viewer", "GET", g+"/officers", "").want(200).is(nil, "items", 0)
	b.as("operator", "PUT", g+"/state", `{"intake":"closed","stage":3}`).want(200).is("closed", "state", "intake").is(3, "state", "stage")
	b.as("operator", "PUT", g+"/state", `{}`).want(422)
	b.as("viewer", "GET", g+"/applications", "").want(200).is("application", "items", 0, "kind")
	b.as("viewer", "GET", "/api/v1/groups/nothing/members", "").want(404)
	b.as("operator", "POST", "/api/v1/groups/nothing/applications", `{"member":"a:b"}`).want(404)
	b.as("operator", "POST", g+"/applications", `{"member":""}`).want(422)
}

// A threshold's answer and its reasons come with the application.
func TestThreshold(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/gate", `{"key":"gate","kind":"threshold","group":"runners","title":{"en":"Gate","zh":"门槛"},"when":"member.points >= 5","then":[{"admit":{}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/gate/publish", "").want(200)
	a := b.as("operator", "POST", "/api/v1/groups/runners/applications", `{"member":"wecom:wm1"}`).want(200).is("deny", "answer")
	if a.get("reasons", 0, "en") == nil {
		t.Errorf("no reason is given: %s", a.Body)
	}
	b.as("operator", "POST", lin+"/points", `{"amount":5}`).want(200)
	b.as("operator", "POST", "/api/v1/groups/runners/applications", `{"member":"wecom:wm1"}`).want(200).is("admit", "answer").is("gate", "decisions", 0, "rule")
	b.as("viewer", "GET", "/api/v1/rules/gate/decisions", "").want(200).is("gate", "items", 0, "rule")
	b.as("viewer", "GET", lin+"/decisions?rule=gate&outcome=true", "").want(200).is("admit", "items", 0, "answer").is(nil, "items", 1)
}

func TestTasksAndLeads(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/call", `{"key":"call","kind":"campaign","title":{"en":"Call","zh":"致电"},"on":"checkin.done","then":[{"create_task":{"to":"user","text":"call {{ member.id }}"}},{"create_lead":{"text":"wants more"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/call/publish", "").want(200)
	b.as("operator", "POST", "/api/v1/events", checkin("go")).want(200)
	a := b.as("viewer", "GET", "/api/v1/tasks?state=open&member=wecom:wm1", "").want(200)
	id, _ := a.get("items", 0, "id").(string)
	one := b.as("viewer", "GET", "/api/v1/tasks/"+id, "").want(200)
	tag := one.Header.Get("ETag")
	b.as("operator", "POST", "/api/v1/tasks/"+id+"/done", `{"note":"called"}`, "If-Match: "+tag).want(200).is("done", "state").is("called", "body", "note")
	b.as("operator", "POST", "/api/v1/tasks/"+id+"/done", ``, "If-Match: "+tag).want(412)
	b.as("viewer", "GET", "/api/v1/tasks?state=open", "").want(200).is(nil, "items", 0)
	b.as("operator", "POST", "/api/v1/tasks/"+id+"/reopen", ``).want(200).is("open", "state")
	b.as("operator", "POST", "/api/v1/tasks/"+id+"/reopen", ``).want(409)
	b.as("operator", "POST", "/api/v1/tasks/nothing/done", ``).want(404)
	lead := b.as("viewer", "GET", "/api/v1/leads", "").want(200).get("items", 0, "id").(string)
	b.as("operator", "PATCH", "/api/v1/leads/"+lead, `{"state":"won","owner":"zhang"}`).want(200).is("won", "state").is("zhang", "owner")
	b.as("operator", "PATCH", "/api/v1/leads/"+lead, `{"state":"eaten"}`).want(422)
	b.as("operator", "PATCH", "/api/v1/leads/"+lead, `{}`).want(422)
	b.as("viewer", "GET", "/api/v1/leads?state=won&owner=zhang", "").want(200).is(lead, "items", 0, "id")
}
