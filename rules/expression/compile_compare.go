package expression

import (
	"math"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// relation is a comparison operator.
type relation uint8

const (
	equal relation = iota
	unequal
	less
	lessEqual
	greater
	greaterEqual
)

var relations = map[string]relation{"==": equal, "!=": unequal, "<": less, "<=": lessEqual, ">": greater, ">=": greaterEqual}

// holds decides a relation from the sign of a - b.
func (r relation) holds(sign int) bool {
	switch r {
	case equal:
		return sign == 0
	case unequal:
		return sign != 0
	case less:
		return sign < 0
	case lessEqual:
		return sign <= 0
	case greater:
		return sign > 0
	}
	return sign >= 0
}

// decide is holds with operands that may be bounds or unknown. A lower bound
// suffices for > and >= once it is great enough, and for nothing else.
func (r relation) decide(sign int, a, b mark) truth {
	switch {
	case a == exact && b == exact:
		return truthOf(r.holds(sign))
	case a == bounded && b == exact && (r == greater || r == greaterEqual) && r.holds(sign):
		return yes
	case a == exact && b == bounded && (r == less || r == lessEqual) && r.holds(sign):
		return yes
	}
	return join(a, b).truth()
}

func (g *generator) compare(n *node) boolFn {
	r := relations[n.name]
	a, b := n.kids[0], n.kids[1]
	switch {
	case a.kind == kAny || b.kind == kAny:
		return g.compareAny(r, a, b)
	case a.kind == kBool:
		return compareBool(r, g.compile(a).b, g.compile(b).b)
	case a.kind == kText:
		return g.compareText(r, a, b)
	case a.kind == b.kind && a.kind != kReal:
		return g.compareNum(r, a, b)
	case a.kind != kReal && b.kind != kReal:
		return g.compareMixed(r, a, b)
	}
	return compareReal(r, g.compile(a), g.compile(b))
}

func compareBool(r relation, a, b boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		x, y := a(f, it), b(f, it)
		if x > yes || y > yes {
			return max(x, y)
		}
		return truthOf((x == y) == (r == equal))
	}
}

func (g *generator) compareText(r relation, a, b *node) boolFn {
	if v, ok := b.constant(); ok {
		if name, ok := strings.CutPrefix(a.path, "props."); ok && r == equal {
			return propIs(name, v.Str)
		}
		x, k, same := g.compile(a).s, v.Str, r == equal
		return func(f *engine.Facts, it *engine.Value) truth {
			s, m := x(f, it)
			if m != exact {
				return m.truth()
			}
			return truthOf((s == k) == same)
		}
	}
	x, y := g.compile(a).s, g.compile(b).s
	return func(f *engine.Facts, it *engine.Value) truth {
		s, m := x(f, it)
		t, k := y(f, it)
		if m != exact || k != exact {
			return join(m, k).truth()
		}
		return truthOf((s == t) == (r == equal))
	}
}

// propIs is event.props.name == "text", by far the commonest term, in one closure.
func propIs(name, text string) boolFn {
	return func(f *engine.Facts, _ *engine.Value) truth {
		if f.Event == nil {
			return noSubject.truth()
		}
		props := f.Event.Props
		for i := range props {
			if props[i].Name != name {
				continue
			}
			v := &props[i].Value
			switch v.Kind {
			case engine.String:
				return truthOf(v.Str == text)
			case engine.Unknown:
				return markOf(v).truth()
			}
			return wrongType.truth()
		}
		return missingProp.truth()
	}
}

// compareNum compares two numbers of one kind.
func (g *generator) compareNum(r relation, a, b *node) boolFn {
	x := g.compile(a).n
	if v, ok := b.constant(); ok {
		return compareConst(r, x, v.Num)
	}
	y := g.compile(b).n
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		w, k := y(f, it)
		return r.decide(sign(v, w), m, k)
	}
}

func compareConst(r relation, x numFn, k int64) boolFn {
	switch r {
	case greaterEqual:
		return func(f *engine.Facts, it *engine.Value) truth {
			v, m := x(f, it)
			if m == exact {
				return truthOf(v >= k)
			}
			return r.decide(sign(v, k), m, exact)
		}
	case equal:
		return func(f *engine.Facts, it *engine.Value) truth {
			v, m := x(f, it)
			if m == exact {
				return truthOf(v == k)
			}
			return m.truth()
		}
	}
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		return r.decide(sign(v, k), m, exact)
	}
}

func sign(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareMixed compares an integer with an exact decimal, without rounding.
func (g *generator) compareMixed(r relation, a, b *node) boolFn {
	x, y := g.compile(a).n, g.compile(b).n
	flip := 1
	if a.kind == kDec {
		x, y, flip = y, x, -1
	}
	return func(f *engine.Facts, it *engine.Value) truth {
		i, m := x(f, it)
		d, k := y(f, it)
		if flip < 0 {
			return r.decide(-intDecimal(i, d), k, m)
		}
		return r.decide(intDecimal(i, d), m, k)
	}
}

// intDecimal is the sign of an integer minus millionths.
func intDecimal(i, micro int64) int {
	if s := sign(i, micro/engine.Micro); s != 0 {
		return s
	}
	return sign(0, micro%engine.Micro)
}

// compareReal compares with a decimal in floating point: rounded to millionths,
// and exactly where the other side is an integer.
func compareReal(r relation, a, b code) boolFn {
	if a.kind == kReal && b.kind == kReal {
		x, y := a.r, b.r
		return func(f *engine.Facts, it *engine.Value) truth {
			v, m := x(f, it)
			w, k := y(f, it)
			return r.decide(realSign(v, w), m, k)
		}
	}
	if a.kind == kReal {
		swapped := compareReal(mirror[r], b, a)
		return swapped
	}
	x, y, whole := a.n, b.r, a.kind == kInt
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		w, k := y(f, it)
		if whole {
			return r.decide(intReal(v, w), m, k)
		}
		return r.decide(decimalReal(v, w), m, k)
	}
}

var mirror = map[relation]relation{equal: equal, unequal: unequal, less: greater, lessEqual: greaterEqual, greater: less, greaterEqual: lessEqual}

func realSign(a, b float64) int {
	x, okX := decimalOf(a)
	y, okY := decimalOf(b)
	switch {
	case okX && okY:
		return sign(x, y)
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func decimalReal(d int64, r float64) int {
	if x, ok := decimalOf(r); ok {
		return sign(d, x)
	}
	if r > 0 {
		return -1
	}
	return 1
}

func intReal(i int64, r float64) int {
	if x, ok := decimalOf(r); ok {
		return intDecimal(i, x)
	}
	switch {
	case r >= math.MaxInt64:
		return -1
	case r <= math.MinInt64:
		return 1
	}
	return sign(i, int64(math.Round(r)))
}

// compareAny compares where a side is typed at run time.
func (g *generator) compareAny(r relation, a, b *node) boolFn {
	x := g.compile(a).any()
	if v, ok := b.constant(); ok && v.Kind == engine.String {
		return func(f *engine.Facts, it *engine.Value) truth {
			w, m := x(f, it)
			if m == exact && w.Kind == engine.String && r <= unequal {
				return truthOf((w.Str == v.Str) == (r == equal))
			}
			return r.values(&w, m, &v, exact)
		}
	}
	y := g.compile(b).any()
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		w, k := y(f, it)
		return r.values(&v, m, &w, k)
	}
}

// values compares two values of kinds that are known only now.
func (r relation) values(a *engine.Value, m mark, b *engine.Value, k mark) truth {
	if m != exact && m != bounded || k != exact && k != bounded {
		return join(m, k).truth()
	}
	s, ok := valueSign(a, b)
	if !ok || r > unequal && (a.Kind == engine.String || a.Kind == engine.Bool) {
		return max(wrongType, join(m, k)).truth()
	}
	return r.decide(s, m, k)
}

// valueSign is the sign of a - b; ok is false for kinds that do not compare.
func valueSign(a, b *engine.Value) (s int, ok bool) {
	if a.Kind != b.Kind {
		return mixedSign(a, b)
	}
	switch a.Kind {
	case engine.Int, engine.Decimal, engine.Instant, engine.Duration, engine.Bool:
		return sign(a.Num, b.Num), true
	case engine.String:
		if a.Str == b.Str {
			return 0, true
		}
		return 1, true
	}
	return 0, false
}

func mixedSign(a, b *engine.Value) (int, bool) {
	switch {
	case a.Kind == engine.Int && b.Kind == engine.Decimal:
		return intDecimal(a.Num, b.Num), true
	case a.Kind == engine.Decimal && b.Kind == engine.Int:
		return -intDecimal(b.Num, a.Num), true
	case a.Kind == engine.String && b.Kind == engine.Instant:
		x, ok := a.As(engine.Instant)
		return sign(x.Num, b.Num), ok
	case a.Kind == engine.Instant && b.Kind == engine.String:
		x, ok := b.As(engine.Instant)
		return sign(a.Num, x.Num), ok
	}
	return 0, false
}
