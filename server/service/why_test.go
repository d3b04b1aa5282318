package service_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service"
)

// randomRules look at counts, points, tiers, fields that may be missing and
// windows that are not covered, and are stopped by every kind of limit.
var randomRules = map[string]string{
	"cooling": `on: visit.made
when: 'event.props.kind == "long" or member.points > 40'
then: [{grant_points: {amount: 7}}]
limits: {cooldown: 36h}`,
	"capped": `on: [visit.made, talk.held]
when: 'events("visit.made", "all").count() >= 2'
then: [{grant_points: {amount: 3}}]
limits: {per_member: {times: 2, per: day}, total: {times: 9, per: week}}`,
	"spent": `on: talk.held
then: [{grant_points: {amount: 11}}, {add_tag: {tag: speaker}}]
limits: {budget: {points: 30, per: day}}`,
	"first": `on: visit.made
once: member
when: '"speaker" in member.tags and not has_badge("none")'
then: [{grant_points: {amount: 1}}]`,
	"unknown": `on: visit.made
when: 'events("visit.made", "7d").count() < 4 and (member.attrs.level ?? 0) < 3'
then: [{add_tag: {tag: quiet}}]`,
	"field": `on: visit.made
when: 'event.props.size / (member.points - 10) >= 1'
then: [{grant_points: {amount: 'event.props.size'}}]`,
	"up": `on: talk.held
when: 'member.points >= 20'
tier: {to: participant}`,
}

// town is a workspace on a store in memory.
type town struct {
	t       *testing.T
	service *service.Service
	machine *machine.Machine
	who     service.Caller
}

func newTown(t *testing.T) *town {
	store, books := scratch.NewKeeping(), &rules.Books{}
	m := machine.New(machine.Options{Store: store, Books: books})
	n := 0
	w := &town{t: t, machine: m, who: service.Caller{Workspace: "w", By: "somebody", Now: engine.TimeOf(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)), Personal: true}}
	w.service = service.New(service.Options{Machine: m, Books: books, Readers: store, Outbox: store.Outbox(), Past: simulate.New(store, books),
		Language: service.Bylaw{}, NewID: func() string { n++; return fmt.Sprint("id", n) }})
	return w
}

func (w *town) publish(key, body string) {
	w.t.Helper()
	kind := "reward"
	if key == "up" {
		kind = "tier"
	}
	source := "key: " + key + "\nkind: " + kind + "\ntitle: {en: X, zh: 某}\n" + body + "\n"
	if _, _, err := w.service.Rules.Save(context.Background(), w.who, key, []byte(source), service.Match{}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.service.Rules.Publish(context.Background(), w.who, key, service.Match{}, service.Publication{}); err != nil {
		w.t.Fatalf("%s: %v", key, err)
	}
}

// TestWhyAgrees: in a random community, why says of every decision that was
// stored, and of many that were not, just what the rule said then.
func TestWhyAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 3))
	w := newTown(t)
	for _, key := range []string{"capped", "cooling", "field", "first", "spent", "unknown", "up"} {
		w.publish(key, randomRules[key])
	}
	answered := map[engine.Outcome]int{}
	reasons := map[engine.Reason]int{}
	var checks []func()
	for i := range 220 {
		w.who.Now = w.who.Now.Add(time.Duration(random.IntN(7*3600)) * time.Second)
		e := randomEvent(random, i, w.who.Now)
		out, err := w.machine.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: w.who.Now, Events: []engine.Event{e}, Show: machine.ShowAll})
		if err != nil || out[0].Status != machine.Accepted {
			t.Fatalf("%+v: %v", out, err)
		}
		for _, d := range out[0].Decisions {
			answered[d.Outcome]++
			reasons[d.Reason]++
			stored := d.Outcome == engine.OutcomeTrue || d.Outcome == engine.OutcomeError
			if stored || random.IntN(3) == 0 {
				checks = append(checks, func() { w.agrees(d, stored) })
			}
		}
	}
	for _, check := range checks {
		check()
	}
	for _, o := range []engine.Outcome{engine.OutcomeTrue, engine.OutcomeFalse, engine.OutcomeUnknown} {
		if answered[o] < 20 {
			t.Errorf("only %d decisions were %s: the community is too dull", answered[o], o)
		}
	}
	for _, r := range []engine.Reason{engine.Cooldown, engine.CapReached, engine.OverBudget, engine.AlreadyDone, engine.MissingProp} {
		if reasons[r] == 0 {
			t.Errorf("nothing was stopped by %s", r)
		}
	}
	for r := range reasons {
		if _, ok := engine.ReasonOf(r); !ok && r != "" {
			t.Errorf("reason %q is not in the list", r)
		}
	}
}

func randomEvent(random *rand.Rand, i int, at engine.Time) engine.Event {
	e := engine.Event{ID: fmt.Sprint("e", i), Type: []string{"visit.made", "visit.made", "talk.held"}[random.IntN(3)], At: at,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "c", ExternalID: fmt.Sprint("m", random.IntN(9))}}}
	if random.IntN(2) == 0 {
		e.Props = append(e.Props, engine.Prop{Name: "kind", Value: engine.StringValue([]string{"long", "short"}[random.IntN(2)])})
	}
	if random.IntN(3) > 0 {
		e.Props = append(e.Props, engine.Prop{Name: "size", Value: engine.IntValue(int64(random.IntN(60)))})
	}
	return e
}

// agrees compares a decision as it was answered with why.
func (w *town) agrees(d engine.Decision, stored bool) {
	w.t.Helper()
	a, err := w.service.Why.Ask(context.Background(), w.who, service.WhyQuery{Member: d.Subject, Rule: d.Rule, Event: fmt.Sprint(d.Position)})
	if err != nil {
		w.t.Errorf("%s at %d: %v", d.Rule, d.Position, err)
		return
	}
	r := a.Rules[0]
	reason := engine.Reason("")
	if r.Because != nil {
		reason = r.Because.Code
	}
	if r.Outcome != d.Outcome || reason != d.Reason || (r.Source == service.Stored) != stored {
		w.t.Errorf("%s at %d was %s %q (stored %v); why says %s %q, %s: %s", d.Rule, d.Position, d.Outcome, d.Reason, stored, r.Outcome, reason, r.Source, r.Text.En)
	}
	if r.Condition != nil && d.Outcome != engine.OutcomeError && d.Detail == "" && r.Condition.Outcome != d.Outcome && d.Reason != engine.FieldUnknown {
		w.t.Errorf("%s at %d was %s; its condition is explained as %s", d.Rule, d.Position, d.Outcome, r.Condition.Outcome)
	}
	if len(r.Effects) < len(d.Effects) {
		w.t.Errorf("%s at %d made %d effects; why tells of %d", d.Rule, d.Position, len(d.Effects), len(r.Effects))
	}
	for _, e := range r.Effects {
		if e.Kind == engine.GrantPoints && e.Ref != "" && e.Entry == nil {
			w.t.Errorf("%s at %d: entry %s is not told", d.Rule, d.Position, e.Ref)
		}
	}
	if b := r.Because; b != nil && (b.Code == engine.Cooldown || b.Code == engine.CapReached || b.Code == engine.OverBudget) && b.Until <= d.At {
		w.t.Errorf("%s at %d: %s until %s, asked at %s", d.Rule, d.Position, b.Code, b.Until, d.At)
	}
	if r.Text.En == "" || r.Text.Zh == "" {
		w.t.Errorf("%s at %d: no words", d.Rule, d.Position)
	}
}
