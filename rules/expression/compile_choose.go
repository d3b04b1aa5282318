package expression

import "github.com/bylaw-dev/bylaw/engine"

// choose compiles c ? a : b. With c unknown it is what a and b agree on.
func (g *generator) choose(n *node) code {
	cond, a, b := g.as(n.kids[0], kBool).b, g.as(n.kids[1], n.kind), g.as(n.kids[2], n.kind)
	switch {
	case n.kind == kBool:
		return code{kind: kBool, b: chooseBool(cond, a.b, b.b)}
	case n.kind.counted():
		return code{kind: n.kind, n: chooseNum(cond, a.n, b.n)}
	case n.kind == kText:
		return code{kind: kText, s: chooseText(cond, a.s, b.s)}
	}
	return fromAnyOf(n.kind, chooseAny(cond, a.any(), b.any()), a, b, cond)
}

// fromAnyOf keeps a decimal in floating point what it is: a value would round it.
func fromAnyOf(k kind, v anyFn, a, b code, cond boolFn) code {
	if k != kReal {
		return fromAny(k, v)
	}
	return code{kind: kReal, r: func(f *engine.Facts, it *engine.Value) (float64, mark) {
		switch t := cond(f, it); t {
		case yes:
			return a.r(f, it)
		case no:
			return b.r(f, it)
		default:
			x, m := a.r(f, it)
			y, k := b.r(f, it)
			if m == exact && k == exact && realSign(x, y) == 0 && !t.mark().failed() {
				return x, exact
			}
			return 0, undecided(t, m, k)
		}
	}}
}

// undecided is the mark of a choice whose condition is unknown: a failure of any
// part, else why the condition is unknown.
func undecided(t truth, a, b mark) mark {
	if worst := max(t.mark(), a, b); worst.failed() {
		return worst
	}
	return t.mark()
}

func chooseBool(cond, a, b boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		switch t := cond(f, it); t {
		case yes:
			return a(f, it)
		case no:
			return b(f, it)
		default:
			x, y := a(f, it), b(f, it)
			if x == y && x <= yes && !t.mark().failed() {
				return x
			}
			return undecided(t, x.mark(), y.mark()).truth()
		}
	}
}

func chooseNum(cond boolFn, a, b numFn) numFn {
	return func(f *engine.Facts, it *engine.Value) (int64, mark) {
		switch t := cond(f, it); t {
		case yes:
			return a(f, it)
		case no:
			return b(f, it)
		default:
			x, m := a(f, it)
			y, k := b(f, it)
			if m == exact && k == exact && x == y && !t.mark().failed() {
				return x, exact
			}
			return 0, undecided(t, m.usable(), k.usable())
		}
	}
}

func chooseText(cond boolFn, a, b textFn) textFn {
	return func(f *engine.Facts, it *engine.Value) (string, mark) {
		switch t := cond(f, it); t {
		case yes:
			return a(f, it)
		case no:
			return b(f, it)
		default:
			x, m := a(f, it)
			y, k := b(f, it)
			if m == exact && k == exact && x == y && !t.mark().failed() {
				return x, exact
			}
			return "", undecided(t, m, k)
		}
	}
}

func chooseAny(cond boolFn, a, b anyFn) anyFn {
	return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		switch t := cond(f, it); t {
		case yes:
			return a(f, it)
		case no:
			return b(f, it)
		default:
			x, m := a(f, it)
			y, k := b(f, it)
			if m == exact && k == exact && x.Equal(y) && !t.mark().failed() {
				return x, exact
			}
			return nothing, undecided(t, m.usable(), k.usable())
		}
	}
}

// orElse compiles a ?? b: b where a is unknown. A bound stays a bound, for it
// says more than b does; a failure stays a failure.
func (g *generator) orElse(n *node) code {
	a, b := g.as(n.kids[0], n.kind), g.as(n.kids[1], n.kind)
	out := code{kind: n.kind}
	switch {
	case n.kind == kBool:
		out.b = func(f *engine.Facts, it *engine.Value) truth {
			if t := a.b(f, it); !unknown(t.mark()) {
				return t
			}
			return b.b(f, it)
		}
	case n.kind.counted():
		out.n = func(f *engine.Facts, it *engine.Value) (int64, mark) {
			if v, m := a.n(f, it); !unknown(m) {
				return v, m
			}
			return b.n(f, it)
		}
	case n.kind == kText:
		out.s = func(f *engine.Facts, it *engine.Value) (string, mark) {
			if v, m := a.s(f, it); !unknown(m) {
				return v, m
			}
			return b.s(f, it)
		}
	case n.kind == kReal:
		out.r = func(f *engine.Facts, it *engine.Value) (float64, mark) {
			if v, m := a.r(f, it); !unknown(m) {
				return v, m
			}
			return b.r(f, it)
		}
	default:
		x, y := a.any(), b.any()
		return fromAny(n.kind, func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
			if v, m := x(f, it); !unknown(m) {
				return v, m
			}
			return y(f, it)
		})
	}
	return out
}

// unknown is whether nothing at all is known.
func unknown(m mark) bool { return m > exact && m < bounded }
