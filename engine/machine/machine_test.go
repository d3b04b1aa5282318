package machine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// condition is a rule's condition as a Go function.
type condition func(*engine.Facts) (engine.Tri, error)

func (c condition) Eval(f *engine.Facts) (engine.Tri, error) { return c(f) }
func (c condition) Explain(f *engine.Facts) *engine.Finding {
	t, _ := c(f)
	return &engine.Finding{Outcome: t.Outcome()}
}

// value is an expression as a Go function.
type value func(*engine.Facts) engine.Value

func (v value) Eval(f *engine.Facts) (engine.Value, error) { return v(f), nil }
func (v value) Explain(f *engine.Facts) *engine.Finding    { return &engine.Finding{Value: v(f)} }

// fixedBooks answers the same rules at every revision.
type fixedBooks struct {
	rules   []*engine.Rule
	metrics *engine.MetricTable
}

func (b fixedBooks) Book(revision int64, _ []engine.Definition, _ *engine.Definitions) (*engine.Rulebook, error) {
	return &engine.Rulebook{Revision: revision, Rules: b.rules, Metrics: b.metrics}, nil
}

const noon = engine.Time(1_772_000_000_000_000)

func newMachine(t *testing.T, b fixedBooks) *machine.Machine {
	t.Helper()
	if b.metrics == nil {
		b.metrics = engine.NewMetricTable()
	}
	return machine.New(machine.Options{Store: scratch.New(), Books: b})
}

func plan(kind engine.EffectKind, fields ...engine.EffectField) engine.EffectPlan {
	return engine.EffectPlan{Kind: kind, Fields: fields}
}

func constant(name string, v engine.Value) engine.EffectField {
	return engine.EffectField{Name: name, Expr: value(func(*engine.Facts) engine.Value { return v })}
}

func keyed(name, key string) engine.EffectField { return engine.EffectField{Name: name, Key: key} }

func event(id, typ, member string, at engine.Time, props ...engine.Prop) engine.Event {
	return engine.Event{ID: id, Type: typ, At: at, Props: props,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "test", ExternalID: member}}}
}

func accept(t *testing.T, m *machine.Machine, events ...engine.Event) []machine.Result {
	t.Helper()
	last := noon
	for _, e := range events {
		last = max(last, e.At)
	}
	r, err := m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: last, Show: machine.ShowAll, Events: events})
	if err != nil {
		t.Fatalf("accept: %v", err)
	}
	return r
}

func TestThirdMessageIsRewardedOnce(t *testing.T) {
	table := engine.NewMetricTable()
	count := table.Intern(engine.Metric{Source: engine.OfMember, Type: "message.sent", Window: "7d", Agg: engine.Count})
	rule := &engine.Rule{Key: "third", Version: 1, Kind: engine.RewardRule, On: []string{"message.sent"}, Once: engine.OncePerMember,
		When: condition(func(f *engine.Facts) (engine.Tri, error) {
			if f.Metrics.Metric(count, f).Num >= 3 {
				return engine.Yes, nil
			}
			return engine.No, nil
		}),
		Then: []engine.EffectPlan{
			plan(engine.GrantPoints, constant("amount", engine.IntValue(10))),
			plan(engine.AwardBadge, keyed("badge", "talker"))}}
	m := newMachine(t, fixedBooks{rules: []*engine.Rule{rule}, metrics: table})
	for i := 1; i <= 5; i++ {
		e := event(fmt.Sprint("e", i), "message.sent", "ada", noon+engine.Time(i))
		r := accept(t, m, e)[0]
		again := accept(t, m, e)[0]
		if again.Status != machine.Duplicate || again.Position != r.Position {
			t.Fatalf("event %d sent twice: %+v", i, again)
		}
		effects := 0
		for _, d := range r.Decisions {
			effects += len(d.Effects)
		}
		if want := map[bool]int{true: 2}[i == 3]; effects != want {
			t.Errorf("event %d made %d effects, want %d: %+v", i, effects, want, r)
		}
	}
}

func TestFailingRuleIsPausedAndItsEventsKept(t *testing.T) {
	calls := 0
	bad := &engine.Rule{Key: "bad", Version: 1, On: []string{"x"}, When: condition(func(*engine.Facts) (engine.Tri, error) {
		calls++
		return engine.Maybe, errors.New("boom")
	})}
	m := newMachine(t, fixedBooks{rules: []*engine.Rule{bad}})
	for i := range 8 {
		if r := accept(t, m, event(fmt.Sprint(i), "x", "ada", noon))[0]; r.Status != machine.Accepted {
			t.Fatalf("event %d: %+v", i, r)
		}
	}
	if calls != 5 {
		t.Errorf("the rule ran %d times, want 5 and then a pause", calls)
	}
}
