package expression

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// fromAny types a value at run time. A value of another kind is unknown:
// wrong_type.
func fromAny(want kind, v anyFn) code {
	c := code{kind: want}
	switch want {
	case kBool:
		c.b = func(f *engine.Facts, it *engine.Value) truth {
			x, m := v(f, it)
			return boolOf(&x, m)
		}
	case kInt, kDec, kTime, kSpan:
		k := want.engine()
		c.n = func(f *engine.Facts, it *engine.Value) (int64, mark) {
			x, m := v(f, it)
			return numOf(&x, m, k)
		}
	case kReal:
		c.r = func(f *engine.Facts, it *engine.Value) (float64, mark) {
			x, m := v(f, it)
			return realOf(&x, m)
		}
	case kText:
		c.s = func(f *engine.Facts, it *engine.Value) (string, mark) {
			x, m := v(f, it)
			return textOf(&x, m)
		}
	case kList:
		c.l = func(f *engine.Facts, it *engine.Value) ([]engine.Value, mark) {
			x, m := v(f, it)
			return listOf(&x, m)
		}
	default:
		c.kind, c.v = kAny, v
	}
	return c
}

func boolOf(v *engine.Value, m mark) truth {
	switch {
	case m != exact:
		return m.truth()
	case v.Kind != engine.Bool:
		return wrongType.truth()
	}
	return truthOf(v.Num != 0)
}

func numOf(v *engine.Value, m mark, k engine.Kind) (int64, mark) {
	if m > exact && m != bounded {
		return 0, m
	}
	if v.Kind == k {
		return v.Num, m
	}
	if x, ok := v.As(k); ok {
		return x.Num, m
	}
	return 0, wrongType
}

func realOf(v *engine.Value, m mark) (float64, mark) {
	switch {
	case m > exact && m != bounded:
		return 0, m
	case v.Kind != engine.Int && v.Kind != engine.Decimal:
		return 0, wrongType
	}
	return v.Float(), m
}

func textOf(v *engine.Value, m mark) (string, mark) {
	switch {
	case m != exact:
		return "", m.usable()
	case v.Kind != engine.String:
		return "", wrongType
	}
	return v.Str, exact
}

func listOf(v *engine.Value, m mark) ([]engine.Value, mark) {
	switch {
	case m != exact:
		return nil, m.usable()
	case v.Kind != engine.List:
		return nil, wrongType
	}
	return v.List, exact
}

// propOf finds a property of the event.
func propOf(f *engine.Facts, name string) (*engine.Value, mark) {
	if f.Event == nil {
		return nil, noSubject
	}
	props := f.Event.Props
	for i := range props {
		if props[i].Name == name {
			v := &props[i].Value
			return v, markOf(v)
		}
	}
	return nil, missingProp
}

var nothing engine.Value

// propCode reads a property as its declared kind.
func propCode(name string, k kind) code {
	c := code{kind: k}
	switch k {
	case kBool:
		c.b = func(f *engine.Facts, _ *engine.Value) truth {
			v, m := propOf(f, name)
			if m != exact {
				return m.truth()
			}
			return boolOf(v, m)
		}
	case kInt, kDec, kTime, kSpan:
		want := k.engine()
		c.n = func(f *engine.Facts, _ *engine.Value) (int64, mark) {
			v, m := propOf(f, name)
			if m != exact {
				return 0, m
			}
			return numOf(v, m, want)
		}
	case kText:
		c.s = func(f *engine.Facts, _ *engine.Value) (string, mark) {
			v, m := propOf(f, name)
			if m != exact {
				return "", m
			}
			return textOf(v, m)
		}
	default:
		return fromAny(k, func(f *engine.Facts, _ *engine.Value) (engine.Value, mark) {
			v, m := propOf(f, name)
			if v == nil {
				return nothing, m
			}
			return *v, m
		})
	}
	return c
}

// attributeCode reads a member's attribute as its declared kind.
func attributeCode(key string, k kind) code {
	return fromAny(k, func(f *engine.Facts, _ *engine.Value) (engine.Value, mark) {
		if f.Member == nil {
			return nothing, noSubject
		}
		v, ok := f.Member.Attrs[key]
		if !ok {
			return nothing, missingAttribute
		}
		return v, markOf(&v)
	})
}

// metricCode reads a metric, which may be a lower bound.
func metricCode(id int, k kind) code {
	read := func(f *engine.Facts, _ *engine.Value) (engine.Value, mark) {
		if f.Metrics == nil {
			return nothing, noSubject
		}
		v := f.Metrics.Metric(id, f)
		return v, markOf(&v)
	}
	if !k.counted() {
		return fromAny(k, read)
	}
	want := k.engine()
	return code{kind: k, n: func(f *engine.Facts, _ *engine.Value) (int64, mark) {
		if f.Metrics == nil {
			return 0, noSubject
		}
		v := f.Metrics.Metric(id, f)
		if v.Kind == want && !v.AtLeast {
			return v.Num, exact
		}
		return boundNum(v, want)
	}}
}

// boundNum is apart so that the fast path above keeps its value off the heap.
func boundNum(v engine.Value, want engine.Kind) (int64, mark) {
	return numOf(&v, markOf(&v), want)
}

// elementCode reads # inside a list function.
func elementCode(k kind) code {
	return fromAny(k, func(_ *engine.Facts, it *engine.Value) (engine.Value, mark) {
		if it == nil {
			return nothing, noSubject
		}
		return *it, markOf(it)
	})
}

// decimalOf rounds to millionths; ok is false out of range.
func decimalOf(x float64) (int64, bool) {
	m := math.Round(x * engine.Micro)
	if !(m < math.MaxInt64 && m > math.MinInt64) {
		return 0, false
	}
	return int64(m), true
}
