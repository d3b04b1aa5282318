package machine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const generous = `
key: generous
kind: reward
title: {en: Generous, zh: 大方}
on: hello
once: member
then:
  - grant_points: {amount: 50, expires: 30d}
  - award_badge: {badge: friend}
  - issue_coupon: {pool: tea}
  - grant_privilege: {privilege: gold}
  - add_tag: {tag: seen}
  - remove_tag: {tag: new}
  - move_tier: {to: active}
  - join_group: {group: main}
  - leave_group: {group: lobby}
  - move_group: {from: hall, to: core}
  - pay: {account: points, amount: 20}
  - create_task: {text: hello}
`

// takeBack undoes all that a rule has made that can be, and answers how many
// effects that were.
func (w *world) takeBack(rule string) (n int) {
	w.t.Helper()
	for _, d := range w.decisions(rule) {
		for i := range d.Effects {
			e := &d.Effects[i]
			fields, ok := machine.Undoable(e)
			if !ok {
				continue
			}
			n++
			w.undo(&d, e, fields)
		}
	}
	return n
}

func (w *world) undo(d *engine.Decision, e *engine.Effect, fields []string) {
	w.t.Helper()
	props := []any{"rule", d.Rule, "version", d.Version, "occurrence", d.Occurrence, "number", e.Number, "kind", string(e.Kind),
		"ref", e.Ref, "subject", d.Subject, "ladder", "default"}
	for _, c := range w.items("coupon") {
		if c.ID == e.Ref {
			props = append(props, "code", "tea-1")
		}
	}
	event := w.by("", machine.UndoType, props...)
	event.Member = engine.MemberRef{ID: d.Subject}
	for _, name := range fields {
		if v, ok := e.Fields[name]; ok {
			event.Props = append(event.Props, engine.Prop{Name: "field." + name, Value: v})
		}
	}
	engine.SortProps(event.Props)
	r := w.try(machine.Batch{Source: "undo", Reserved: true, Events: []engine.Event{event}})[0]
	if r.Status != machine.Accepted {
		w.t.Fatalf("%+v", r)
	}
}

// Everything that can be taken back is as it was before, once, by events that a
// replay makes again.
func TestWhatARuleGaveIsTakenBackOnce(t *testing.T) {
	w := newWorld(t)
	for _, g := range []string{"main", "core", "hall", "lobby"} {
		w.group(g, 0)
	}
	for key, kind := range map[string]string{"friend": "badge", "tea": "coupon", "gold": "privilege"} {
		w.reward(engine.Reward{Key: key, Kind: kind, Stock: 10})
	}
	w.do("ada", "other")
	w.hand("bylaw.member.set", to("ada"), "tags_add", []string{"new"})
	for _, g := range []string{"hall", "lobby"} {
		w.hand("bylaw.group.join", func(e *engine.Event) { e.Member, e.Group = identity("ada"), g })
	}
	was := portrait(w.member("ada"))
	w.publish(generous)
	w.do("ada", "hello")
	if portrait(w.member("ada")) == was {
		t.Fatal("the rule did nothing")
	}
	w.pass(day)
	if n := w.takeBack("generous"); n != 11 {
		t.Errorf("%d effects can be taken back, not 11", n)
	}
	if now := portrait(w.member("ada")); now != was {
		t.Errorf("was  %s\nis   %s", was, now)
	}
	for _, c := range w.items("coupon") {
		if c.State != "void" {
			t.Errorf("coupon %+v", c)
		}
	}
	w.takeBack("generous")
	if now := portrait(w.member("ada")); now != was {
		t.Errorf("a second time changed something: %s", now)
	}
	w.pass(40 * day) // what was taken back does not expire as well
	if n := w.member("ada").Accounts["points"].Balance; n != 0 {
		t.Errorf("%d points", n)
	}
	w.verify()
}

// portrait is what undoing must bring back.
func portrait(m *engine.Member) string {
	groups := []string{}
	for _, g := range []string{"main", "core", "hall", "lobby"} {
		if m.InGroup(g) {
			groups = append(groups, g)
		}
	}
	return fmt.Sprint(m.Accounts["points"].Balance, len(m.Badges), len(m.Privileges), m.Tags, m.Tiers["default"].Tier, groups)
}

// What a rule has clawed back is not taken a second time, nor the other way
// round.
func TestReversedAndUndoneIsTakenOnce(t *testing.T) {
	const claw = `
key: claw
kind: reward
title: {en: Claw, zh: 追回}
on: bye
once: member
then:
  - reverse: {rule: five}
`
	five := "\nkey: five\nkind: reward\ntitle: {en: Five, zh: 五}\non: hello\nonce: member\nthen:\n  - grant_points: {amount: 5}\n"
	for _, clawFirst := range []bool{true, false} {
		w := newWorld(t, five, claw)
		w.do("ada", "hello")
		if clawFirst {
			w.do("ada", "bye")
			w.takeBack("five")
		} else {
			w.takeBack("five")
			w.do("ada", "bye")
		}
		if n := w.member("ada").Accounts["points"].Balance; n != 0 {
			t.Errorf("claw first %v: %d points", clawFirst, n)
		}
		w.verify()
	}
}

// Where there is no seat to come back to, the effect stays, to be asked again.
func TestAMemberComesBackWhereThereIsASeat(t *testing.T) {
	w := newWorld(t)
	w.group("small", 1)
	w.publish("\nkey: out\nkind: reward\ntitle: {en: Out, zh: 出}\non: hello\nthen:\n  - leave_group: {group: small}\n")
	join := func(who string) {
		w.hand("bylaw.group.join", func(e *engine.Event) { e.Member, e.Group = identity(who), "small" })
	}
	join("ada")
	w.do("ada", "hello")
	join("bo")
	w.takeBack("out")
	if w.member("ada").InGroup("small") {
		t.Fatal("ada sits on bo's seat")
	}
	w.hand("bylaw.group.leave", func(e *engine.Event) { e.Member, e.Group = identity("bo"), "small" })
	w.takeBack("out")
	if !w.member("ada").InGroup("small") {
		t.Error("ada did not come back")
	}
	key := engine.RecordKey{Kind: engine.MarkRecord}
	for _, d := range w.decisions("out") {
		key.Key = machine.UndoneKey(d.Rule, d.Subject, d.Occurrence, 0)
	}
	if found, err := w.store.Reader("w").Records(context.Background(), []engine.RecordKey{key}); err != nil || found[key] == nil || !strings.HasPrefix(key.Key, "undone|") {
		t.Error("nothing says that it is undone", err)
	}
	w.verify()
}
