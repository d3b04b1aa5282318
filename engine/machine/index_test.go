package machine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"pgregory.net/rapid"
)

// selective are conditions that an index may file, with what they mean; nil is
// unknown.
var selective = []struct {
	when string
	is   func(e *engine.Event) any
}{
	{`event.props.k == "a"`, func(e *engine.Event) any { return text(e, "k", "a") }},
	{`event.props.k in ["a", "b"] and event.props.n > 2`, func(e *engine.Event) any {
		return and(text(e, "k", "a", "b"), number(e, func(n float64) bool { return n > 2 }))
	}},
	{`event.props.n == 3`, func(e *engine.Event) any { return number(e, func(n float64) bool { return n == 3 }) }},
	{`event.group == "g1" and event.props.k == "c"`, func(e *engine.Event) any { return and(of(e.Group, "g1"), text(e, "k", "c")) }},
	{`event.group in ["g1", "g2"]`, func(e *engine.Event) any { return of(e.Group, "g1", "g2") }},
	{`event.origin == "poster" and true`, func(e *engine.Event) any { return of(e.Origin, "poster") }},
	{`event.content == "c1" or event.props.k == "b"`, func(e *engine.Event) any { return or(of(e.Content, "c1"), text(e, "k", "b")) }},
	{`event.props.flag == true`, func(e *engine.Event) any {
		if v := e.Prop("flag"); v.Kind == engine.Bool {
			return v.Num == 1
		}
		return nil
	}},
	{`event.props.n > 4`, func(e *engine.Event) any { return number(e, func(n float64) bool { return n > 4 }) }},
}

func text(e *engine.Event, prop string, want ...string) any {
	if v := e.Prop(prop); v.Kind == engine.String {
		return slices.Contains(want, v.Str)
	}
	return nil
}

func number(e *engine.Event, is func(float64) bool) any {
	if v := e.Prop("n"); v.Kind == engine.Int || v.Kind == engine.Decimal {
		return is(v.Float())
	}
	return nil
}

func of(have string, want ...string) any {
	if have == "" {
		return nil
	}
	return slices.Contains(want, have)
}

func and(a, b any) any {
	switch {
	case a == false || b == false:
		return false
	case a == nil || b == nil:
		return nil
	}
	return true
}

func or(a, b any) any {
	switch {
	case a == true || b == true:
		return true
	case a == nil || b == nil:
		return nil
	}
	return false
}

// TestTheIndexLeavesNoRuleOut: whatever an event has, lacks, or has of another
// kind, every rule that is not plainly false is decided, and rightly.
func TestTheIndexLeavesNoRuleOut(t *testing.T) {
	var docs []string
	for i, s := range selective {
		docs = append(docs, fmt.Sprintf("key: s%d\nkind: reward\ntitle: {en: S, zh: 选}\non: act\nwhen: '%s'\nthen:\n  - add_tag: {tag: t}\n", i, s.when))
	}
	w := newWorld(t, docs...)
	rapid.Check(t, func(t *rapid.T) {
		w.t = t
		e := w.by("ada", "act")
		e.Group = rapid.SampledFrom([]string{"", "g1", "g2", "g3"}).Draw(t, "group")
		e.Content = rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "content")
		e.Origin = rapid.SampledFrom([]string{"", "poster", "friend"}).Draw(t, "origin")
		values := []engine.Value{engine.StringValue("a"), engine.StringValue("b"), engine.StringValue("c"), engine.IntValue(3), engine.IntValue(5),
			engine.DecimalValue(3_000_000), engine.DecimalValue(4_500_000), engine.BoolValue(true), engine.BoolValue(false), engine.ListValue(engine.StringValue("a"))}
		for _, name := range []string{"flag", "k", "n"} {
			if rapid.Bool().Draw(t, "has "+name) {
				e.Props = append(e.Props, engine.Prop{Name: name, Value: rapid.SampledFrom(values).Draw(t, name)})
			}
		}
		got := byRule(w.send(e)[0].Decisions)
		for i, s := range selective {
			want := map[any]engine.Outcome{true: engine.OutcomeTrue, false: engine.OutcomeFalse, nil: engine.OutcomeUnknown}[s.is(&e)]
			d, decided := got[fmt.Sprint("s", i)]
			if !decided {
				d.Outcome = engine.OutcomeFalse // left out: plainly false
			}
			if d.Outcome != want {
				t.Fatalf("%s of %+v: %s (%s), want %s", s.when, e, d.Outcome, d.Reason, want)
			}
		}
	})
}
