package expression

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// key names what a node computes: nodes with one key have one value. Calls are
// named by their text, since what they are called with is not in the tree.
func (r *reasoner) key(n *node) string {
	if k, ok := r.keys[n]; ok {
		return k
	}
	var b strings.Builder
	switch n.op {
	case opConst:
		b.WriteString(fmt.Sprint(n.value.Kind) + n.value.Text())
	case opMetric:
		b.WriteString(n.metric.Key())
	case opCall, opLoop:
		b.WriteString(strings.Join(strings.Fields(r.src.slice(n.lo, n.hi)), " "))
	default:
		fmt.Fprintf(&b, "%d %s %s(", n.op, n.name, n.value.Str)
		for _, k := range n.kids {
			b.WriteString(r.key(k) + ",")
		}
		b.WriteByte(')')
	}
	r.keys[n] = b.String()
	return r.keys[n]
}

// term numbers what is tested, and finds what it may be at all.
func (r *reasoner) term(key string, natural func() *state) int {
	id, ok := r.ids[key]
	if !ok {
		id = len(r.naturals)
		r.ids[key] = id
		s := r.given[key]
		if s == nil {
			s = natural()
		}
		r.naturals = append(r.naturals, s)
		r.names = append(r.names, key)
	}
	return id
}

// reads is whether a value may be a bound: metrics are, and what hands them on.
func (n *node) readsMetric() bool {
	if n.op == opMetric {
		return true
	}
	for _, k := range n.kids {
		if k.readsMetric() {
			return true
		}
	}
	return false
}

// naturally is the state of a term of which nothing is assumed.
func (r *reasoner) naturally(n *node, isText bool) *state {
	s := &state{values: values{isText: isText, whole: n.kind == kInt || n.kind == kTime || n.kind == kSpan || n.kind == kBool, w: allWords},
		knowing: mayBeExact | mayBeUnknown, least: leastNum}
	if n.readsMetric() {
		s.knowing |= mayBeBounded
	}
	if !isText {
		s.n, s.w = r.rangeOf(n), words{}
	}
	if n.kind == kBool {
		s.n = between(0, 1)
	}
	return s
}

// constant is the value of a node that reads no facts.
func (r *reasoner) constant(n *node) (engine.Value, bool) {
	if n.op == opConst {
		return n.value, true
	}
	if v, ok := r.folded[n]; ok {
		return v, v.Kind != engine.Unknown
	}
	var v engine.Value
	if pure(n) {
		got, m := (&generator{voc: r.voc}).compile(n).any()(&engine.Facts{Steps: engine.MaxSteps}, nil)
		v = value(got, m)
	}
	r.folded[n] = v
	return v, v.Kind != engine.Unknown
}

var pureCalls = map[string]bool{"abs": true, "min": true, "max": true, "floor": true, "ceil": true, "round": true,
	"len": true, "lower": true, "upper": true, "trim": true, "tier": true}

// pure is whether a node has the same value whatever the facts.
func pure(n *node) bool {
	switch n.op {
	case opConst:
		return true
	case opName, opMetric, opElement, opLoop:
		return false
	case opCall:
		if !pureCalls[n.name] {
			return false
		}
	}
	for _, k := range n.kids {
		if !pure(k) {
			return false
		}
	}
	return len(n.kids) > 0 || n.name == "tier"
}

var clockRanges = map[string][2]int64{"hour": {0, 23}, "minute": {0, 59}, "weekday": {1, 7}, "month": {1, 12}, "day": {1, 31}}

// rangeOf is the numbers that a node can be, where that is plain.
func (r *reasoner) rangeOf(n *node) numbers {
	if v, ok := r.constant(n); ok {
		if x, ok := exactNum(v); ok {
			return numbers{{x, x}}
		}
		return allNumbers
	}
	switch n.op {
	case opMetric:
		return r.metricRange(n)
	case opName:
		return r.nameRange(n.name)
	case opElse, opChoose:
		last := len(n.kids) - 1
		return r.rangeOf(n.kids[last-1]).or(r.rangeOf(n.kids[last]), n.kind == kInt)
	case opCall:
		return r.callRange(n)
	case opArith:
		return r.arithRange(n)
	}
	return allNumbers
}

func (r *reasoner) nameRange(name string) numbers {
	switch name {
	case "member.rank":
		if tiers := r.voc.tiers(r.voc.ladderKey()); len(tiers) > 0 {
			return between(0, int64(len(tiers)))
		}
		return from(num{})
	case "group.size", "group.capacity":
		return from(num{})
	}
	return allNumbers
}

func (r *reasoner) metricRange(n *node) numbers {
	m := &n.metric.Metric
	switch m.Agg {
	case engine.Days:
		return numbers{{num{}, intNum(daysWithin(m.Window))}}
	case engine.Count, engine.Distinct, engine.Streak, engine.Growth:
		return from(num{})
	case engine.Sum, engine.Avg, engine.Min, engine.Max:
		if t := r.voc.Types[m.Type]; t != nil {
			if f, ok := t.FieldNamed(m.Field); ok && f.NonNegative {
				return from(num{})
			}
		}
	}
	return allNumbers
}

// daysWithin is the most local days that a window can touch: one more than it
// has, and another where a clock goes forward.
func daysWithin(window string) int64 {
	switch window {
	case "today":
		return 1
	case "this_week":
		return 7
	case "this_month":
		return 31
	}
	if d, err := calendar.ParseDuration(window); err == nil {
		return int64(d.Hours()/24) + 2
	}
	return greatestNum.whole
}

func (r *reasoner) callRange(n *node) numbers {
	switch n.name {
	case "len":
		return from(num{})
	case "abs":
		return from(num{})
	case "local":
		text := r.key(n)
		if lim, ok := clockRanges[strings.TrimRight(text[strings.LastIndexByte(text, '.')+1:], " )")]; ok {
			return between(lim[0], lim[1])
		}
	case "min", "max":
		if len(n.kids) < 2 {
			return allNumbers
		}
		out := r.rangeOf(n.kids[0])
		lo, hi := out.least(), out.greatest()
		for _, k := range n.kids[1:] {
			s := r.rangeOf(k)
			if n.name == "max" {
				lo, hi = lo.max(s.least()), hi.max(s.greatest())
			} else {
				lo, hi = lo.min(s.least()), hi.min(s.greatest())
			}
		}
		return numbers{{lo, hi}}
	}
	return allNumbers
}

// arithRange knows that sums and products of what is not negative are not.
func (r *reasoner) arithRange(n *node) numbers {
	a, b := r.rangeOf(n.kids[0]), r.rangeOf(n.kids[1])
	if n.name != "+" && n.name != "*" || len(a) == 0 || len(b) == 0 || a.least().less(num{}) || b.least().less(num{}) {
		return allNumbers
	}
	if n.name == "+" && (a.least() == num{} || b.least() == num{}) {
		return from(a.least().max(b.least()))
	}
	return from(num{})
}
