package expression

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// flaw is something odd about an expression that is allowed.
type flaw struct {
	code string
	n    *node
	in   *node   // the and, or, ?: or division that it is odd in
	by   []*node // because of these
}

// finder walks an expression and gathers flaws.
type finder struct {
	*reasoner
	flaws []flaw
}

// around is what holds at a node because of what stands around it.
type around struct {
	guard    belief // where its value matters: in an and the rest is true, in an or false
	sure     belief // where the whole is true because of it
	positive bool   // the whole can be true because of it: not so under not and in values
}

// Findings are the oddities of a program: conditions that are never or always
// true, parts that add nothing, divisions that nothing guards. All are warnings.
// What is given holds wherever the program is evaluated; nil: nothing does.
func (p *Program) Findings(given Given) []engine.Problem {
	s := newSource(p.src.text)
	f := p.find(given)
	for _, x := range f.flaws {
		f.tell(s, x)
	}
	return tidy(s.found)
}

func (p *Program) find(given Given) *finder {
	f := &finder{reasoner: newReasoner(p.src, p.voc, given)}
	f.visit(around{positive: p.root.kind == kBool}, p.root)
	return f
}

// Holds is what is given once the program, a condition, has come out true.
func (p *Program) Holds() Given {
	r := newReasoner(p.src, p.voc, nil)
	b, ok := r.assume(nil, p.root, true)
	given := Given{}
	for id, s := range b {
		if ok && s != nil {
			given[r.names[id]] = s
		}
	}
	return given
}

func (f *finder) flaw(code string, n, in *node, by ...*node) {
	f.flaws = append(f.flaws, flaw{code, n, in, by})
}

func (f *finder) visit(a around, n *node) {
	switch n.op {
	case opAnd, opOr:
		f.logic(a, n)
		return
	case opNot:
		f.visit(around{guard: a.guard}, n.kids[0])
		return
	case opChoose:
		f.choice(a.guard, n)
		return
	case opArith:
		f.arithmetic(a.guard, n)
	}
	if f.single(n) {
		return
	}
	for _, k := range n.kids {
		f.visit(around{guard: a.guard}, k)
	}
}

// single reports a condition that alone is never or always true.
func (f *finder) single(n *node) bool {
	if n.kind != kBool || n.op == opConst || n.op == opNot || n.op == opAnd || n.op == opOr || n.op == opChoose || n.op == opElse {
		return false
	}
	switch {
	case !f.can(nil, n, true):
		f.flaw("never_true", n, n)
	case !f.can(nil, n, false):
		f.flaw("always_true", n, n)
	default:
		return false
	}
	return true
}

// logic looks at the parts of an and or an or, alone and together.
func (f *finder) logic(a around, n *node) {
	want := n.op == opAnd // the outcome that needs all parts
	var live []*node
	explained := false
	for _, k := range n.kids {
		if k.op == opConst {
			continue
		}
		if !f.can(nil, k, want) {
			explained = true
		}
		if !f.single(k) {
			live = append(live, k)
		}
	}
	if !explained && len(live) == len(n.kids) && !f.can(nil, n, want) {
		f.clash(n, want)
		return
	}
	live = f.redundant(n, live)
	for i, k := range live {
		if f.here(a.sure, n, k) {
			continue
		}
		others, inner := slices.Concat(live[:i], live[i+1:]), a
		if b, ok := f.assumeAll(a.guard, others, want); ok {
			inner.guard = b
		}
		if b, ok := f.assumeAll(a.sure, others, true); ok && want && a.positive {
			inner.sure = b
		}
		f.visit(inner, k)
	}
}

// clash reports the first two parts that exclude each other, or the whole.
func (f *finder) clash(n *node, want bool) {
	code := map[bool]string{true: "contradiction", false: "covers_all"}[want]
	for j, k := range n.kids {
		for _, before := range n.kids[:j] {
			b, ok := f.assume(nil, before, want)
			if ok && !f.can(b, k, want) {
				f.flaw(code, k, n, before)
				return
			}
		}
	}
	f.flaw(map[bool]string{true: "never_true", false: "always_true"}[want], n, n)
}

// here reports a part that what stands around the whole settles: of an or that
// it is never true, of an and that it always is.
func (f *finder) here(b belief, n, k *node) bool {
	switch {
	case len(b) == 0:
	case n.op == opOr && !f.can(b, k, true):
		f.flaw("never_here", k, n)
		return true
	case n.op == opAnd && f.says(b, k) == canBeTrue:
		f.flaw("always_here", k, n)
		return true
	}
	return false
}

// maxCompared bounds the parts that are compared each with all.
const maxCompared = 60

// redundant reports parts without which the outcome is the same, and gives the rest.
func (f *finder) redundant(n *node, live []*node) []*node {
	if len(live) < 2 || len(live) > maxCompared {
		return live
	}
	for i := len(live) - 1; i >= 0 && len(live) > 1; i-- {
		k := live[i]
		others := slices.Concat(live[:i], live[i+1:])
		if !f.implied(n.op, k, others) {
			continue
		}
		for _, one := range others {
			if f.implied(n.op, k, []*node{one}) {
				others = []*node{one}
				break
			}
		}
		f.flaw(map[op]string{opAnd: "implied", opOr: "covered"}[n.op], k, n, others...)
		live = slices.Concat(live[:i], live[i+1:])
	}
	return live
}

// implied is whether a part never changes the outcome beside the others: where
// they hold it surely does, and where it fails they surely do. (Of an or with
// true and false exchanged.) A part that may be unknown where the others are not
// does change it.
func (f *finder) implied(how op, k *node, others []*node) bool {
	want, holds, fails := true, canBeTrue, canBeFalse
	if how == opOr {
		want, holds, fails = false, canBeFalse, canBeTrue
	}
	b, ok := f.assumeAll(nil, others, want)
	if !ok || f.says(b, k) != holds {
		return false
	}
	b, ok = f.assume(nil, k, !want)
	if !ok {
		return false
	}
	out := holds
	for _, o := range others {
		if how == opAnd {
			out = out.both(f.says(b, o))
		} else {
			out = out.either(f.says(b, o))
		}
	}
	return out == fails && f.steps > 0
}

// choice looks at c ? x : y.
func (f *finder) choice(b belief, n *node) {
	c, x, y := n.kids[0], n.kids[1], n.kids[2]
	if c.op != opConst {
		f.visit(around{guard: b}, c)
	}
	if !f.can(nil, c, true) {
		f.flaw("never_chosen", x, n, c)
	} else if yes, ok := f.assume(b, c, true); ok {
		f.visit(around{guard: yes}, x)
	}
	if !f.can(nil, c, false) {
		f.flaw("never_chosen", y, n, c)
	} else if no, ok := f.assume(b, c, false); ok {
		f.visit(around{guard: no}, y)
	}
}

// arithmetic reports divisors that may be zero and products that may leave 64 bits.
func (f *finder) arithmetic(b belief, n *node) {
	left, right := n.kids[0], n.kids[1]
	switch {
	case pure(n):
		_, m := (&generator{voc: f.voc}).compile(n).any()(&engine.Facts{Steps: engine.MaxSteps}, nil)
		if m.failed() {
			f.flaw("always_overflows", n, n)
		}
	case n.name == "/" || n.name == "%":
		if _, ok := f.constant(right); !ok && f.mayBeZero(b, right) {
			f.flaw("may_divide_by_zero", right, n)
		}
	case n.name == "*" && n.kind != kReal && fromOutside(left) && fromOutside(right):
		f.flaw("may_overflow", n, n)
	}
}

func (f *finder) mayBeZero(b belief, n *node) bool {
	if n.op == opArith && n.name == "-" && n.kind != kAny {
		if t, ok := f.orderTest(n.kids[0], n.kids[1], equal); ok && f.state(b, t.id).holds(t) == nil {
			return false
		}
	}
	key := f.key(n)
	if n.kind == kAny {
		key += "#number"
	}
	id := f.term(key, func() *state { return f.naturally(n, false) })
	return f.state(b, id).n.has(num{})
}

// fromOutside is whether a number is as great as its sender wishes.
func fromOutside(n *node) bool {
	switch n.op {
	case opName:
		return len(n.name) > 6 && (n.name[:6] == "event." || len(n.name) > 13 && n.name[:13] == "member.attrs.")
	case opMetric:
		return n.metric.Field != "" && n.metric.Agg != engine.Distinct
	case opArith:
		return fromOutside(n.kids[0]) || fromOutside(n.kids[1])
	}
	return false
}
