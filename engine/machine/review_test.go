package machine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const halfMonth = `
key: half-month
kind: tier
title: {en: Half month, zh: 半月}
review:
  every: half_month
  groups: [second, core, held-back]
  score: 'events("message.sent", period).count() + 5 * events("invite.joined", period).count()'
  up: {top: 3, from: second, to: core, when: 'score >= 10'}
  down: {bottom: 10, from: second, to: held-back, when: 'score < 5'}
  back: {from: held-back, to: second, when: 'score >= 5'}
  exempt: 'member.days_in_group < 7 or member.officer'
  notice: %s
  min_group: 18
`

// person is one member of the review as the test made them.
type person struct {
	name, id, group string
	joined          engine.Time // the community
	inGroup         engine.Time
	messages        []engine.Time
	invites         int
	officer         bool
	silentType      bool // joined so late that the score is not known
}

// score is what the rule says, from the raw facts.
func (p *person) score() int { return len(p.messages) + 5*p.invites }

func (p *person) days() int {
	days := map[int64]bool{}
	for _, m := range p.messages {
		days[int64(m+8*hour)/int64(day)] = true
	}
	if p.invites > 0 {
		days[int64(at("2026-03-05 12:00")+8*hour)/int64(day)] = true
	}
	return len(days)
}

// community makes 120 people in three groups who talk from 1 to 15 March, with
// many equal scores.
func community(t fataler) (*world, []*person) {
	w := newWorld(t)
	w.now = at("2025-12-01 10:00")
	w.group("second", 0)
	w.group("core", 0)
	w.group("held-back", 0)
	var types []machine.Write
	for _, typ := range []string{"message.sent", "invite.joined"} {
		types = append(types, machine.Write{Kind: engine.DefineEventType, Key: typ, Body: body(engine.EventType{Key: typ, Subject: engine.SubjectMember, CoveredFrom: at("2020-01-01 00:00")})})
	}
	w.define(types...)
	var all []*person
	for i := range 120 {
		p := &person{name: fmt.Sprintf("p%03d", i), group: "second", joined: at("2025-12-02 10:00") + engine.Time(i%7)*hour}
		switch {
		case i < 15:
			p.group = "core"
		case i >= 100:
			p.group = "held-back"
		}
		p.inGroup = p.joined
		if i%11 == 3 { // new in the group: exempt
			p.inGroup = at("2026-03-12 09:00")
		}
		if i == 41 || i == 77 { // joined in the period: the score is only a lower bound
			p.joined, p.inGroup, p.silentType = at("2026-03-10 09:00"), at("2026-03-10 10:00"), true
		}
		p.officer = i%29 == 5
		all = append(all, p)
	}
	return w, all
}

// live plays the period through; the rule is published at its beginning.
func live(w *world, all []*person, notice string) {
	var events []engine.Event
	add := func(p *person, typ, group string, t engine.Time) {
		e := w.by(p.name, typ)
		e.At, e.Group = t, group
		events = append(events, e)
	}
	for _, p := range all {
		add(p, "member.joined", "", p.joined)
		add(p, "group.joined", p.group, p.inGroup)
	}
	for i, p := range all {
		n := []int{0, 1, 3, 4, 4, 5, 7, 12, 12, 15}[i%10]
		if i%13 == 0 {
			p.invites = 2
		}
		for k := range n {
			t := at("2026-03-01 00:00") + engine.Time((i*7+k*5)%14)*day + engine.Time(k)*hour
			if p.silentType {
				t = at("2026-03-11 10:00") + engine.Time(k)*hour
			}
			p.messages = append(p.messages, t)
			add(p, "message.sent", p.group, t)
		}
		for range p.invites {
			add(p, "invite.joined", p.group, at("2026-03-05 12:00"))
		}
		// None of these count: before the period, after it, and in another room.
		add(p, "message.sent", p.group, at("2026-02-28 23:59"))
		add(p, "message.sent", p.group, at("2026-03-16 00:00"))
		add(p, "message.sent", "elsewhere", at("2026-03-04 12:00"))
	}
	events = slices.DeleteFunc(events, func(e engine.Event) bool { return e.At < at("2025-12-02 00:00") })
	sort.SliceStable(events, func(i, j int) bool { return events[i].At < events[j].At })
	published := false
	for _, e := range events {
		if !published && e.At >= at("2026-03-01 00:00") {
			w.now, published = at("2026-03-01 00:00"), true
			w.publish(fmt.Sprintf(halfMonth, notice))
			w.tick()
		}
		w.now = max(w.now, e.At)
		w.send(e)
	}
	for _, p := range all {
		p.id = w.id(p.name)
		if p.officer {
			w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity(p.name), p.group }, "role", "assistant")
		}
	}
}

// brute works out who moves where, from the raw facts alone.
func brute(all []*person) map[string]string {
	end := at("2026-03-16 00:00")
	moves := map[string]string{}
	ranked := func(group string) (list []*person, size int) {
		for _, p := range all {
			if p.group == group {
				size++
				if !p.silentType {
					list = append(list, p)
				}
			}
		}
		sort.Slice(list, func(i, j int) bool {
			a, b := list[i], list[j]
			switch {
			case a.score() != b.score():
				return a.score() > b.score()
			case a.days() != b.days():
				return a.days() > b.days()
			case a.joined != b.joined:
				return a.joined < b.joined
			}
			return a.id < b.id
		})
		return list, size
	}
	second, size := ranked("second")
	for _, p := range second[:3] {
		if p.score() >= 10 {
			moves[p.name] = "core"
		}
	}
	held, _ := ranked("held-back")
	for _, p := range held {
		if p.score() >= 5 {
			moves[p.name] = "second"
		}
	}
	down := 0
	for i := len(second) - 1; i >= 0 && down < 10 && size >= 18; i-- {
		p := second[i]
		if (end-p.inGroup)/day < 7 || p.officer {
			continue
		}
		down++
		if _, up := moves[p.name]; !up && p.score() < 5 {
			moves[p.name] = "held-back"
		}
	}
	return moves
}

// moved is who stands elsewhere than the test put them.
func moved(w *world, all []*person) map[string]string {
	out := map[string]string{}
	for _, p := range all {
		m := w.member(p.name)
		for g := range m.Groups {
			if g != p.group {
				out[p.name] = g
			}
		}
		if len(m.Groups) != 1 {
			w.t.Fatalf("%s is in %v", p.name, m.Groups)
		}
	}
	return out
}

func reviewOf(w *world, id string) *machine.Review {
	for _, i := range w.items("review") {
		if i.ID == id {
			rev := new(machine.Review)
			if err := json.Unmarshal(i.Body, rev); err != nil {
				w.t.Fatalf("review: %v", err)
			}
			return rev
		}
	}
	return nil
}

const firstHalf = "half-month@2026-03-01/2026-03-15"

func TestAReviewOf120Members(t *testing.T) {
	w, all := community(t)
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
