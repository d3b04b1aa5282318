package expression

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// test is the test that a condition makes: of a term against constants, of two
// terms against each other, or of itself.
func (r *reasoner) test(n *node) test {
	t, known := r.tests[n]
	if !known {
		t = r.findTest(n)
		t.no = t.yes.other()
		r.tests[n] = t
	}
	return t
}

func (r *reasoner) findTest(n *node) test {
	switch n.op {
	case opCompare:
		if t, ok := r.compareTest(n); ok {
			return t
		}
	case opIn:
		if t, ok := r.inTest(n); ok {
			return t
		}
	}
	id := r.term(r.key(n), func() *state {
		s := r.naturally(n, false)
		s.values = values{whole: true, n: between(0, 1)}
		return s
	})
	return test{id: id, yes: values{whole: true, n: between(1, 1)}, loose: n.readsMetric()}
}

func (r *reasoner) compareTest(n *node) (test, bool) {
	left, right, how := n.kids[0], n.kids[1], relations[n.name]
	if _, ok := r.literal(left); ok {
		left, right, how = right, left, mirror[how]
	}
	v, ok := r.literal(right)
	switch {
	case !ok:
		return r.orderTest(left, right, how)
	case v.Kind == engine.String:
		if how > unequal || left.kind != kText && !plainText(left, v.Str) {
			return test{}, false
		}
		t := test{id: r.textTerm(left), yes: values{isText: true, w: someWords(v.Str)}}
		if how == unequal {
			t.yes = t.yes.other()
		}
		return t, true
	}
	return r.numberTest(left, right, how, v)
}

// literal is the value of a node that reads no facts, or of date("...").
func (r *reasoner) literal(n *node) (engine.Value, bool) {
	if n.op == opCall && n.name == "date" && n.value.Kind == engine.Instant {
		return n.value, true
	}
	return r.constant(n)
}

// plainText is whether a term that is typed at run time equals a text only as a
// text: one that looks like a time may be compared as a time.
func plainText(n *node, s string) bool {
	return n.kind == kAny && (s == "" || s[0] < '0' || s[0] > '9')
}

func (r *reasoner) textTerm(n *node) int {
	key := r.key(n)
	if n.kind == kAny {
		key += "#text"
	}
	return r.term(key, func() *state { return r.naturally(n, true) })
}

// maxReal bounds the constants that quotients are compared with: greater ones
// are not told apart in floating point.
const maxReal = 1 << 30

func (r *reasoner) numberTest(left, right *node, how relation, v engine.Value) (test, bool) {
	c, ok := exactNum(v)
	if !ok || v.Kind == engine.Bool || left.kind == kReal && (c.whole > maxReal || c.whole < -maxReal) {
		return test{}, false
	}
	key := r.key(left)
	if left.kind == kAny {
		key += "#" + v.Kind.String()
		if v.Kind == engine.Decimal || v.Kind == engine.Int {
			key = r.key(left) + "#number"
		}
	}
	if right.op == opCall && right.name == "date" {
		key += "@day" // in the workspace's zone: days have an order among themselves
	}
	id := r.term(key, func() *state { return r.naturally(left, false) })
	whole := r.naturals[id].whole
	return test{id: id, yes: values{whole: whole, n: that(how, c, whole)}, up: how == greater || how == greaterEqual}, true
}

// orderTest compares two terms: what is tested is which is the greater.
func (r *reasoner) orderTest(left, right *node, how relation) (test, bool) {
	if left.kind == kAny || right.kind == kAny || left.op == opElement || right.op == opElement {
		return test{}, false
	}
	a, b := r.key(left), r.key(right)
	if b < a {
		a, b, how = b, a, mirror[how]
	}
	natural := func() *state {
		s := &state{values: values{whole: true, n: between(-1, 1)}, knowing: mayBeExact | mayBeUnknown, least: leastNum}
		switch {
		case a == b:
			s.n = between(0, 0)
		case left.kind == kText || left.kind == kBool:
			s.n = between(0, 1) // no order: equal or not
		}
		if left.readsMetric() || right.readsMetric() {
			s.knowing |= mayBeBounded
		}
		return s
	}
	t := test{id: r.term(a+" ~ "+b, natural), loose: true}
	t.yes = values{whole: true, n: that(how, num{}, true)}
	return t, true
}

// inTest is x in [constants].
func (r *reasoner) inTest(n *node) (test, bool) {
	v, ok := r.constant(n.kids[1])
	if !ok || n.kids[0].kind == kAny || n.kids[0].kind == kBool {
		return test{}, false
	}
	left := n.kids[0]
	if left.kind == kText {
		list := make([]string, len(v.List))
		for i, item := range v.List {
			list[i] = item.Str
		}
		return test{id: r.textTerm(left), yes: values{isText: true, w: someWords(list...)}}, true
	}
	id := r.term(r.key(left), func() *state { return r.naturally(left, false) })
	out := values{whole: r.naturals[id].whole}
	for _, item := range v.List {
		c, ok := exactNum(item)
		if !ok || left.kind == kReal && (c.whole > maxReal || c.whole < -maxReal) {
			return test{}, false
		}
		out.n = out.n.or(that(equal, c, out.whole), out.whole)
	}
	return test{id: id, yes: out}, true
}
