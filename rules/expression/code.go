package expression

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// mark says how well a value is known: exact, bounded (at least so much), unknown
// for a reason, or failed. Greater marks win, so that failures are never hidden
// by unknowns and the order of operands does not matter.
type mark uint8

const (
	exact mark = iota
	missingProp
	missingAttribute
	noData
	notCovered
	beforeJoined
	dividedByZero
	wrongType
	noSubject
	tooLate
	boundOnly
	textTooLong
	notLoaded
	tooLarge // of a window; one of an expression is a failure

	bounded  mark = 0x40
	overflow mark = 0x80
	tired    mark = 0x81 // out of steps
)

var reasons = [...]engine.Reason{
	missingProp: engine.MissingProp, missingAttribute: engine.MissingAttribute, noData: engine.NoData,
	notCovered: engine.NotCovered, beforeJoined: engine.BeforeJoined, dividedByZero: engine.DividedByZero,
	wrongType: engine.WrongType, noSubject: engine.NoSubject, tooLate: engine.TooLate,
	boundOnly: engine.BoundOnly, textTooLong: engine.TextTooLong,
	notLoaded: engine.NotLoaded, tooLarge: engine.TooLarge,
}

// markOf says how well an engine value is known.
func markOf(v *engine.Value) mark {
	if v.Kind != engine.Unknown {
		if v.AtLeast {
			return bounded
		}
		return exact
	}
	for i, r := range reasons {
		if r != "" && string(r) == v.Str {
			return mark(i)
		}
	}
	return noData
}

// usable is the mark of an operand where a bound is as good as nothing.
func (m mark) usable() mark {
	if m == bounded {
		return boundOnly
	}
	return m
}

func (m mark) failed() bool { return m >= overflow }

func (m mark) reason() engine.Reason {
	switch {
	case m == bounded:
		return engine.BoundOnly
	case m.failed():
		return ""
	}
	return reasons[m]
}

func (m mark) err() error {
	switch m {
	case overflow:
		return engine.ErrOverflow
	case tired:
		return engine.ErrSteps
	}
	return nil
}

// join is the mark of an operator that needs both operands exactly.
func join(a, b mark) mark { return max(a.usable(), b.usable()) }

// truth is a truth value: no, yes, or why it is neither.
type truth uint8

const (
	no truth = iota
	yes
)

// truth of a comparison whose operands are not known well enough.
func (m mark) truth() truth { return truth(m.usable()) + 1 }

func (t truth) mark() mark {
	if t <= yes {
		return exact
	}
	return mark(t - 1)
}

func (t truth) tri() engine.Tri {
	switch t {
	case yes:
		return engine.Yes
	case no:
		return engine.No
	}
	return engine.Maybe
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// The closures, by the kind of value. it is the element in question inside a
// list function. A number is an integer, a decimal, a time or a duration.
type (
	boolFn func(f *engine.Facts, it *engine.Value) truth
	numFn  func(f *engine.Facts, it *engine.Value) (int64, mark)
	realFn func(f *engine.Facts, it *engine.Value) (float64, mark)
	textFn func(f *engine.Facts, it *engine.Value) (string, mark)
	listFn func(f *engine.Facts, it *engine.Value) ([]engine.Value, mark)
	anyFn  func(f *engine.Facts, it *engine.Value) (engine.Value, mark)
)

// code is a compiled node: exactly the closure of its kind.
type code struct {
	kind kind
	b    boolFn
	n    numFn
	r    realFn
	s    textFn
	l    listFn
	v    anyFn
}

// any gives the value whatever its kind.
func (c code) any() anyFn {
	switch c.kind {
	case kBool:
		return boolAny(c.b)
	case kInt, kDec, kTime, kSpan:
		return numAny(c.n, c.kind.engine())
	case kReal:
		return realAny(c.r)
	case kText:
		return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
			s, m := c.s(f, it)
			return engine.Value{Kind: engine.String, Str: s}, m
		}
	case kList:
		return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
			l, m := c.l(f, it)
			return engine.Value{Kind: engine.List, List: l}, m
		}
	}
	return c.v
}

func boolAny(b boolFn) anyFn {
	return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		t := b(f, it)
		return engine.BoolValue(t == yes), t.mark()
	}
}

func numAny(n numFn, k engine.Kind) anyFn {
	return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		v, m := n(f, it)
		return engine.Value{Kind: k, Num: v}, m
	}
}

func realAny(r realFn) anyFn {
	return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		x, m := r(f, it)
		v, ok := engine.DecimalOf(x)
		if m == exact && !ok {
			m = overflow
		}
		return v, m
	}
}

// value makes an engine value of a value and its mark.
func value(v engine.Value, m mark) engine.Value {
	if m == exact {
		return v
	}
	if m == bounded {
		v.AtLeast = true
		return v
	}
	return engine.UnknownValue(m.reason())
}

// real gives a number in floating point.
func (c code) real() realFn {
	switch c.kind {
	case kInt:
		return func(f *engine.Facts, it *engine.Value) (float64, mark) {
			v, m := c.n(f, it)
			return float64(v), m
		}
	case kDec:
		return func(f *engine.Facts, it *engine.Value) (float64, mark) {
			v, m := c.n(f, it)
			return float64(v) / engine.Micro, m
		}
	}
	return c.r
}

// decimal gives an integer or decimal in millionths.
func (c code) decimal() numFn {
	if c.kind == kDec {
		return c.n
	}
	return func(f *engine.Facts, it *engine.Value) (int64, mark) {
		v, m := c.n(f, it)
		if v > math.MaxInt64/engine.Micro || v < math.MinInt64/engine.Micro {
			return 0, max(m, overflow)
		}
		return v * engine.Micro, m
	}
}
