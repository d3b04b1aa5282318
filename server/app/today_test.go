package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// The day of a real server on each database: its numbers are counted aside, what
// the log says is gathered in one reading, and work is there until it is done.
func TestTodayOnEachDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		w := &world{process: launch(t, "BYLAW_DATABASE="+db.URL, "BYLAW_DATA_DIR="+t.TempDir())}
		w.token = w.becomeOwner(t)
		w.must(t, "PUT", "rules/call", map[string]any{"key": "call", "kind": "reward", "title": map[string]string{"en": "Call"}, "on": "checkin.done", "once": "event",
			"then": []any{map[string]any{"create_task": map[string]any{"to": "user", "text": "Call them", "due": "1d"}}}})
		w.must(t, "POST", "rules/call/publish", map[string]any{})
		past := func(id, who string, days int) map[string]any {
			return map[string]any{"id": id, "type": "message.sent", "at": time.Now().UTC().AddDate(0, 0, -days).Format(time.RFC3339), "member": map[string]string{"channel": "app", "external_id": who}}
		}
		var history []any
		for i, days := range []int{41, 39, 20} {
			history = append(history, past(fmt.Sprint("h", i), "dan", days))
		}
		w.must(t, "POST", "events?mode=history", map[string]any{"events": history})
		w.must(t, "POST", "events", map[string]any{"events": []any{map[string]any{"id": "1", "type": "checkin.done", "member": map[string]string{"channel": "app", "external_id": "ada"}}}})

		day := w.counted(t)
		if n := day["numbers"].([]any)[0].(map[string]any); n["count"] != 2.0 {
			t.Errorf("effective: %v", n)
		}
		silent, tasks := work(day, "silent"), work(day, "tasks")
		if silent["count"] != 1.0 || tasks["count"] != 1.0 {
			t.Fatalf("silent %v, tasks %v", silent, tasks)
		}
		task := tasks["items"].([]any)[0].(map[string]any)["id"].(string)
		w.must(t, "PATCH", "tasks/"+task, map[string]any{"owner": "an"})
		w.must(t, "POST", "tasks/"+task+"/done", map[string]any{})
		if left := work(w.must(t, "GET", "today", nil), "tasks"); left != nil {
			t.Errorf("a task that is done is there: %v", left)
		}
		latest := w.must(t, "GET", "decisions?limit=5", nil)["items"].([]any)[0].(map[string]any)
		if latest["rule"] != "call" || latest["member"] != true {
			t.Errorf("latest: %v", latest)
		}
		w.stop(t)
	})
}

// counted asks for the day until its numbers are counted.
func (w *world) counted(t *testing.T) map[string]any {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		day := w.must(t, "GET", "today", nil)
		if day["numbers"].([]any)[0].(map[string]any)["state"] == "counted" {
			return day
		}
		if time.Now().After(end) {
			t.Fatalf("not counted in 30 s: %v", day)
		}
	}
}

// work is one kind of a day's work; nil when there is none.
func work(day map[string]any, kind string) map[string]any {
	for _, w := range day["work"].([]any) {
		if one := w.(map[string]any); one["kind"] == kind {
			return one
		}
	}
	return nil
}
