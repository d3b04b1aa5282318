package app

import (
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// monthly promotes the three who talked most in a month, and holds back who was
// silent, after a notice of seven days.
const monthly = `key: monthly
kind: tier
title: {en: Monthly, zh: 每月}
review:
  every: month
  groups: [second, core, held-back]
  score: 'events("message.sent", period).count()'
  up: {top: 3, from: second, to: core, when: 'score >= 5'}
  down: {bottom: 4, from: second, to: held-back, when: 'score < 2'}
  exempt: 'member.days_in_group < 7'
  notice: 7d
  min_group: 5
`

// A review that is a draft is tested on the past: its moves are those that a plain
// count of the messages gives, although nobody was there to confirm them, and the
// result says so.
func TestAReviewIsTestedOnThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		a := begin(t, settings(t, map[string]string{"database": db.URL}))
		w := &world{process: &process{url: "http://" + a.Addr() + "/"}}
		w.token = ownerToken(t, a)
		w.must(t, "PUT", "settings", map[string]any{"zone": "Asia/Shanghai", "currency": "CNY", "lang": "zh"})
		for _, g := range []string{"second", "core", "held-back"} {
			w.must(t, "PUT", "groups/"+g, map[string]any{"title": map[string]string{"en": g}})
		}
		var batch []any
		happens := func(who int, typ, at string) {
			batch = append(batch, map[string]any{"id": fmt.Sprint("r", len(batch)), "type": typ, "at": at, "group": "second", "member": map[string]string{"channel": "c", "external_id": fmt.Sprint("m", who)}})
		}
		for who := range 10 {
			happens(who, "group.joined", fmt.Sprintf("2026-01-02T03:00:%02dZ", who))
		}
		for who := range 10 { // m0 says nothing, m9 nine things, in February
			for n := range who {
				happens(who, "message.sent", fmt.Sprintf("2026-02-%02dT03:00:%02dZ", 2+n, who))
			}
		}
		w.must(t, "POST", "events", map[string]any{"events": batch})
		ask := map[string]any{"document": monthly, "from": "2026-02-10T00:00:00Z", "to": "2026-03-20T00:00:00Z"}
		result := w.finished(t, w.must(t, "POST", "backtests", ask))["result"]
		wants(t, result, 5, "after", "matches") // m7 to m9 rise, m0 and m1 fall
		wants(t, result, 5, "after", "agreed")
		wants(t, result, 5, "after", "effects", "move_group")
		wants(t, result, 0, "before", "matches")
		wants(t, result, "[map[day:2026-03-01 new:5 old:0]]", "days")
		moved := map[any]bool{}
		for _, m := range at(result, "members").([]any) {
			moved[at(m, "identities", 0, "external_id")] = true
			wants(t, m, "gained", "change")
		}
		for _, who := range []string{"m0", "m1", "m7", "m8", "m9"} {
			if !moved[who] {
				t.Errorf("%s does not move: %v", who, moved)
			}
		}
		// A range that ends within the notice moves nobody.
		ask["to"] = "2026-03-05T00:00:00Z"
		result = w.finished(t, w.must(t, "POST", "backtests", ask))["result"]
		wants(t, result, 0, "after", "matches")
		wants(t, result, nil, "after", "agreed")
	})
}
