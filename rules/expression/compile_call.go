package expression

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// call compiles a function; those that read facts bring their closure along.
func (g *generator) call(n *node) code {
	if n.build != nil {
		return n.build(g)
	}
	switch n.name {
	case "known":
		return g.known(n.kids[0])
	case "purchased", "silent_for":
		return someEvent(g.compile(n.kids[0]).n, n.name == "purchased")
	case "len":
		return g.length(n.kids[0])
	case "lower":
		return caseCode(g.as(n.kids[0], kText).s, strings.ToLower)
	case "upper":
		return caseCode(g.as(n.kids[0], kText).s, strings.ToUpper)
	case "trim":
		return caseCode(g.as(n.kids[0], kText).s, strings.TrimSpace)
	case "abs":
		return g.abs(n.kids[0])
	case "min":
		return g.extreme(n, -1)
	case "max":
		return g.extreme(n, 1)
	}
	return g.round(n)
}

func (g *generator) known(n *node) code {
	c := g.compile(n)
	if c.kind == kBool {
		return code{kind: kBool, b: func(f *engine.Facts, it *engine.Value) truth { return knownBy(c.b(f, it).mark()) }}
	}
	v := c.any()
	return code{kind: kBool, b: func(f *engine.Facts, it *engine.Value) truth {
		_, m := v(f, it)
		return knownBy(m)
	}}
}

func knownBy(m mark) truth {
	if m.failed() {
		return m.truth()
	}
	return truthOf(m == exact)
}

// someEvent is count() > 0, or its opposite. A bound suffices when it is not 0.
func someEvent(count numFn, wanted bool) code {
	return code{kind: kBool, b: func(f *engine.Facts, it *engine.Value) truth {
		v, m := count(f, it)
		t := greater.decide(sign(v, 0), m, exact)
		if t <= yes && !wanted {
			return t ^ 1
		}
		return t
	}}
}

func (g *generator) length(n *node) code {
	switch n.kind {
	case kText:
		s := g.compile(n).s
		return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			x, m := s(f, it)
			return int64(utf8.RuneCountInString(x)), m
		}}
	case kList:
		l := g.compile(n).l
		return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			x, m := l(f, it)
			return int64(len(x)), m
		}}
	}
	v := g.compile(n).v
	return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
		x, m := v(f, it)
		switch {
		case m != exact:
			return 0, m.usable()
		case x.Kind == engine.String:
			return int64(utf8.RuneCountInString(x.Str)), exact
		case x.Kind == engine.List:
			return int64(len(x.List)), exact
		}
		return 0, wrongType
	}}
}

func (g *generator) abs(n *node) code {
	switch n.kind {
	case kReal:
		r := g.compile(n).r
		return code{kind: kReal, r: func(f *engine.Facts, it *engine.Value) (float64, mark) {
			v, m := r(f, it)
			return math.Abs(v), m.usable()
		}}
	case kAny:
		v := g.compile(n).v
		return code{kind: kAny, v: func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
			x, m := v(f, it)
			switch {
			case m != exact:
				return nothing, m.usable()
			case x.Kind != engine.Int && x.Kind != engine.Decimal:
				return nothing, wrongType
			}
			x.Num, m = absolute(x.Num)
			return x, m
		}}
	}
	x := g.compile(n).n
	return code{kind: n.kind, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
		v, m := x(f, it)
		if m != exact {
			return 0, m.usable()
		}
		return absolute(v)
	}}
}

func absolute(v int64) (int64, mark) {
	if v < 0 {
		return subInt(0, v)
	}
	return v, exact
}

// extreme compiles min (-1) and max (1).
func (g *generator) extreme(n *node, want int) code {
	if n.kind.counted() {
		terms := make([]numFn, len(n.kids))
		for i, k := range n.kids {
			terms[i] = g.as(k, n.kind).n
		}
		return code{kind: n.kind, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			best, worst := int64(0), exact
			for i, t := range terms {
				v, m := t(f, it)
				worst = max(worst, m.usable())
				if i == 0 || sign(v, best) == want {
					best = v
				}
			}
			return best, worst
		}}
	}
	if n.kind == kReal {
		return g.extremeReal(n, want)
	}
	return g.extremeAny(n, want)
}

func (g *generator) extremeReal(n *node, want int) code {
	terms := make([]realFn, len(n.kids))
	for i, k := range n.kids {
		terms[i] = g.as(k, kReal).r
	}
	return code{kind: kReal, r: func(f *engine.Facts, it *engine.Value) (float64, mark) {
		best, worst := 0.0, exact
		for i, t := range terms {
			v, m := t(f, it)
			worst = max(worst, m.usable())
			if i == 0 || want < 0 && v < best || want > 0 && v > best {
				best = v
			}
		}
		return best, worst
	}}
}

// extremeAny looks at values, or at the items of one list; of nothing there is
// no extreme.
func (g *generator) extremeAny(n *node, want int) code {
	terms := make([]anyFn, len(n.kids))
	for i, k := range n.kids {
		terms[i] = g.as(k, kAny).v
	}
	return code{kind: kAny, v: func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		e := extremeOf{want: want}
		for _, t := range terms {
			v, m := t(f, it)
			if m == exact && len(terms) == 1 {
				if v.Kind != engine.List {
					return nothing, wrongType
				}
				if !step(f, len(v.List)) {
					return nothing, tired
				}
				for i := range v.List {
					e.add(&v.List[i], markOf(&v.List[i]))
				}
				continue
			}
			e.add(&v, m)
		}
		if !e.any && e.worst == exact {
			return nothing, noData
		}
		return e.best, e.worst
	}}
}

type extremeOf struct {
	want  int
	best  engine.Value
	any   bool
	worst mark
}

func (e *extremeOf) add(v *engine.Value, m mark) {
	if m == exact && v.Kind != engine.Int && v.Kind != engine.Decimal {
		m = wrongType
	}
	e.worst = max(e.worst, m.usable())
	if m != exact {
		return
	}
	if s, _ := valueSign(v, &e.best); !e.any || s == e.want {
		e.best, e.any = *v, true
	}
}

var rounders = map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "round": math.Round}

// round gives an integer. A decimal in floating point is first rounded to
// millionths, so that floor(0.1 * 30) is 3.
func (g *generator) round(n *node) code {
	x := n.kids[0]
	c := g.compile(x)
	how := rounders[n.name]
	switch x.kind {
	case kInt:
		return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			v, m := c.n(f, it)
			return v, m.usable()
		}}
	case kDec:
		return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			v, m := c.n(f, it)
			return roundMicro(n.name, v), m.usable()
		}}
	case kAny:
		return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
			v, m := c.v(f, it)
			switch {
			case m != exact:
				return 0, m.usable()
			case v.Kind == engine.Int:
				return v.Num, exact
			case v.Kind == engine.Decimal:
				return roundMicro(n.name, v.Num), exact
			}
			return 0, wrongType
		}}
	}
	return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
		v, m := c.r(f, it)
		if m != exact {
			return 0, m.usable()
		}
		if micro, ok := decimalOf(v); ok {
			return roundMicro(n.name, micro), exact
		}
		if whole := how(v); whole < math.MaxInt64 && whole > math.MinInt64 {
			return int64(whole), exact
		}
		return 0, overflow
	}}
}

// roundMicro rounds millionths to a whole number, halves away from zero.
func roundMicro(how string, v int64) int64 {
	whole, rest := v/engine.Micro, v%engine.Micro
	switch how {
	case "floor":
		if rest < 0 {
			whole--
		}
	case "ceil":
		if rest > 0 {
			whole++
		}
	default:
		if rest >= engine.Micro/2 {
			whole++
		} else if rest <= -engine.Micro/2 {
			whole--
		}
	}
	return whole
}
