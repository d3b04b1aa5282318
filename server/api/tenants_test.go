package api

import (
	"net/http"
	"strings"
	"testing"
)

// Every route with the ids of another workspace: nothing is found there, and
// nothing of it changes.
func TestForeignIDs(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/call", `{"key":"call","kind":"campaign","title":{"en":"Call","zh":"致电"},"on":"checkin.done","then":[{"create_task":{"to":"user","text":"call"}},{"create_lead":{"text":"x"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/call/publish", "").want(200)
	b.as("operator", "POST", "/api/v1/events", checkin("go")).want(200)
	b.as("operator", "PUT", "/api/v1/ladders/l", `{"title":{"en":"L"},"tiers":[{"key":"a","title":{"en":"A"}}]}`).want(201)
	b.as("operator", "PUT", "/api/v1/templates/t", `{"body":{"en":"T"}}`).want(201)
	b.as("admin", "PUT", "/api/v1/channels/c", `{"plugin":"webhook","config":{"url":"https://x"}}`).want(201)
	b.as("operator", "PUT", "/api/v1/event-types/walk", `{"title":{"en":"W"},"subject":"member"}`).want(201)
	b.as("operator", "PUT", "/api/v1/segments/s", `{"title":{"en":"S"},"where":"member.rank > 1"}`).want(201)
	b.as("operator", "PUT", "/api/v1/attributes/city", `{"type":"string"}`).want(201)
	ids := map[string]string{
		"member": b.as("viewer", "GET", lin, "").get("id").(string), "identity": "email:a@b.c", "badge": "star", "privilege": "desk", "ladder": "l", "tag": "x",
		"rule": "call", "group": "runners", "role": "assistant", "reward": "star", "template": "t", "channel": "c", "event_type": "walk", "segment": "s",
		"attribute": "city", "review": "r1", "delivery": "d1", "job": "job_1", "token": "tok_owner",
		"user": b.as("admin", "POST", "/api/v1/users", `{"login":"an","role":"viewer"}`).want(201).get("id").(string),
		"task": b.as("viewer", "GET", "/api/v1/tasks", "").get("items", 0, "id").(string),
		"lead": b.as("viewer", "GET", "/api/v1/leads", "").get("items", 0, "id").(string),
	}
	before := b.as("server", "GET", "/api/v1/audit", "").Body
	for _, op := range b.server.spec.operations {
		path := op.Path
		for name, id := range ids {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		if path == op.Path || op.Need.Server {
			continue
		}
		body := ""
		if r := op.raw.RequestBody; r != nil {
			body = string(r.Content["application/json"].Example)
		}
		if op.Method == http.MethodPut && strings.Count(op.Path, "{") == 1 && op.ID != "setConsent" && op.ID != "setGroupState" && op.ID != "putChannelSecrets" {
			continue // makes one of its own
		}
		if a := b.as("foreign", op.Method, path, body); a.Status != http.StatusNotFound {
			t.Errorf("%s %s answers %d: %s", op.Method, path, a.Status, a.Body)
		}
	}
	b.as("viewer", "GET", "/api/v1/members/"+ids["member"], "").want(200).is(nil, "tags")
	for _, path := range []string{"rules/call", "groups/runners", "rewards/star", "tasks/" + ids["task"], "leads/" + ids["lead"]} {
		b.as("viewer", "GET", "/api/v1/"+path, "").want(200)
	}
	if after := b.as("server", "GET", "/api/v1/audit", "").Body; string(after) != string(before) {
		t.Errorf("the other workspace's calls left rows: %s", after)
	}
	for _, list := range []string{"members", "rules", "groups", "tasks", "leads", "events", "audit", "jobs", "deliveries", "channels", "users"} {
		b.as("foreign", "GET", "/api/v1/"+list, "").want(200).is(nil, "items", 0)
	}
	own := b.as("foreign", "GET", "/api/v1/segments", "").want(200)
	for i := 0; own.get("items", i) != nil; i++ {
		own.is(0, "items", i, "meta", "revision") // built in: nobody's
	}
}
