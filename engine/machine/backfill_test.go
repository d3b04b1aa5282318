package machine_test

import (
	"encoding/json"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const welcome = `
key: welcome
kind: reward
title: {en: Welcome, zh: 欢迎}
on: hello
once: member
limits: {budget: {points: 25, per: ever}}
then:
  - grant_points: {amount: 10}
  - send: {channel: app, text: hello}
  - add_tag: {tag: seen}
`

// madeUp is the event that makes up for a rule's effects.
func (w *world) madeUp(id, member string, version int, when engine.Time, effects ...engine.Effect) engine.Event {
	w.t.Helper()
	list, err := json.Marshal(effects)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	e := w.by("", machine.BackfillType, "rule", "welcome", "version", version, "subject", w.id(member), "occurrence", "member",
		"effects", string(list), "asked", int(w.now))
	e.ID, e.At, e.Member = id, when, engine.MemberRef{ID: w.id(member)}
	return e
}

func (w *world) makeUp(events ...engine.Event) []machine.Result {
	w.t.Helper()
	return w.try(machine.Batch{Source: "backfill", Reserved: true, Show: machine.ShowMatched, Events: events})
}

// What is made up for is used up as if the rule had acted then: once, within its
// budget, by this version alone; and a replay makes the same.
func TestARuleMakesUpForAnOccurrenceOnce(t *testing.T) {
	w := newWorld(t)
	w.define(machine.Write{Kind: engine.DefineChannel, Key: "app", Body: body(engine.ChannelDef{Key: "app", Plugin: "logfile"})})
	for _, who := range []string{"ada", "bo", "cy"} {
		w.do(who, "hello")
	}
	then := w.now
	w.pass(5 * day)
	w.publish(welcome)
	points := engine.Effect{Kind: engine.GrantPoints, Number: 0, Fields: map[string]engine.Value{"amount": engine.IntValue(10)}}
	send := engine.Effect{Kind: engine.Send, Number: 1, Fields: map[string]engine.Value{"channel": engine.StringValue("app"), "text": engine.StringValue("hello")}}
	tag := engine.Effect{Kind: engine.AddTag, Number: 2, Fields: map[string]engine.Value{"tag": engine.StringValue("seen")}}

	if w.makeUp(w.madeUp("0", "ada", 2, then, points)); len(w.ledger(w.id("ada"))) != 0 {
		t.Error("a version that is not in force did something")
	}
	first := w.madeUp("1", "ada", 1, then, points, tag)
	for i, id := range []string{"1", "1", "2"} { // again after a crash, and by another job
		e := first
		e.ID = id
		r := w.makeUp(e)[0]
		if want := []int{1, 1, 0}[i]; len(r.Decisions) != want {
			t.Errorf("%d: %+v", i, r)
		}
	}
	l := w.ledger(w.id("ada"))
	if len(l) != 1 || l[0].At != then || l[0].Rule != "welcome" || l[0].Occurrence != "member" || !w.member("ada").HasTag("seen") || len(w.deliveries()) != 0 {
		t.Errorf("ada has %+v, %d messages", l, len(w.deliveries()))
	}
	if d := w.do("ada", "hello")["welcome"]; d.Reason != engine.AlreadyDone {
		t.Errorf("live, afterwards: %+v", d)
	}
	w.makeUp(w.madeUp("3", "bo", 1, then, points, send))
	sent := w.deliveries()
	if len(sent) != 1 || sent[0].Due < w.now || sent[0].NotAfter <= w.now {
		t.Errorf("a message that was asked for is too late: %+v", sent)
	}
	r := w.makeUp(w.madeUp("4", "cy", 1, then, points, tag))[0]
	if len(r.Decisions) != 1 || r.Decisions[0].Reason != engine.OverBudget || len(w.ledger(w.id("cy"))) != 0 || w.member("cy").HasTag("seen") {
		t.Errorf("beyond the budget: %+v", r)
	}
	w.verify()
}

// What a rule does not do now it does not make up for either.
func TestARuleThatIsGoneMakesUpForNothing(t *testing.T) {
	w := newWorld(t)
	w.do("ada", "hello")
	w.publish(welcome)
	points := engine.Effect{Kind: engine.GrantPoints, Fields: map[string]engine.Value{"amount": engine.IntValue(10)}}
	e := w.madeUp("1", "ada", 1, w.now, points)
	w.unpublish("welcome")
	if r := w.makeUp(e)[0]; len(r.Decisions) != 0 || len(w.ledger(w.id("ada"))) != 0 {
		t.Errorf("%+v", r)
	}
	w.verify()
}
