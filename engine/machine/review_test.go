package machine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/store"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const firstHalf = "half-month@2026-03-01/2026-03-15"

// eachStore runs a test on the store in memory and on every database.
func eachStore(t *testing.T, run func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { run(t, newWorld(t)) })
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		opened := 0
		open := func() engine.Store {
			opened++
			s, err := store.Open(t.Context(), store.Options{URL: db.URL, Instance: fmt.Sprint("i", opened)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			return s
		}
		w := newWorldOn(t, open())
		w.again = open
		run(t, w)
	})
}

func TestAReviewOf120Members(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) { reviews120(t, w) })
}

func reviews120(t *testing.T, w *world) {
	w, all := settle(w)
	live(w, all, "0")
	w.tick() // the period ended at midnight
	want := brute(all)
	got := moved(w, all)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("moved %v\nwant  %v", got, want)
	}
	count := map[string]int{}
	for _, to := range want {
		count[to]++
	}
	if ties := tiesAtTheCut(all, want); ties["core"] == 0 || ties["held-back"] == 0 {
		t.Fatalf("nobody who stayed has the score of somebody who moved: %v", ties)
	}
	if count["core"] != 3 || count["held-back"] != 10 || count["second"] == 0 {
		t.Fatalf("the test is not what it should be: %v", count)
	}
	rev := reviewOf(w, firstHalf)
	unknown := []string{}
	for _, g := range rev.Groups {
		for _, x := range g.Unknown {
			unknown = append(unknown, x.Member)
		}
	}
	if len(unknown) != 2 {
		t.Errorf("unknown: %v", unknown)
	}
	// Again, and after a restart: nothing changes.
	before := w.state()
	for range 2 {
		w.tick()
		w = w.another()
	}
	if w.state() != before || len(w.items("review")) != 1 {
		t.Error("a second look changed something")
	}
	w.verify()
}

func TestAReviewWithNoticeWaitsForTheOfficers(t *testing.T) {
	w, all := community(t)
	live(w, all, "7d")
	w.tick()
	want := brute(all)
	if got := moved(w, all); len(got) != 0 {
		t.Fatalf("moved during the notice: %v", got)
	}
	names := map[string]string{}
	for _, p := range all {
		names[p.id] = p.name
	}
	var appeal, upheld, skipped string
	for _, mv := range reviewOf(w, firstHalf).Moves {
		if want[names[mv.Member]] != mv.To || mv.State != "proposed" {
			t.Errorf("proposed %+v", mv)
		}
		if mv.Kind == "down" {
			appeal, upheld, skipped = upheld, skipped, names[mv.Member]
		}
	}
	w.now += day
	w.hand("bylaw.review.appeal", to(appeal), "review", firstHalf, "text", "I was ill")
	w.hand("bylaw.review.appeal", to(upheld), "review", firstHalf, "text", "I was away")
	w.hand("bylaw.review.decide", to(appeal), "review", firstHalf, "uphold", false)
	w.hand("bylaw.review.decide", to(upheld), "review", firstHalf, "uphold", true)
	w.hand("bylaw.review.confirm", nil, "review", firstHalf, "skip", []string{w.id(skipped)})
	if got := moved(w, all); len(got) != 0 {
		t.Errorf("confirmed during the notice, %d moved at once", len(got))
	}
	w.pass(7 * day)
	delete(want, upheld)
	delete(want, skipped)
	if got := moved(w, all); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("moved %v\nwant  %v", got, want)
	}
	w.hand("bylaw.review.confirm", nil, "review", firstHalf) // again: nothing is left to move
	if got := moved(w, all); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("confirmed again: %v", got)
	}
	w.verify()
}

func TestAReviewWithoutAWordBecomesATask(t *testing.T) {
	w, all := community(t)
	live(w, all, "7d")
	w.pass(8 * day)
	tasks := 0
	for _, i := range w.items("task") {
		if i.Rule == "half-month" {
			tasks++
		}
	}
	if tasks != 1 || len(moved(w, all)) != 0 {
		t.Errorf("%d tasks, %d moved", tasks, len(moved(w, all)))
	}
	w.hand("bylaw.review.confirm", nil, "review", firstHalf)
	if fmt.Sprint(moved(w, all)) != fmt.Sprint(brute(all)) {
		t.Error("the word after the notice did not move everybody")
	}
}

// TestLateEventsBecomeACorrection: messages that arrive within 48 h after the
// period would have moved somebody else.
func TestLateEventsBecomeACorrection(t *testing.T) {
	w, all := community(t)
	live(w, all, "0")
	w.tick()
	before := moved(w, all)
	var winner *person // somebody of the second group who did not move
	for _, p := range all {
		if _, m := before[p.name]; !m && p.group == "second" && !p.silentType && p.score() == 4 {
			winner = p
		}
	}
	w.now += day
	for k := range 30 {
		e := w.by(winner.name, "message.sent")
		e.At, e.Group = at("2026-03-15 12:00")+engine.Time(k), "second"
		winner.messages = append(winner.messages, e.At)
		w.send(e)
	}
	w.pass(2 * day)
	if fmt.Sprint(moved(w, all)) != fmt.Sprint(before) {
		t.Fatal("late events moved somebody silently")
	}
	id := firstHalf + "+late"
	rev := reviewOf(w, id)
	if rev == nil {
		t.Fatal("no correction was proposed")
	}
	w.hand("bylaw.review.confirm", nil, "review", id)
	if want := brute(all); fmt.Sprint(moved(w, all)) != fmt.Sprint(want) {
		t.Errorf("corrected to %v\nwant %v", moved(w, all), want)
	}
	w.verify()
}

func TestSmallGroupsOnlyPromote(t *testing.T) {
	w, all := community(t)
	for i, p := range all { // 17 stay in second
		if p.group == "second" && i >= 32 {
			p.group = "core"
		}
	}
	live(w, all, "0")
	w.tick()
	got := moved(w, all)
	ups := 0
	for _, to := range got {
		if to == "held-back" {
			t.Fatal("somebody of a group of 17 was held back")
		}
		if to == "core" {
			ups++
		}
	}
	if ups == 0 || fmt.Sprint(got) != fmt.Sprint(brute(all)) {
		t.Errorf("moved %v\nwant  %v", got, brute(all))
	}
}

func TestALadderReview(t *testing.T) {
	w := newWorld(t, `
key: monthly
kind: tier
title: {en: Monthly, zh: 每月}
review:
  every: month
  ladder: default
  score: 'events("act", period).count()'
  up: {top: 1, from: participant, to: active}
  down: {bottom: 1, from: active, to: participant, when: 'score < 2'}
  notice: 0
`)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "act", Body: body(engine.EventType{Key: "act", Subject: engine.SubjectMember, CoveredFrom: at("2020-01-01 00:00")})})
	w.tick()
	for _, x := range []struct {
		name, tier string
		acts       int
	}{{"ada", "participant", 3}, {"bo", "participant", 4}, {"cy", "active", 1}, {"di", "active", 2}} {
		e := w.by(x.name, "hello")
		e.At = at("2026-01-05 10:00")
		w.send(e)
		w.hand("bylaw.tier.set", to(x.name), "ladder", "default", "to", x.tier)
		for range x.acts {
			w.do(x.name, "act")
		}
	}
	w.now = at("2026-04-01 00:01")
	w.tick()
	want := map[string]string{"ada": "participant", "bo": "active", "cy": "participant", "di": "active"}
	for name, tier := range want {
		if got := w.member(name).Tiers["default"].Tier; got != tier {
			t.Errorf("%s is %s, want %s", name, got, tier)
		}
	}
	rows, err := w.store.Reader("w").ListRecords(context.Background(), engine.MarkRecord, machine.TierPrefix("default", "active"), engine.Page{})
	if err != nil || len(rows.Items) != 2 {
		t.Errorf("the list of the active: %v, %v", rows.Items, err)
	}
	w.verify()
}
