package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// story is the life of one rule, told by people who may do different things.
type story struct {
	*world
	tokens map[string]string
	sent   int
}

// as asks as somebody and wants a status.
func (s *story) as(t *testing.T, who, method, path string, body any, status int) map[string]any {
	t.Helper()
	got, answer := ask(t, method, s.url+"api/v1/"+path, s.tokens[who], body)
	if got != status {
		t.Fatalf("%s: %s %s: %d, want %d: %v", who, method, path, got, status, answer)
	}
	return answer
}

// speak has members from up to (not including) upTo send messages.
func (s *story) speak(t *testing.T, from, upTo, times int) {
	t.Helper()
	var batch []any
	for range times {
		for m := from; m < upTo; m++ {
			s.sent++
			batch = append(batch, message(fmt.Sprint("life-", s.sent), m))
		}
	}
	s.as(t, "owner", "POST", "events", map[string]any{"events": batch}, 200)
}

// balances counts members by their points.
func (s *story) balances(t *testing.T, upTo int) map[float64]int {
	t.Helper()
	out := map[float64]int{}
	for m := range upTo {
		member := s.as(t, "owner", "GET", fmt.Sprint("members/test:m", m), nil, 200)
		balance, _ := at(member, "accounts", "points", "balance").(float64)
		out[balance]++
	}
	return out
}

// at reads a value out of an answer by names and numbers.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func wants(t *testing.T, v any, want any, path ...any) {
	t.Helper()
	if got := at(v, path...); fmt.Sprint(got) != fmt.Sprint(want) {
		text, _ := json.MarshalIndent(v, "", " ")
		t.Fatalf("%v is %v, want %v in\n%s", path, got, want, text)
	}
}

// chatter is the rule: points, a badge, a tag and a task for whoever has said
// three things.
func chatter(points, expected int, also ...any) map[string]any {
	then := []any{
		map[string]any{"grant_points": map[string]any{"amount": points}},
		map[string]any{"award_badge": map[string]any{"badge": "talker"}},
		map[string]any{"create_task": map[string]any{"text": "say hello to {{ member.id }}"}},
	}
	return map[string]any{
		"key": "chatter", "kind": "reward", "title": map[string]string{"en": "Chatter", "zh": "话多"},
		"on": "message.sent", "when": `events("message.sent", "all").count() >= 3`, "once": "member", "then": append(then, also...),
		"cases": []any{map[string]any{"name": "three things", "events": []any{map[string]any{"type": "message.sent", "times": 3}},
			"expect": map[string]any{"outcome": true, "effects": []any{map[string]any{"grant_points": map[string]any{"amount": expected}}}}}},
	}
}

// Ann writes, and may not publish alone; Bo is the second person; Al may only
// look. They take a rule through its whole life, and each guard refuses once.
func TestTwoPeopleTakeARuleThroughItsLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		env := []string{"BYLAW_DATABASE=" + db.URL, "BYLAW_DATA_DIR=" + t.TempDir()}
		s := &story{world: &world{process: launch(t, env...)}, tokens: map[string]string{}}
		for who, role := range map[string]string{"owner": "owner", "ann": "operator", "bo": "admin", "al": "analyst"} {
			s.tokens[who] = tool(t, env, "token", "create", "--workspace", "default", "--role", role)
		}
		s.as(t, "owner", "PUT", "settings", map[string]any{"zone": "Asia/Shanghai", "currency": "CNY", "lang": "zh", "reach_guard": 20, "second_person": true}, 200)
		s.as(t, "owner", "PUT", "rewards/talker", map[string]any{"kind": "badge", "title": map[string]string{"en": "Talker", "zh": "话多"}}, 201)
		s.speak(t, 0, 40, 1)
		s.speak(t, 0, 20, 2) // twenty have said three things
		s.toPublish(t)
		s.toEverybody(t)
		s.toVersionTwo(t)
		s.backAgain(t)
		s.stop(t)
		if said := tool(t, env, "verify", "--json"); !strings.Contains(said, `"differences": []`) && !strings.Contains(said, `"differences": null`) {
			t.Errorf("verify: %s", said)
		}
	})
}

// toPublish goes from a draft with a red case to a second person's word.
func (s *story) toPublish(t *testing.T) {
	t.Helper()
	s.as(t, "al", "PUT", "rules/chatter", chatter(5, 5), 403)
	saved := s.as(t, "ann", "PUT", "rules/chatter", chatter(5, 6), 201)
	wants(t, saved, false, "cases", 0, "ok")
	wants(t, saved, "/cases/0/expect/effects/0", "cases", 0, "problems", 0, "path")
	wants(t, saved, "true, grant_points {amount: 6}", "cases", 0, "expected")
	if got := fmt.Sprint(at(saved, "cases", 0, "got")); !strings.HasPrefix(got, "true: grant_points {amount: 5}") {
		t.Fatalf("what came is %s", got)
	}
	wants(t, saved, "cases", "path", "next")
	red := s.as(t, "bo", "POST", "rules/chatter/publish", map[string]any{}, 422)
	wants(t, red, "case_effects", "problems", 0, "code")
	if at(red, "problems", 0, "line") == nil {
		t.Fatal("the red case has no place:", red)
	}

	saved = s.as(t, "ann", "PUT", "rules/chatter", chatter(5, 5), 200)
	wants(t, saved, true, "cases", 0, "ok")
	wants(t, saved, "approve", "path", "next")
	s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{}, 403)
	s.as(t, "ann", "POST", "rules/chatter/approve", nil, 403)
	s.as(t, "al", "POST", "rules/chatter/approve", nil, 403)
	approved := s.as(t, "bo", "POST", "rules/chatter/approve", nil, 200)
	wants(t, approved, true, "path", "approval", "ok")
	wants(t, approved, "publish", "path", "next")
}

// toEverybody answers the reach guard and widens step by step.
func (s *story) toEverybody(t *testing.T) {
	t.Helper()
	far := s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{}, 409)
	wants(t, far, "reach", "problems", 0, "code")
	wants(t, far, "touches 20 of 40 members, 50.0 %: more than 20 %", "problems", 0, "message", "en")
	wants(t, s.as(t, "ann", "GET", "rules/chatter", nil, 200), 20, "path", "reach", "measured", "touches")
	s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{"confirm_reach": 3}, 409)
	shadow := s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{"confirm_reach": 20, "shadow": true}, 200)
	wants(t, shadow, "shadow", "state")
	wants(t, shadow, 20, "path", "reach", "confirmed")
	wants(t, shadow, "widen", "path", "next")
	s.speak(t, 0, 20, 1)
	if got := s.balances(t, 40); got[0] != 40 {
		t.Fatalf("in shadow: %v", got)
	}
	wants(t, s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{"percent": 10}, 200), 10, "live", "percent")
	s.speak(t, 0, 20, 1)
	some := s.balances(t, 40)[5]
	if some > 8 {
		t.Fatalf("10 %% of 20 members are %d", some)
	}
	all := s.as(t, "ann", "POST", "rules/chatter/publish", map[string]any{}, 200) // the number was confirmed for this version
	wants(t, all, "live", "path", "next")
	s.speak(t, 0, 20, 1)
	if got := s.balances(t, 40); got[5] != 20 || got[0] != 20 {
		t.Fatalf("for all: %v", got)
	}
}

// toVersionTwo publishes a second version, by the second person.
func (s *story) toVersionTwo(t *testing.T) {
	t.Helper()
	draft := chatter(50, 50, map[string]any{"add_tag": map[string]any{"tag": "chatty"}})
	draft["when"] = `events("message.sent", "all").count() >= 2 and member.tier != "leader" or "vip" in member.tags`
	s.as(t, "ann", "PUT", "rules/chatter", draft, 200)
	diff := s.as(t, "al", "GET", "rules/chatter/diff?from=1&to=draft", nil, 200)
	wants(t, diff, "changed", "conditions", 0, "change")
	wants(t, diff, `events("message.sent", "all").count() >= 3`, "conditions", 0, "from", "text")
	wants(t, diff, `events("message.sent", "all").count() >= 2`, "conditions", 0, "to", "text")
	wants(t, diff, "added", "conditions", 1, "change")
	wants(t, diff, "/then/0/grant_points/amount", "effects", 0, "path")
	wants(t, diff, "50", "effects", 0, "to")
	wants(t, diff, "/then/3", "effects", 1, "path")
	if text := fmt.Sprint(at(diff, "text")); !strings.Contains(text, "--- version 1") || !strings.Contains(text, "\n+") {
		t.Fatalf("no unified text: %s", text)
	}
	s.as(t, "bo", "POST", "rules/chatter/approve", nil, 200)
	draft["title"] = map[string]string{"en": "Chatter 2", "zh": "话多二"}
	wants(t, s.as(t, "ann", "PUT", "rules/chatter", draft, 200), false, "path", "approval", "ok") // a changed draft has lost its approval
	draft["when"] = `events("message.sent", "all").count() >= 3`
	s.as(t, "ann", "PUT", "rules/chatter", draft, 200)
	wants(t, s.as(t, "bo", "GET", "rules/chatter/reach", nil, 200), 20, "touches")
	wants(t, s.as(t, "bo", "POST", "rules/chatter/publish", map[string]any{"confirm_reach": 21}, 200), 2, "version") // one has gone since
	s.speak(t, 20, 30, 3)
	if got := s.balances(t, 40); got[5] != 20 || got[50] != 10 || got[0] != 10 {
		t.Fatalf("after version 2: %v", got)
	}
}

// backAgain rolls back, and takes back what version 2 gave, once.
func (s *story) backAgain(t *testing.T) {
	t.Helper()
	s.as(t, "al", "POST", "rules/chatter/rollback", map[string]any{"version": 1}, 403)
	back := s.as(t, "ann", "POST", "rules/chatter/rollback", map[string]any{"version": 1}, 200)
	wants(t, back, 1, "version")
	wants(t, back, 2, "made", "version")
	made := s.as(t, "al", "GET", "rules/chatter/effects?version=2", nil, 200)
	for field, want := range map[string]int{"decisions": 10, "effects": 40, "members": 10, "reversible": 30, "final": 10, "undone": 0} {
		wants(t, made, want, field)
	}
	for _, kind := range at(made, "kinds").([]any) {
		if at(kind, "kind") == "grant_points" {
			wants(t, kind, 500, "sum")
		}
		if at(kind, "kind") == "create_task" && at(kind, "why", "zh") == nil {
			t.Errorf("nothing says why a task stays: %v", kind)
		}
	}
	s.as(t, "ann", "POST", "rules/chatter/undo", map[string]any{"version": 2, "confirm": 30}, 403)
	wants(t, s.as(t, "bo", "POST", "rules/chatter/undo", map[string]any{"version": 2, "confirm": 29}, 409), "undo_count", "problems", 0, "code")
	for range 2 {
		wants(t, s.as(t, "bo", "POST", "rules/chatter/undo", map[string]any{"version": 2, "confirm": 30}, 200), 30, "undone")
		if got := s.balances(t, 40); got[5] != 20 || got[0] != 20 {
			t.Fatalf("after undoing: %v", got)
		}
	}
	member := s.as(t, "owner", "GET", "members/test:m20", nil, 200)
	if tags, badges := at(member, "tags"), at(member, "badges"); strings.Contains(fmt.Sprint(tags, badges), "chatty") || strings.Contains(fmt.Sprint(badges), "talker") {
		t.Errorf("tag or badge stayed: %v %v", tags, badges)
	}
	ledger := at(s.as(t, "owner", "GET", "members/test:m20/points", nil, 200), "items").([]any)
	if len(ledger) != 2 || at(ledger, 0, "kind") != "reverse" || at(ledger, 0, "amount") != -50.0 {
		t.Errorf("the ledger says %v", ledger)
	}
	audit := fmt.Sprint(s.as(t, "owner", "GET", "audit?limit=200", nil, 200))
	for _, action := range []string{"rule.save", "rule.approve", "rule.publish", "rule.rollback", "rule.undo"} {
		if !strings.Contains(audit, action) {
			t.Errorf("the audit has no %s", action)
		}
	}
}
