package api

import (
	"encoding/json"
	"testing"
)

// kind finds a kind of work in a day.
func (a *answer) kind(name string) *answer {
	for i := 0; a.get("work", i) != nil; i++ {
		if a.get("work", i, "kind") == name {
			body, err := json.Marshal(a.get("work", i))
			if err != nil {
				a.t.Fatal(err)
			}
			return &answer{t: a.t, Status: a.Status, Body: body}
		}
	}
	return &answer{t: a.t, Status: a.Status, Body: []byte("{}")}
}

// A workspace in which nothing happened yet says what to do first, and has nothing to do.
func TestTodayOfANewWorkspace(t *testing.T) {
	b := setup(t)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is(nil, "work", 0).is(false, "steps", "rules").is(false, "steps", "events").is(false, "steps", "channels").
		is("effective", "numbers", 0, "segment").is("counted", "numbers", 0, "state").is(0, "numbers", 0, "count").is(true, "numbers", 0, "builtin").is(nil, "numbers", 0, "before").
		is("mobilisable", "numbers", 3, "segment").is(nil, "numbers", 4).is(0, "health", "events")
	b.as("operator", "POST", "/api/v1/events", checkin("first")).want(200)
	b.as("operator", "PUT", "/api/v1/rules/hello", `{"key":"hello","kind":"reward","title":{"en":"Hello"},"on":"checkin.done","then":[{"grant_points":{"amount":1}}]}`).want(201)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is(true, "steps", "rules").is(true, "steps", "events").is(1, "health", "events")
}

// What waits is there with what a button needs, and is gone when it is done.
func TestTodayListsWhatWaits(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/groups/runners", `{"title":{"en":"Runners"},"capacity":1}`).want(200)
	b.as("operator", "POST", "/api/v1/groups/runners/applications", `{"member":"wecom:a"}`).want(200).is("admit", "answer")
	b.as("operator", "POST", "/api/v1/groups/runners/applications", `{"member":"wecom:b"}`).want(200).is("wait", "answer")
	b.as("operator", "PUT", "/api/v1/rules/call", `{"key":"call","kind":"reward","title":{"en":"Call"},"on":"checkin.done","once":"event","then":[{"create_task":{"to":"user","text":"Call them","due":"1d"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/call/publish", `{}`).want(200)
	b.as("operator", "POST", "/api/v1/events", checkin("second")).want(200)

	day := b.as("viewer", "GET", "/api/v1/today", "").want(200)
	waits := day.kind("applications").is(1, "count").is("runners", "items", 0, "group").is("Runners", "items", 0, "title", "en").is(true, "items", 0, "full")
	if waits.get("items", 0, "member") == nil {
		t.Error("an application names nobody")
	}
	task := day.kind("tasks").is(1, "count").is("Call them", "items", 0, "text", "zh").is("operators", "items", 0, "owner").is("call", "items", 0, "rule")
	id := task.get("items", 0, "id").(string)

	b.as("viewer", "PATCH", "/api/v1/tasks/"+id, `{"owner":"an"}`).want(403)
	b.as("operator", "PATCH", "/api/v1/tasks/"+id, `{}`).want(422)
	b.as("foreign", "PATCH", "/api/v1/tasks/"+id, `{"owner":"an"}`).want(404)
	b.as("operator", "PATCH", "/api/v1/tasks/"+id, `{"owner":"an"}`).want(200).is("an", "owner").is("open", "state")
	b.as("operator", "POST", "/api/v1/tasks/"+id+"/done", `{}`).want(200)
	b.as("operator", "POST", "/api/v1/rules/call/pause", "").want(200)

	day = b.as("viewer", "GET", "/api/v1/today", "").want(200)
	day.kind("tasks").is(nil, "count")
	day.kind("rules").is(1, "count").is("paused", "items", 0, "state").is("call", "items", 0, "rule").is("Call", "items", 0, "title", "en")
	b.as("foreign", "GET", "/api/v1/today", "").want(200).is(nil, "work", 0).is(0, "numbers", 0, "count")
	b.as("viewer", "GET", "/api/v1/decisions?limit=1", "").want(200).is("call", "items", 0, "rule").is("true", "items", 0, "outcome").is(true, "items", 0, "member")
	b.as("foreign", "GET", "/api/v1/decisions", "").want(200).is(nil, "items", 0)
}

// A rule that fails is shown with what went wrong before it is stopped, and after.
func TestTodayTellsOfFailingRules(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/sum", `{"key":"sum","kind":"reward","title":{"en":"Sum"},"on":"checkin.done","once":"event","when":"9223372036854775807 + event.props.n > 0","then":[{"grant_points":{"amount":1}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/sum/publish", `{}`).want(200)
	one := func(id string) {
		b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"`+id+`","type":"checkin.done","member":{"channel":"wecom","external_id":"x"},"props":{"n":5}}]}`).want(200)
	}
	one("f1")
	b.as("viewer", "GET", "/api/v1/today", "").want(200).kind("rules").is("failing", "items", 0, "state").is("sum", "items", 0, "rule").is(start.String(), "items", 0, "at")
	for _, id := range []string{"f2", "f3", "f4", "f5"} {
		one(id)
	}
	day := b.as("viewer", "GET", "/api/v1/today", "").want(200)
	day.kind("rules").is("stopped", "items", 0, "state")
	day.kind("tasks").is("sum", "items", 0, "rule")
}

// The four numbers are segments as any: an operator writes their own over them, and
// gets the built-in one back by deleting it. Each number is of the words shown.
func TestTodaysNumbersAreSegments(t *testing.T) {
	b := silence(t)
	b.as("viewer", "GET", "/api/v1/segments/effective", "").want(200).is(0, "meta", "revision")
	b.as("viewer", "GET", "/api/v1/counts", "").want(200).is("converted", "items", 0, "segment").is("effective", "items", 1, "segment").is(2, "items", 1, "count").is("counted", "items", 1, "state").is(nil, "items", 6)
	b.as("foreign", "GET", "/api/v1/counts", "").want(200).is(0, "items", 1, "count")
	day := b.as("viewer", "GET", "/api/v1/today", "").want(200).is(2, "numbers", 0, "count")
	day.kind("silent").is(1, "count") // ada came on two days; cai on one
	b.as("viewer", "PUT", "/api/v1/segments/effective", `{"title":{"en":"All"},"where":"not member.left"}`).want(403)
	b.as("operator", "PUT", "/api/v1/segments/effective", `{"title":{"en":"All"},"where":"not member.left"}`).want(201)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is(3, "numbers", 0, "count").is("All", "numbers", 0, "title", "en").is(nil, "numbers", 0, "builtin").is("not member.left", "numbers", 0, "where")
	b.as("foreign", "GET", "/api/v1/segments/effective", "").want(200).is(0, "meta", "revision")
	b.as("operator", "DELETE", "/api/v1/segments/effective", "").want(204)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is(2, "numbers", 0, "count").is(true, "numbers", 0, "builtin")
	b.as("operator", "DELETE", "/api/v1/segments/effective", "").want(409)

	b.as("operator", "PUT", "/api/v1/segments/silent", `{"title":{"en":"Quiet"},"where":"silent_for(\"14d\")"}`).want(201)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).kind("silent").is(2, "count").is(`silent_for("14d")`, "where").is("counted", "state").
		is(start.Add(-24*3600e9).String(), "items", 0, "at")
	b.as("operator", "PUT", "/api/v1/segments/converted", `{"title":{"en":"Loud"},"where":"9223372036854775807 + events(\"message.sent\", \"30d\").count() > 0"}`).want(201)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is("failed", "numbers", 2, "state").is(2, "numbers", 0, "count")
	b.as("viewer", "GET", "/api/v1/counts", "").want(200).is("failed", "items", 0, "state").is("Loud", "items", 0, "title", "en").is(2, "items", 1, "count")
}

// Each number says how many it had 7 days ago by the same words.
func TestTodaysNumbersAreCompared(t *testing.T) {
	b := setup(t)
	event := func(id, who string) {
		b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"`+id+`","type":"message.sent","member":{"channel":"app","external_id":"`+who+`"}}]}`).want(200)
	}
	event("1", "ada")
	event("2", "bo")
	b.now = b.now.Add(31 * 24 * 3600e9) // ada and bo are silent by now
	event("3", "cai")
	b.now = b.now.Add(8 * 24 * 3600e9)
	event("4", "ada")
	event("5", "dan")
	b.now = b.now.Add(3600e9)
	b.as("viewer", "GET", "/api/v1/today", "").want(200).is(3, "numbers", 0, "count").is(1, "numbers", 0, "before")
}
