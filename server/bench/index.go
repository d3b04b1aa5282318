package bench

import (
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

// steady answers metrics without windows, so that only finding and asking rules
// is measured, the same on both sides: counts are 2, sums go up to 2,400, so that
// an event suffices for about an eighth of the rules with only a threshold.
type steady struct{ sums []bool }

// Metric implements engine.MetricReader.
func (s steady) Metric(id int, f *engine.Facts) engine.Value {
	if s.sums[id] {
		return engine.IntValue(f.Event.Props[0].Value.Num * 12)
	}
	return engine.IntValue(2)
}

// view compiles a load's rules.
func (l *Load) view() (*machine.View, error) {
	list, err := l.definitions()
	if err != nil {
		return nil, err
	}
	m := machine.New(machine.Options{Store: scratch.New(), Books: &rules.Books{}})
	v, err := m.NewView(engine.LaneState{Revision: 1}, list)
	if err == nil && len(v.Book.Rules) != l.Rules {
		err = fmt.Errorf("%d of %d rules compile", len(v.Book.Rules), l.Rules)
	}
	return v, err
}

// definitions are a load's event types and rules, all live.
func (l *Load) definitions() ([]engine.Definition, error) {
	writes, err := l.Writes()
	if err != nil {
		return nil, err
	}
	var list []engine.Definition
	for _, w := range writes {
		list = append(list, engine.Definition{Kind: w.Kind, Key: w.Key, Revision: 1, Body: w.Body})
	}
	return list, nil
}

// Index measures what an event costs with many rules, found through the index,
// against asking every rule (naive evaluation). The same closures answer both.
func (r *Report) Index(members, rules int, goal float64) error {
	l := NewLoad(members, rules)
	v, err := l.view()
	if err != nil {
		return err
	}
	answers := steady{make([]bool, len(v.Book.Metrics.All))}
	for id, m := range v.Book.Metrics.All {
		answers.sums[id] = m.Agg == engine.Sum
	}
	facts := make([]engine.Facts, 2000)
	for i := range facts {
		e := l.Next().Engine()
		facts[i] = engine.Facts{Event: &e, Now: e.At, Defs: v.Defs, Zone: v.Zone, Metrics: answers,
			Member: &engine.Member{ID: "m", Tiers: map[string]engine.TierState{engine.DefaultLadder: {Tier: "active"}}}}
	}
	var ratios, found, naive []float64
	for range 7 {
		a := timeIndexed(v, facts)
		b := timeNaive(v, facts[:200])
		ratios, found, naive = append(ratios, b/a), append(found, a), append(naive, b)
	}
	r.add(Figure{Name: fmt.Sprintf("an event with %d rules: naive against indexed", rules), Ratio: median(ratios),
		Goal: fmt.Sprintf(">= %.0f", goal), Met: median(ratios) >= goal,
		Detail: fmt.Sprintf("%.2f us indexed, %.1f us asking every rule", median(found), median(naive))})
	return nil
}

// timeIndexed is the microseconds an event takes through the index.
func timeIndexed(v *machine.View, facts []engine.Facts) float64 {
	var numbers []int
	begun := time.Now()
	for i := range facts {
		f := &facts[i]
		numbers = v.Candidates(numbers[:0], f)
		for _, n := range numbers {
			ask(v.Book.Rules[n], f)
		}
	}
	return float64(time.Since(begun).Nanoseconds()) / 1000 / float64(len(facts))
}

// timeNaive is the microseconds an event takes when every rule is asked.
func timeNaive(v *machine.View, facts []engine.Facts) float64 {
	begun := time.Now()
	for i := range facts {
		for _, rule := range v.Book.Rules {
			ask(rule, &facts[i])
		}
	}
	return float64(time.Since(begun).Nanoseconds()) / 1000 / float64(len(facts))
}

// ask evaluates a rule's condition; what it answers does not matter here.
func ask(r *engine.Rule, f *engine.Facts) {
	f.Steps = engine.MaxSteps
	_, _ = r.When.Eval(f) // only the time counts
}
