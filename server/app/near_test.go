package app

import (
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestNearMissesOfEverybody: a community of more members than one call looks at is
// looked at whole by a job, which tells how far it is and can be cancelled.
func TestNearMissesOfEverybody(t *testing.T) {
	const many = 20_600
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		a := begin(t, settings(t, map[string]string{"database": db.URL}))
		w := &world{process: &process{url: "http://" + a.Addr() + "/"}}
		w.token = ownerToken(t, a)
		say := func(from, upTo int, what string) {
			t.Helper()
			for from < upTo {
				var batch []any
				for ; len(batch) < 1000 && from < upTo; from++ {
					batch = append(batch, message(fmt.Sprint(what, from), from))
				}
				w.must(t, "POST", "events?decisions=none", map[string]any{"events": batch})
			}
		}
		say(0, many, "first")
		w.must(t, "PUT", "rules/talk", map[string]any{"key": "talk", "kind": "reward", "title": map[string]string{"en": "Talk"}, "on": "message.sent",
			"when": `events("message.sent", "all").count() >= 3`, "then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}}})
		w.must(t, "POST", "rules/talk/publish", map[string]any{})
		say(0, 30, "second")
		say(0, 7, "third")

		part := w.must(t, "GET", "rules/talk/near-misses?limit=1", nil)
		wants(t, part, true, "partial")
		if looked := at(part, "looked").(float64); looked >= many {
			t.Fatalf("one call looked at %v", looked)
		}
		job := w.must(t, "POST", "rules/talk/near-misses", map[string]any{"limit": 25})
		wants(t, job, "near-misses", "kind")
		done := w.finished(t, job)
		wants(t, done, many, "done")
		wants(t, done, many, "total")
		found := done["result"]
		wants(t, found, many, "looked")
		wants(t, found, 7, "matched")
		wants(t, found, nil, "partial")
		wants(t, found, nil, "next")
		wants(t, found, many-7, "stops", 0, "stops")
		items := at(found, "items").([]any)
		if len(items) != 25 {
			t.Fatalf("%d are shown", len(items))
		}
		for i, x := range items { // those who have said two things first, then those who have said one
			remaining := 1.0
			if i >= 23 {
				remaining = 2
			}
			wants(t, x, remaining, "conditions", 0, "distance")
		}
		some := w.finished(t, w.must(t, "POST", "rules/talk/near-misses", map[string]any{"where": "member.points > 0"}))["result"]
		wants(t, some, 7, "looked")
		wants(t, some, "[]", "items")

		// A draft is asked as it was then, and who no longer wants to know stops it.
		w.must(t, "PUT", "rules/talk", map[string]any{"key": "talk", "kind": "reward", "title": map[string]string{"en": "Talk"}, "on": "message.sent",
			"when": `events("message.sent", "all").count() >= 2 and events("reply.sent", "all").count() >= 1`, "then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}}})
		job = w.must(t, "POST", "rules/talk/near-misses", map[string]any{"version": "draft"})
		w.must(t, "POST", fmt.Sprint("jobs/", job["id"], "/cancel"), nil)
		eventually(t, "the job is cancelled", func() bool {
			return w.must(t, "GET", fmt.Sprint("jobs/", job["id"]), nil)["state"] == "cancelled"
		})
		few := w.must(t, "POST", "rules/talk/near-misses", map[string]any{"version": "draft", "where": "member.points > 0"})
		w.must(t, "PUT", "rules/talk", map[string]any{"key": "talk", "kind": "reward", "title": map[string]string{"en": "Talk"}, "on": "message.sent", "then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}}})
		wants(t, w.finished(t, few)["result"], `events("reply.sent", "all").count() >= 1`, "stops", 0, "source")

		for _, bad := range []map[string]any{{"where": "member.nme"}, {"limit": 5000}, {"version": "99"}, {"rule": "x"}} {
			if status, answer := w.ask(t, "POST", "rules/talk/near-misses", bad); status != 404 && status != 422 {
				t.Errorf("%v: %d %v", bad, status, answer)
			}
		}
	})
}
