package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// A rule that was back-tested says so until its text changes, and its
// comparison shows what the back-test found.
func TestThePathKnowsTheBacktest(t *testing.T) {
	db := dbtest.New(t, dbtest.SQLite)
	w := &world{process: launch(t, "BYLAW_DATABASE="+db.URL, "BYLAW_DATA_DIR="+t.TempDir())}
	w.token = w.becomeOwner(t)
	var batch []any
	for n := range 3 {
		batch = append(batch, message(fmt.Sprint("m", n), n))
	}
	w.must(t, "POST", "events", map[string]any{"events": batch})
	rule := map[string]any{"key": "talk", "kind": "reward", "title": map[string]string{"en": "Talk"}, "on": "message.sent", "once": "member",
		"then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}}}
	w.must(t, "PUT", "rules/talk", rule)
	if b := w.backTested(t); b["ok"] != false {
		t.Errorf("before any back-test: %v", b)
	}
	job := w.finished(t, w.must(t, "POST", "backtests", map[string]any{"rule": "talk", "from": "2010-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}))
	if b := w.backTested(t); b["ok"] != true || b["job"] != job["id"] || b["at"] != job["updated_at"] {
		t.Errorf("after it: %v, the job is %v", b, job)
	}
	found, _ := w.must(t, "GET", "rules/talk/diff", nil)["back_test"].(map[string]any)
	if found["gained"] != 3.0 || found["hash"] != job["result"].(map[string]any)["hash"] {
		t.Errorf("the comparison shows %v", found)
	}
	w.must(t, "POST", "rules/talk/publish", map[string]any{})
	if b := w.backTested(t); b["ok"] != true {
		t.Errorf("the same text, published: %v", b)
	}
	rule["once"] = "day"
	w.must(t, "PUT", "rules/talk", rule)
	if b := w.backTested(t); b["ok"] != false {
		t.Errorf("after a change: %v", b)
	}
	if d := w.must(t, "GET", "rules/talk/diff", nil); d["back_test"] != nil {
		t.Errorf("the changed text has a back-test: %v", d["back_test"])
	}
	w.stop(t)
}

func (w *world) backTested(t *testing.T) map[string]any {
	t.Helper()
	return w.must(t, "GET", "rules/talk", nil)["path"].(map[string]any)["back_test"].(map[string]any)
}

// finished waits for a job to be done.
func (w *world) finished(t *testing.T, job map[string]any) map[string]any {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		now := w.must(t, "GET", fmt.Sprint("jobs/", job["id"]), nil)
		if now["state"] == "done" {
			return now
		}
		if now["state"] == "failed" || time.Now().After(deadline) {
			t.Fatalf("the job is %v", now)
		}
	}
}
