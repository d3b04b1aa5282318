package machine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"

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
func community(t fataler) (*world, []*person) { return settle(newWorld(t)) }

func settle(w *world) (*world, []*person) {
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

// happenings are the events of everybody, in order.
func happenings(w *world, all []*person) (events []engine.Event) {
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
		if i%13 == 0 && i != 26 { // so that the third place of the second group is one of many with 15
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
	return events
}

// live plays the period through; the rule is published at its beginning.
func live(w *world, all []*person, notice string) {
	events, begin := happenings(w, all), at("2026-03-01 00:00")
	before := sort.Search(len(events), func(i int) bool { return events[i].At >= begin })
	send := func(some []engine.Event) {
		for batch := range slices.Chunk(some, 40) {
			w.now = max(w.now, batch[len(batch)-1].At)
			w.send(batch...)
		}
	}
	send(events[:before])
	w.now = begin
	w.publish(fmt.Sprintf(halfMonth, notice))
	w.tick()
	send(events[before:])
	for _, p := range all {
		p.id = w.id(p.name)
		if p.officer {
			w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity(p.name), p.group }, "role", "assistant")
		}
	}
}

// ranked sorts the people of a group whose score is known.
func ranked(all []*person, group string) (list []*person, size int) {
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

// brute works out who moves where, from the raw facts alone.
func brute(all []*person) map[string]string {
	end := at("2026-03-16 00:00")
	moves := map[string]string{}
	second, size := ranked(all, "second")
	for _, p := range second[:3] {
		if p.score() >= 10 {
			moves[p.name] = "core"
		}
	}
	held, _ := ranked(all, "held-back")
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

// tiesAtTheCut counts those who stayed in the second group with the very score of
// somebody who went, by where that one went: what is not the score decided.
func tiesAtTheCut(all []*person, moves map[string]string) map[string]int {
	went := map[string]map[int]bool{"core": {}, "held-back": {}}
	for _, p := range all {
		if to := moves[p.name]; p.group == "second" && to != "" {
			went[to][p.score()] = true
		}
	}
	ties := map[string]int{}
	for _, p := range all {
		if p.group != "second" || moves[p.name] != "" || p.silentType || p.officer || (at("2026-03-16 00:00")-p.inGroup)/day < 7 {
			continue
		}
		for to, scores := range went {
			if scores[p.score()] {
				ties[to]++
			}
		}
	}
	return ties
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
