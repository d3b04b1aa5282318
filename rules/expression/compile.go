package expression

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// generator makes closures of typed nodes. With a memo it makes each only once.
type generator struct {
	voc  *Vocabulary
	memo map[*node]code
}

// compile makes the closure of a node, of the node's own kind.
func (g *generator) compile(n *node) code {
	if g.memo == nil {
		return g.fresh(n)
	}
	c, ok := g.memo[n]
	if !ok {
		c = g.fresh(n)
		g.memo[n] = c
	}
	return c
}

func (g *generator) fresh(n *node) code {
	switch n.op {
	case opConst:
		return constCode(n)
	case opName:
		return n.build(g)
	case opMetric:
		return metricCode(n.metric.id, n.kind)
	case opAnd, opOr:
		return g.logic(n)
	case opNot:
		return code{kind: kBool, b: notCode(g.as(n.kids[0], kBool).b)}
	case opNegate:
		return g.negate(n)
	case opCompare:
		return code{kind: kBool, b: g.compare(n)}
	case opIn:
		return code{kind: kBool, b: g.in(n)}
	case opText, opMatches:
		return code{kind: kBool, b: g.textTest(n)}
	case opArith:
		return g.arith(n)
	case opChoose:
		return g.choose(n)
	case opElse:
		return g.orElse(n)
	case opLoop:
		return g.loop(n)
	case opElement:
		return elementCode(n.kind)
	}
	return g.call(n)
}

// as compiles a node as another kind: a value typed at run time is converted,
// an integer widened.
func (g *generator) as(n *node, want kind) code {
	c := g.compile(n)
	switch {
	case c.kind == want:
		return c
	case want == kAny:
		return code{kind: kAny, v: c.any()}
	case c.kind == kAny:
		return fromAny(want, c.v)
	case want == kDec:
		return code{kind: kDec, n: c.decimal()}
	}
	return code{kind: kReal, r: c.real()}
}

func constCode(n *node) code {
	v := n.value
	switch n.kind {
	case kBool:
		t := truthOf(v.Num == 1)
		return code{kind: kBool, b: func(*engine.Facts, *engine.Value) truth { return t }}
	case kText:
		return code{kind: kText, s: func(*engine.Facts, *engine.Value) (string, mark) { return v.Str, exact }}
	case kList:
		return code{kind: kList, l: func(*engine.Facts, *engine.Value) ([]engine.Value, mark) { return v.List, exact }}
	}
	c := constInt(v.Num)
	c.kind = n.kind
	return c
}

func constInt(v int64) code {
	return code{kind: kInt, n: func(*engine.Facts, *engine.Value) (int64, mark) { return v, exact }}
}

// logic puts cheap operands first; Kleene's and and or do not mind the order.
func (g *generator) logic(n *node) code {
	kids := slices.Clone(n.kids)
	slices.SortStableFunc(kids, func(a, b *node) int { return a.price() - b.price() })
	terms := make([]boolFn, len(kids))
	for i, k := range kids {
		terms[i] = g.as(k, kBool).b
	}
	if n.op == opAnd {
		return code{kind: kBool, b: allOf(terms)}
	}
	return code{kind: kBool, b: someOf(terms)}
}

// price orders operands: facts, then metrics, then what loops.
func (n *node) price() int {
	switch n.op {
	case opMetric:
		return 10
	case opLoop, opMatches:
		return 100
	}
	p := 1
	for _, k := range n.kids {
		p += k.price()
	}
	return p
}

func allOf(terms []boolFn) boolFn {
	if len(terms) == 2 {
		a, b := terms[0], terms[1]
		return func(f *engine.Facts, it *engine.Value) truth {
			x := a(f, it)
			if x == no {
				return no
			}
			y := b(f, it)
			if y == no {
				return no
			}
			return max(x, y)
		}
	}
	return func(f *engine.Facts, it *engine.Value) truth {
		out := yes
		for _, t := range terms {
			x := t(f, it)
			if x == no {
				return no
			}
			out = max(out, x)
		}
		return out
	}
}

func someOf(terms []boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		out := no
		for _, t := range terms {
			x := t(f, it)
			if x == yes {
				return yes
			}
			out = max(out, x)
		}
		return out
	}
}

func notCode(b boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		if t := b(f, it); t > yes {
			return t
		} else {
			return t ^ 1
		}
	}
}
