package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const everRange = `2010-01-01T00:00:00Z 2100-01-01T00:00:00Z`

// backfill asks for a preview, or with a number for what it promised.
func (w *world) backfill(t *testing.T, confirm int) (int, map[string]any) {
	t.Helper()
	from, to, _ := strings.Cut(everRange, " ")
	body := map[string]any{"from": from, "to": to}
	if confirm >= 0 {
		body["confirm"] = confirm
	}
	return w.ask(t, "POST", "rules/talk/backfill", body)
}

// backfilled waits for what a backfill found or did.
func (w *world) backfilled(t *testing.T, confirm int) map[string]any {
	t.Helper()
	status, job := w.backfill(t, confirm)
	if status != 202 {
		t.Fatal(status, job)
	}
	return w.finished(t, job)["result"].(map[string]any)
}

// ledgerOf are a member's entries.
func (w *world) ledgerOf(t *testing.T, member int) []any {
	t.Helper()
	return w.must(t, "GET", fmt.Sprint("members/test:m", member, "/points"), nil)["items"].([]any)
}

// What a reward rule would have given, had it been there, is previewed, and given
// once, whoever asks how often.
func TestARewardMakesUpForThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		env := []string{"BYLAW_DATABASE=" + db.URL, "BYLAW_DATA_DIR=" + t.TempDir()}
		w := &world{process: launch(t, env...), hook: hooktest.New(t, hookSecret)}
		w.token = w.becomeOwner(t)
		w.must(t, "PUT", "channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]string{"url": w.hook.URL}})
		then := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
		w.talk(t, then)
		rule := map[string]any{"key": "talk", "kind": "reward", "title": map[string]string{"en": "Talk"}, "on": "message.sent", "once": "member",
			"then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}, map[string]any{"add_tag": map[string]any{"tag": "spoke"}},
				map[string]any{"send": map[string]any{"channel": "hook", "text": "hello"}}}}
		w.must(t, "PUT", "rules/talk", rule)
		if status, answer := w.backfill(t, -1); status != 422 {
			t.Errorf("a draft: %d %v", status, answer)
		}
		w.must(t, "POST", "rules/talk/publish", map[string]any{})
		w.must(t, "POST", "events", map[string]any{"events": []any{message("live", 0)}}) // the rule acts by itself for one
		if status, answer := w.backfill(t, 4); status != 409 {
			t.Errorf("without a preview: %d %v", status, answer)
		}
		w.previews(t)
		if status, answer := w.backfill(t, 3); status != 409 {
			t.Errorf("another number: %d %v", status, answer)
		}
		w.twoAtOnce(t)
		w.checkGiven(t, then)
		if p := w.backfilled(t, -1); p["confirm"] != 0.0 || p["used"] != 3.0 {
			t.Errorf("afterwards a preview is %v", p)
		}
		if p := w.backfilled(t, 0); p["confirm"] != 0.0 {
			t.Errorf("once more gave %v", p)
		}
		w.must(t, "POST", "events", map[string]any{"events": []any{message("again", 1)}})
		w.checkGiven(t, then)
		w.byCommand(t, env)
		w.checkGiven(t, then)
		if sent := w.must(t, "GET", "deliveries", nil)["items"].([]any); len(sent) != 1 {
			t.Errorf("only the live one sends, there are %v", sent)
		}
		w.refusesOthers(t, rule)
		w.stop(t)
		if said := tool(t, env, "verify", "--json"); !strings.Contains(said, `"differences": null`) && !strings.Contains(said, `"differences": []`) {
			t.Errorf("verify: %s", said)
		}
	})
}

// previews looks at what is missing; that gives nothing.
func (w *world) previews(t *testing.T) {
	t.Helper()
	if p := w.backfilled(t, -1); p["confirm"] != 4.0 || p["members"] != 2.0 || p["used"] != 1.0 || p["cost"].(map[string]any)["points"].(map[string]any)["points"] != 10.0 {
		t.Errorf("the preview is %v", p)
	}
	from, to, _ := strings.Cut(everRange, " ")
	job := w.finished(t, w.must(t, "POST", "rules/talk/backfill", map[string]any{"from": from, "to": to, "messages": true}))
	if n := job["result"].(map[string]any)["confirm"]; n != 6.0 {
		t.Errorf("with messages there are %v effects", n)
	}
	if l := w.ledgerOf(t, 1); len(l) != 0 {
		t.Errorf("the preview gave %v", l)
	}
}

// talk lets three members say something: one of them in imported history.
func (w *world) talk(t *testing.T, at time.Time) {
	t.Helper()
	said := func(n int) map[string]any {
		e := message(fmt.Sprint("m", n), n)
		e["at"] = at.Format(time.RFC3339)
		return e
	}
	w.must(t, "POST", "events", map[string]any{"events": []any{said(0), said(1)}})
	w.must(t, "POST", "events?mode=history", map[string]any{"events": []any{said(2)}})
}

// byCommand makes up for one more, on the command line beside the server.
func (w *world) byCommand(t *testing.T, env []string) {
	t.Helper()
	w.must(t, "POST", "events?mode=history", map[string]any{"events": []any{message("more", 3)}})
	from, to, _ := strings.Cut(everRange, " ")
	say := func(args ...string) string {
		return tool(t, env, append([]string{"rules", "backfill", "talk", "--from", from, "--to", to}, args...)...)
	}
	if said := say(); !strings.HasPrefix(said, "2 effects for 1 members are missing, 3 occurrences") || !strings.Contains(said, "points points: 5") {
		t.Errorf("the preview says %s", said)
	}
	if said := say("--confirm", "2"); !strings.HasPrefix(said, "made 2 effects for 1 members") {
		t.Errorf("the run says %s", said)
	}
	if l := w.ledgerOf(t, 3); len(l) != 1 {
		t.Errorf("m3 has %v", l)
	}
}

// twoAtOnce runs the same backfill twice at a time; one effect comes of it.
func (w *world) twoAtOnce(t *testing.T) {
	t.Helper()
	_, a := w.backfill(t, 4)
	_, b := w.backfill(t, 4)
	first, second := w.finished(t, a)["result"].(map[string]any), w.finished(t, b)["result"].(map[string]any)
	if sum := first["confirm"].(float64) + second["confirm"].(float64); sum != 4 {
		t.Errorf("two at once made %v: %v %v", sum, first, second)
	}
}

func (w *world) checkGiven(t *testing.T, then time.Time) {
	t.Helper()
	for n := range 3 {
		l := w.ledgerOf(t, n)
		if len(l) != 1 || l[0].(map[string]any)["amount"] != 5.0 || n > 0 && l[0].(map[string]any)["at"] != then.Format(time.RFC3339) {
			t.Errorf("m%d has %v, one entry at %s was due", n, l, then.Format(time.RFC3339))
		}
	}
}

// refusesOthers asks of rules that cannot.
func (w *world) refusesOthers(t *testing.T, rule map[string]any) {
	t.Helper()
	for _, change := range []map[string]any{{"once": "event"}, {"once": "member", "after": "1h"}, {"after": nil, "then": []any{map[string]any{"emit": map[string]any{"type": "talked"}}}}} {
		for name, v := range change {
			if rule[name] = v; v == nil {
				delete(rule, name)
			}
		}
		w.must(t, "PUT", "rules/talk", rule)
		w.must(t, "POST", "rules/talk/publish", map[string]any{})
		if status, answer := w.backfill(t, -1); status != 422 {
			t.Errorf("%v: %d %v", change, status, answer)
		}
	}
}
