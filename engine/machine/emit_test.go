package machine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// chain emits a step after each one, and counts them.
const chain = `
key: chain
kind: reward
title: {en: Chain, zh: 链}
on: step
when: 'true'
then:
  - grant_points: {amount: 1}
  - emit: {type: step, props: {n: 'event.props.n + 1'}}
`

func TestEmitStopsAtDepthFive(t *testing.T) {
	w := newWorld(t, chain)
	d := w.send(w.by("ada", "step", "n", 0))[0].Decisions
	if len(d) != engine.MaxEmitDepth+1 {
		t.Fatalf("%d decisions, want %d", len(d), engine.MaxEmitDepth+1)
	}
	last := d[len(d)-1].Effects[1]
	if last.Reason != engine.CapReached {
		t.Errorf("the last emission: %+v", last)
	}
	log := w.log()
	first := log[0].Position
	for i, e := range log {
		if e.Position != first+int64(i) {
			t.Errorf("event %d stands at %d", i, e.Position)
		}
	}
	// The order goes on behind what was emitted last, also where nothing follows in the batch.
	if r := w.send(w.by("ada", "step", "n", 0))[0]; r.Position != first+engine.PositionStride {
		t.Errorf("the next event stands at %d", r.Position)
	}
	if n := w.member("ada").Accounts["points"].Balance; n != 2*(engine.MaxEmitDepth+1) {
		t.Errorf("%d points", n)
	}
	w.verify()
}

// TestMoreChildrenThanTheStrideAllows: six rules that each answer every event of
// five levels would make 6^5 events; the gap between two events from outside
// bounds them.
func TestMoreChildrenThanTheStrideAllows(t *testing.T) {
	var docs []string
	for i := range 6 {
		docs = append(docs, strings.Replace(chain, "key: chain", fmt.Sprint("key: chain-", i), 1))
	}
	w := newWorld(t, docs...)
	r := w.send(w.by("ada", "step", "n", 0), w.by("bo", "step", "n", 0))
	capped := 0
	for _, d := range r[0].Decisions {
		if d.Effects[1].Reason == engine.CapReached {
			capped++
		}
	}
	if n := len(w.log()); n != 2*engine.PositionStride || capped == 0 {
		t.Errorf("%d events, %d emissions were stopped", n, capped)
	}
	if r[1].Position != r[0].Position+engine.PositionStride {
		t.Errorf("the second event stands at %d", r[1].Position)
	}
	w.verify()
}

func TestRulesCannotEmitBylawsOwnTypes(t *testing.T) {
	rule := &engine.Rule{Key: "sly", Version: 1, On: []string{"x"}, Then: []engine.EffectPlan{plan(engine.Emit, keyed("type", "bylaw.points.grant"))}}
	m := newMachine(t, fixedBooks{rules: []*engine.Rule{rule}})
	d := accept(t, m, event("1", "x", "ada", noon))[0].Decisions[0]
	if d.Effects[0].Reason != engine.WrongKind {
		t.Errorf("effect %+v", d.Effects[0])
	}
}

// flaky fails as long as it is told to.
func flaky(failing *bool, calls *int) *engine.Rule {
	return &engine.Rule{Key: "flaky", Version: 1, On: []string{"x"},
		When: condition(func(*engine.Facts) (engine.Tri, error) {
			*calls++
			if *failing {
				return engine.Maybe, errors.New("boom")
			}
			return engine.No, nil
		})}
}

func TestASuccessInBetweenEndsARowOfFailures(t *testing.T) {
	failing, calls := true, 0
	store := scratch.New()
	books := fixedBooks{rules: []*engine.Rule{flaky(&failing, &calls)}, metrics: engine.NewMetricTable()}
	m := machine.New(machine.Options{Store: store, Books: books})
	n := 0
	send := func(times int) {
		for range times {
			n++
			accept(t, m, event(fmt.Sprint(n), "x", "ada", noon))
		}
	}
	send(4)
	failing = false
	send(1)
	failing = true
	send(4)
	if calls != 9 {
		t.Fatalf("asked %d times, want 9", calls)
	}
	m = machine.New(machine.Options{Store: store, Books: books}) // the count survives a restart
	send(5)
	if calls != 10 {
		t.Errorf("asked %d times, want 10: the fifth failure in a row paused it", calls)
	}
	rows, _ := store.Reader("w").ListItems(context.Background(), engine.ItemQuery{Kind: "task"})
	if len(rows.Items) != 1 || rows.Items[0].Rule != "flaky" {
		t.Errorf("tasks %+v", rows.Items)
	}
	books.rules[0].LiveFrom = 1 // resumed
	m = machine.New(machine.Options{Store: store, Books: books})
	failing = false
	send(3)
	if calls != 13 {
		t.Errorf("asked %d times after it was resumed, want 13", calls)
	}
}

func TestAFailingEffectFieldPausesTheRuleToo(t *testing.T) {
	w := newWorld(t, `
key: greedy
kind: reward
title: {en: Greedy, zh: 贪心}
on: x
when: 'true'
then:
  - grant_points: {amount: 'event.props.n * 9223372036854775807'}
`)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "x", Body: body(engine.EventType{Key: "x", Subject: engine.SubjectMember,
		Fields: []engine.Field{{Name: "n", Type: "integer"}}})})
	var outcomes []engine.Outcome
	for range 7 {
		if d, ok := w.do("ada", "x", "n", 2)["greedy"]; ok {
			outcomes = append(outcomes, d.Outcome)
		}
	}
	if want := slices.Repeat([]engine.Outcome{engine.OutcomeError}, 5); !slices.Equal(outcomes, want) {
		t.Errorf("outcomes %v, want %v", outcomes, want)
	}
	if len(w.decisions("greedy")) != 5 || len(w.log()) != 7 {
		t.Errorf("%d decisions, %d events", len(w.decisions("greedy")), len(w.log()))
	}
}

// What a rule makes is nothing that the member did, so leaving it out of the
// member's own events must not leave out the one that it came of.
func TestWhatIsEmittedDoesNotHideWhatTheMemberDid(t *testing.T) {
	w := newNaive(t)
	w.publish("key: echo\nkind: reward\ntitle: {en: A, zh: 甲}\non: act\nthen:\n  - emit: {type: echoed}\n",
		"key: quiet\nkind: reward\ntitle: {en: B, zh: 乙}\non: [echoed, vote.received]\nwhen: 'silent_for(\"2d\")'\nthen:\n  - add_tag: {tag: quiet}\n")
	w.now += 5 * day
	if d := w.do("ada", "act")["quiet"]; d.Outcome != engine.OutcomeFalse {
		t.Errorf("at what came of her act she is silent: %s", d.Outcome)
	}
	if d := w.do("ada", "vote.received")["quiet"]; d.Outcome != engine.OutcomeFalse {
		t.Errorf("at a vote that came at the same moment she is silent: %s", d.Outcome)
	}
	w.now += 3 * day
	if d := w.do("ada", "vote.received")["quiet"]; d.Outcome != engine.OutcomeTrue {
		t.Errorf("three days later she is not silent: %s (%s)", d.Outcome, d.Reason)
	}
}
