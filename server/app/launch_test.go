package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// slow is a server on which every publish that builds windows from a long log
// becomes a job, and whose jobs wait at each step until they are let on.
type slow struct {
	*world
	app   *App
	steps chan chan struct{} // each step hands over what lets it go on
}

func newSlow(t *testing.T, db dbtest.Database) *slow {
	t.Helper()
	a, err := New(t.Context(), settings(t, map[string]string{"database": db.URL, "publish-patience": "0s"}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &slow{app: a, steps: make(chan chan struct{})}
	ctx, end := context.WithCancel(context.Background())
	a.failpoint = func(at string) {
		if at != "warming" {
			return
		}
		on := make(chan struct{})
		select {
		case s.steps <- on:
			<-on
		case <-ctx.Done():
		}
	}
	t.Cleanup(func() {
		end()
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.world = &world{process: &process{url: "http://" + a.Addr() + "/"}}
	s.token = ownerToken(t, a)
	return s
}

// talk is a message of a kind.
func talk(id string, member int) map[string]any {
	e := message(id, member)
	e["props"] = map[string]any{"kind": "talk"}
	return e
}

// history fills the log beyond what a publish reads in its own transaction.
func (s *slow) history(t *testing.T) {
	t.Helper()
	for part := range 3 {
		var batch []any
		for n := range 800 {
			e := talk(fmt.Sprint("h-", part, "-", n), n%20)
			e["at"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
			batch = append(batch, e)
		}
		s.must(t, "POST", "events?mode=history", map[string]any{"events": batch})
	}
}

// talked is a rule that counts over a window that no other version has.
func talked(days int) map[string]any {
	filter := ""
	if days > 30 {
		filter = `, {kind: "talk"}`
	}
	return map[string]any{"key": "talked", "kind": "reward", "title": map[string]string{"en": "Talked", "zh": "发过言"}, "on": "message.sent",
		"when": fmt.Sprintf(`events("message.sent", "%dd"%s).count() >= 3`, days, filter), "once": "member",
		"then": []any{map[string]any{"add_tag": map[string]any{"tag": fmt.Sprint("talked-", days)}}}}
}

// launched publishes and wants a job.
func (s *slow) launched(t *testing.T, path string, body any) (job string) {
	t.Helper()
	status, answer := s.ask(t, "POST", "rules/talked/"+path, body)
	if status != 202 || at(answer, "kind") != "rule.launch" {
		t.Fatalf("%s: %d %v", path, status, answer)
	}
	return answer["id"].(string)
}

// reaches waits for a job's state.
func (s *slow) reaches(t *testing.T, job, state string) (seen map[string]any) {
	t.Helper()
	eventually(t, "the job is "+state, func() bool {
		seen = s.must(t, "GET", "jobs/"+job, nil)
		return seen["state"] == state
	})
	return seen
}

// lets lets a job on until it is over.
func (s *slow) lets(over <-chan struct{}) {
	for {
		select {
		case on := <-s.steps:
			close(on)
		case <-over:
			return
		}
	}
}

// through lets a job run to a state.
func (s *slow) through(t *testing.T, job, state string) map[string]any {
	t.Helper()
	over := make(chan struct{})
	defer close(over)
	go s.lets(over)
	return s.reaches(t, job, state)
}

// A rule whose windows take long to build is published by a job: the version
// before decides until then, and after a cancel or a failure.
func TestPublishingThatTakesLongIsAJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := newSlow(t, db)
		s.history(t)
		s.must(t, "PUT", "rules/talked", talked(30))
		first := s.launched(t, "publish", map[string]any{})
		on := <-s.steps
		eventually(t, "how far it is shows", func() bool {
			j := s.must(t, "GET", "jobs/"+first, nil)
			return at(j, "done").(float64) > 0 && at(j, "total").(float64) >= at(j, "done").(float64)
		})
		r := s.must(t, "GET", "rules/talked", nil)
		wants(t, r, "draft", "state")
		wants(t, r, "wait", "path", "next")
		wants(t, r, first, "path", "launch", "job")
		if status, answer := s.ask(t, "POST", "rules/talked/publish", map[string]any{}); status != 409 {
			t.Errorf("a second publish beside it: %d %v", status, answer)
		}
		close(on)
		done := s.through(t, first, "done")
		wants(t, done, 1, "result", "version")
		wants(t, done, "live", "result", "state")
		wants(t, s.must(t, "GET", "rules/talked", nil), "live", "path", "next")
		s.decides(t, 1)
		s.cancelled(t)
		s.stale(t)
		s.rolled(t)
	})
}

// decides sends one message and wants its decision by a version, with all that
// went before counted.
func (s *slow) decides(t *testing.T, version int) {
	t.Helper()
	sent := s.must(t, "POST", "events?decisions=all", map[string]any{"events": []any{talk(fmt.Sprint("d-", time.Now().UnixNano()), version)}})
	wants(t, sent, "true", "results", 0, "decisions", 0, "outcome")
	wants(t, sent, version, "results", 0, "decisions", 0, "version")
}

// cancelled stops the second version on its way.
func (s *slow) cancelled(t *testing.T) {
	t.Helper()
	s.must(t, "PUT", "rules/talked", talked(60))
	job := s.launched(t, "publish", map[string]any{})
	on := <-s.steps
	s.must(t, "POST", "jobs/"+job+"/cancel", nil)
	close(on)
	seen := s.through(t, job, "cancelled")
	wants(t, seen, "cancelled: what was in force before stays so", "error", "en")
	wants(t, seen, "已取消：此前生效的版本保持不变", "error", "zh")
	eventually(t, "it has stopped", func() bool { return at(s.must(t, "GET", "rules/talked", nil), "path", "launch") == nil })
	s.keeps(t, true)
	s.decides(t, 1)
}

// keeps wants version 1 in force.
func (s *slow) keeps(t *testing.T, draft bool) {
	t.Helper()
	r := s.must(t, "GET", "rules/talked", nil)
	wants(t, r, 1, "version")
	wants(t, r, draft, "draft")
	wants(t, r, "live", "state")
}

// stale edits the draft while it is on its way: that is not what was asked for.
func (s *slow) stale(t *testing.T) {
	t.Helper()
	job := s.launched(t, "publish", map[string]any{})
	on := <-s.steps
	s.must(t, "PUT", "rules/talked", talked(61))
	close(on)
	seen := s.through(t, job, "failed")
	wants(t, seen, "it was not put in force, version 1 stays as it was: somebody changed this since you read it; read it again and repeat your change", "error", "en")
	wants(t, seen, "未能生效，第 1 版保持原状：读取之后已被他人修改，请重新读取后再改", "error", "zh")
	s.keeps(t, true)
}

// rolled publishes it after all, and goes back, which builds windows too.
func (s *slow) rolled(t *testing.T) {
	t.Helper()
	wants(t, s.through(t, s.launched(t, "publish", map[string]any{}), "done"), 2, "result", "version")
	s.decides(t, 2)
	back := s.through(t, s.launched(t, "rollback", map[string]any{"version": 1}), "done")
	wants(t, back, 1, "result", "version")
	if at(back, "result", "made") == nil {
		t.Errorf("the roll-back does not list what was made: %v", back)
	}
	var asked, live int
	for _, row := range s.must(t, "GET", "audit", nil)["items"].([]any) {
		if at(row, "action") == "rule.rollback" {
			if after := fmt.Sprint(at(row, "after")); strings.Contains(after, "job") {
				asked++
			} else if strings.Contains(after, "talked-30") {
				live++
			}
		}
	}
	if asked != 1 || live != 1 {
		t.Errorf("audit has %d rows of the ask and %d of the switch", asked, live)
	}
}

func TestImpatience(t *testing.T) {
	if never := impatience(time.Hour)(); never(1, 2) || never(0, 0) {
		t.Error("an hour is over at once")
	}
	at := impatience(0)()
	if !at(0, 10) {
		t.Error("no patience waits")
	}
	slow := impatience(time.Nanosecond * 10)()
	if !slow(1, 1<<40) {
		t.Error("a pace that takes years is quick enough")
	}
}
