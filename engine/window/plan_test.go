package window

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func filtered(name, from string, constant engine.Value) engine.Metric {
	m := metric("7d", engine.Count, "")
	m.Filter = []engine.MetricFilter{{Name: name, FromEvent: from, Const: constant}}
	return m
}

// TestNewPlanRefuses names the metric and what is wrong with it.
func TestNewPlanRefuses(t *testing.T) {
	twice := filtered("kind", "", engine.IntValue(1))
	twice.Filter = append(twice.Filter, twice.Filter[0])
	nobody := metric("7d", engine.Count, "")
	nobody.Source = "everyone"
	for want, m := range map[string]engine.Metric{
		`"7 dys" is not a window`:        metric("7 dys", engine.Count, ""),
		`filter "kind" is there twice`:   twice,
		`source "everyone" is not one o`: nobody,
	} {
		table := engine.NewMetricTable()
		table.Intern(m)
		if _, err := NewPlan(table); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), m.Key()) {
			t.Errorf("%s: error %v, want one that says %s", m.Key(), err, want)
		}
	}
}

// TestKeysAreDistinct gives different subjects and values different keys of
// bounded length, and equal ones the same, whatever bytes they have.
func TestKeysAreDistinct(t *testing.T) {
	p := planOf(t, filtered("v", "props.v", engine.Value{}))
	long := strings.Repeat("x", 300)
	values := []engine.Value{
		engine.StringValue(""), engine.StringValue("1"), engine.IntValue(1), engine.DecimalValue(1), engine.BoolValue(true), engine.BoolValue(false),
		engine.TimeValue(1), engine.DurationValue(1000), engine.StringValue("i1"), engine.StringValue("a/b"), engine.StringValue("a"), engine.StringValue("a "),
		engine.StringValue("a~b"), engine.StringValue("群"), engine.StringValue(long), engine.StringValue(long + "x"), engine.StringValue("\xff"), engine.StringValue("A"), engine.StringValue("a.1"), engine.StringValue("20526.0"),
	}
	seen := map[string]string{}
	for _, id := range []string{"m", "m/s", "m ", "成员", long, "~m"} {
		for _, v := range values {
			e := event(benchStart, prop("v", v))
			e.MemberID = id
			refs := p.Keys(nil, e)
			if len(refs) != 1 {
				t.Fatalf("%d cells for %+v", len(refs), v)
			}
			key, what := refs[0].Key, id+" "+v.Key()
			if other, ok := seen[key]; ok {
				t.Errorf("%q and %q share the key %s", what, other, key)
			}
			seen[key] = what
			if seg := (Segment{Day: -5, No: 12}).Key(key); IsSegment(key) || !IsSegment(seg) || !IsSegment(Segment{Day: 20526}.Key(key)) {
				t.Errorf("%s or its segment %s is taken for the other", key, seg)
			}
			if len(key) > MaxKey || len(Segment{Day: -719162, No: 65535}.Key(key)) > 191 {
				t.Errorf("key of %d bytes: %s", len(key), key)
			}
			if !strings.HasPrefix(key, KeyPrefix(engine.OfMember, id)) {
				t.Errorf("%s does not begin with its member's prefix %s", key, KeyPrefix(engine.OfMember, id))
			}
			if ref, why := p.Reads(0, e, SubjectOf(e)); why != "" || ref != refs[0] {
				t.Errorf("folded into %+v, read from %+v (%s)", refs[0], ref, why)
			}
		}
	}
	a, b := event(0, prop("v", engine.IntValue(5))), event(0, prop("v", engine.DecimalValue(5e6)))
	if p.Keys(nil, a)[0] != p.Keys(nil, b)[0] {
		t.Errorf("5 and 5.0 have different cells")
	}
}

// TestManyFilters keeps the key within its bound.
func TestManyFilters(t *testing.T) {
	m := metric("7d", engine.Count, "")
	e := event(benchStart)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		m.Filter = append(m.Filter, engine.MetricFilter{Name: name, FromEvent: "props." + name})
		e.Props = append(e.Props, prop(name, engine.StringValue(strings.Repeat(name, 47))))
	}
	p := planOf(t, m)
	one := p.Keys(nil, e)[0].Key
	e.Props[4].Value = engine.StringValue("other")
	if two := p.Keys(nil, e)[0].Key; len(one) > MaxKey || one == two {
		t.Errorf("keys %s and %s", one, two)
	}
}

// TestWhyNotRead gives the reason when a metric has no cell to read.
func TestWhyNotRead(t *testing.T) {
	group := metric("7d", engine.Count, "")
	group.Source = engine.OfGroup
	p := planOf(t, filtered("v", "props.v", engine.Value{}), group, metric("7d", engine.Count, ""))
	e := event(benchStart)
	e.Group = ""
	for id, want := range []engine.Reason{engine.MissingProp, engine.NoSubject, ""} {
		if _, why := p.Reads(id, e, SubjectOf(e)); why != want {
			t.Errorf("metric %d: reason %q, want %q", id, why, want)
		}
	}
	if _, why := p.Reads(0, nil, Subject{Member: "m"}); why != engine.MissingProp {
		t.Errorf("without an event: reason %q", why)
	}
	listed := event(benchStart, prop("v", engine.ListValue(engine.IntValue(1))))
	if _, why := p.Reads(0, listed, SubjectOf(listed)); why != engine.WrongType || len(p.Keys(nil, listed)) != 2 {
		t.Errorf("a list as a filter's value: reason %q", why)
	}
}

// TestSharing: metrics that count the same events share cells and slots.
func TestSharing(t *testing.T) {
	p := planOf(t, metric("7d", engine.Count, ""), metric("30d", engine.Sum, "amount"),
		filtered("v", "props.v", engine.Value{}), filtered("v", "props.w", engine.Value{}), filtered("v", "", engine.IntValue(1)))
	if p.Shapes() != 3 || p.Slots() != 4 {
		t.Errorf("%d shapes and %d slots, want 3 and 4", p.Shapes(), p.Slots())
	}
	if p.Slot(0) != p.Slot(1) || p.Slot(2) == p.Slot(3) || p.MetricShape(2) != p.MetricShape(3) {
		t.Errorf("slots and shapes are not shared as they could be")
	}
	// The cell is the event's value of v; what is read is the current event's w.
	e := event(benchStart, prop("v", engine.IntValue(1)), prop("w", engine.IntValue(2)))
	keys := p.Keys(nil, e)
	if ref, _ := p.Reads(3, e, SubjectOf(e)); len(keys) != 3 || ref == keys[1] {
		t.Errorf("keys %v, and w reads %v", keys, ref)
	}
}
