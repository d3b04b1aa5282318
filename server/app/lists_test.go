package app

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestListsOfEveryDatabase: a ladder's pyramid with who rose and fell, packs that
// are applied, and the audit log by what, which and who, on each database.
func TestListsOfEveryDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		a := begin(t, settings(t, map[string]string{"database": db.URL}))
		w := &world{process: &process{url: "http://" + a.Addr() + "/"}}
		w.token = ownerToken(t, a)
		w.climbs(t)
		w.packs(t)
		w.audited(t)
	})
}

// climbs has people rise and fall within the days that are asked about.
func (w *world) climbs(t *testing.T) {
	t.Helper()
	w.must(t, "PUT", "ladders/craft", map[string]any{"title": map[string]string{"en": "Craft"}, "tiers": []any{
		map[string]any{"key": "pupil", "title": map[string]string{"en": "Pupil"}}, map[string]any{"key": "hand", "title": map[string]string{"en": "Hand"}}, map[string]any{"key": "master", "title": map[string]string{"en": "Master"}}}})
	var batch []any
	for m := range 6 {
		batch = append(batch, message(fmt.Sprint("climb-", m), m))
	}
	w.must(t, "POST", "events", map[string]any{"events": batch})
	for m, tiers := range [][]string{{"pupil"}, {"pupil", "hand"}, {"pupil", "hand", "master"}, {"master", "hand"}, {"hand", "pupil", "hand"}} { // m5 stands nowhere
		for _, tier := range tiers {
			w.must(t, "PUT", fmt.Sprint("members/test:m", m, "/tiers/craft"), map[string]any{"to": tier})
		}
	}
	p := w.must(t, "GET", "ladders/craft/pyramid?days=7", nil)
	wants(t, p, true, "complete")
	wants(t, p, 7, "days")
	for i, count := range []int{1, 3, 1} {
		wants(t, p, count, "tiers", i, "count")
	}
	if status, answer := w.ask(t, "GET", "ladders/nothing/pyramid", nil); status != 404 {
		t.Error(status, answer)
	}
}

// packs applies every pack twice: the second time finds all there.
func (w *world) packs(t *testing.T) {
	t.Helper()
	for _, p := range w.must(t, "GET", "packs", nil)["items"].([]any) {
		key := fmt.Sprint(at(p, "key"))
		first := w.must(t, "POST", "packs/"+key+"/apply", nil)
		again := w.must(t, "POST", "packs/"+key+"/apply", nil)
		wants(t, again, "[]", "rules")
		if kept, all := len(at(again, "kept").([]any)), len(at(first, "rules").([]any))+len(at(first, "kept").([]any)); kept != all {
			t.Errorf("%s: %d of %d rules are kept", key, kept, all)
		}
		for _, r := range at(first, "rules").([]any) {
			wants(t, w.must(t, "GET", fmt.Sprint("rules/", r), nil), "draft", "state")
		}
	}
}

// audited asks for rows by what was changed, which and by whom, page by page.
func (w *world) audited(t *testing.T) {
	t.Helper()
	list := func(query string) (rows []any) {
		t.Helper()
		for next := ""; ; {
			page := w.must(t, "GET", "audit?limit=3&"+query+next, nil)
			rows = append(rows, page["items"].([]any)...)
			if page["next"] == nil || page["next"] == "" {
				return rows
			}
			next = "&cursor=" + url.QueryEscape(fmt.Sprint(page["next"]))
		}
	}
	tiers := list("noun=member")
	if len(tiers) != 11 {
		t.Errorf("%d changes of members: %v", len(tiers), tiers)
	}
	m2 := w.must(t, "GET", "members/test:m2", nil)["id"]
	for _, row := range list("noun=member&key=" + fmt.Sprint(m2)) {
		if at(row, "key") != m2 || !strings.HasPrefix(fmt.Sprint(at(row, "action")), "member.") {
			t.Errorf("asked for %v: %v", m2, row)
		}
	}
	if n := len(list("noun=member&key=" + fmt.Sprint(m2))); n != 3 {
		t.Errorf("%d changes of one member", n)
	}
	packs := list("noun=pack&key=creators")
	if len(packs) != 2 || at(packs, 0, "action") != "pack.apply" {
		t.Errorf("the pack creators: %v", packs)
	}
	by := fmt.Sprint(at(packs, 0, "by"))
	if all, mine := list(""), list("by="+by); len(mine) != len(all) || len(all) < 30 {
		t.Errorf("%d rows by %s, of %d", len(mine), by, len(all))
	}
	if none := list("by=nobody&noun=pack"); len(none) != 0 {
		t.Errorf("by nobody: %v", none)
	}
}
