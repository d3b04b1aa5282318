package expression

import (
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// reasoner finds what can be said of conditions whatever the facts: by intervals
// of numbers and sets of texts, one term at a time. What it says is true of every
// event; of what it does not understand it says nothing.
//
// A belief has a state for each term of which something is assumed. assume makes
// a belief narrower and says whether anything is left; says gives the outcomes
// that a condition may have under a belief.
type reasoner struct {
	src      *source
	voc      *Vocabulary
	keys     map[*node]string
	ids      map[string]int
	names    []string // keys by id
	naturals []*state // by id
	given    Given
	folded   map[*node]engine.Value
	tests    map[*node]test
	steps    int // left: what is asked after they are used up is not known
}

// maxReasoning bounds the work on one expression.
const maxReasoning = 20_000

// Given is what holds where an expression is evaluated: effects happen only once
// the rule's condition is true.
type Given map[string]*state

func newReasoner(src *source, voc *Vocabulary, given Given) *reasoner {
	return &reasoner{src: src, voc: voc, keys: map[*node]string{}, ids: map[string]int{}, given: given,
		folded: map[*node]engine.Value{}, tests: map[*node]test{}, steps: maxReasoning}
}

// belief is what is assumed, by term; nil: nothing but its nature.
type belief []*state

func (r *reasoner) state(b belief, id int) *state {
	if id < len(b) && b[id] != nil {
		return b[id]
	}
	return r.naturals[id]
}

// with is another belief, in which a term's state is the one given.
func (b belief) with(id int, s *state) belief {
	out := make(belief, max(len(b), id+1))
	copy(out, b)
	out[id] = s
	return out
}

// join is what two beliefs share.
func (r *reasoner) join(a, b belief) belief {
	out := make(belief, min(len(a), len(b)))
	for id := range out {
		if a[id] != nil && b[id] != nil {
			out[id] = a[id].join(b[id])
		}
	}
	return out
}

// spent counts one step; true when no more can be asked.
func (r *reasoner) spent() bool {
	r.steps--
	return r.steps < 0
}

// assume narrows a belief to where a condition came out as said; ok is false
// where that cannot be. The belief given is not changed.
func (r *reasoner) assume(b belief, n *node, want bool) (out belief, ok bool) {
	if r.spent() {
		return b, true
	}
	if v, isConst := r.constant(n); isConst && v.Kind == engine.Bool {
		return b, (v.Num == 1) == want
	}
	switch n.op {
	case opAnd, opOr:
		if (n.op == opAnd) == want {
			return r.assumeAll(b, n.kids, want)
		}
		return r.assumeAny(b, n.kids, want)
	case opNot:
		return r.assume(b, n.kids[0], !want)
	case opChoose:
		return r.assumeChoice(b, n, want)
	case opElse:
		return r.assumeAny(b, n.kids, want)
	}
	if x, same, ok := r.boolEqual(n); ok {
		return r.assume(b, x, want == same)
	}
	if x := r.knownTerm(n); x >= 0 {
		return r.assumeKnown(b, x, want)
	}
	if n.op == opText || n.op == opMatches {
		if b, ok = r.assumeText(b, n, want); !ok {
			return nil, false
		}
	}
	t := r.test(n)
	old := r.state(b, t.id)
	var s *state
	if want {
		s = old.holds(t)
	} else {
		s = old.fails(t)
	}
	if s == nil {
		return nil, false
	}
	return b.with(t.id, s), true
}

// assumeAll takes what tests terms first: it narrows what the rest may be.
func (r *reasoner) assumeAll(b belief, kids []*node, want bool) (belief, bool) {
	for _, branching := range []bool{false, true} {
		for _, k := range kids {
			if (k.op == opAnd || k.op == opOr || k.op == opChoose) != branching {
				continue
			}
			var ok bool
			if b, ok = r.assume(b, k, want); !ok {
				return nil, false
			}
		}
	}
	return b, true
}

func (r *reasoner) assumeAny(b belief, kids []*node, want bool) (out belief, ok bool) {
	for _, k := range kids {
		arm, possible := r.assume(b, k, want)
		switch {
		case !possible:
		case !ok:
			out, ok = arm, true
		default:
			out = r.join(out, arm)
		}
	}
	return out, ok
}

// assumeChoice looks at c ? x : y, which with c unknown is what x and y share.
func (r *reasoner) assumeChoice(b belief, n *node, want bool) (out belief, ok bool) {
	c, x, y := n.kids[0], n.kids[1], n.kids[2]
	merge := func(arm belief, possible bool) {
		switch {
		case !possible:
		case !ok:
			out, ok = arm, true
		default:
			out = r.join(out, arm)
		}
	}
	if yes, possible := r.assume(b, c, true); possible {
		merge(r.assume(yes, x, want))
	}
	if no, possible := r.assume(b, c, false); possible {
		merge(r.assume(no, y, want))
	}
	merge(r.assumeAll(b, []*node{x, y}, want))
	return out, ok
}

// boolEqual recognises x == true and the like.
func (r *reasoner) boolEqual(n *node) (x *node, same, ok bool) {
	if n.op != opCompare || n.kids[0].kind != kBool || n.kids[1].kind != kBool {
		return nil, false, false
	}
	for i, k := range n.kids {
		if v, isConst := r.constant(k); isConst && v.Kind == engine.Bool {
			return n.kids[1-i], (v.Num == 1) == (n.name == "=="), true
		}
	}
	return nil, false, false
}

// knownTerm is the term of which known(x) speaks, -1 for anything else.
func (r *reasoner) knownTerm(n *node) int {
	if n.op != opCall || n.name != "known" || n.kids[0].op != opName && n.kids[0].op != opMetric {
		return -1
	}
	x := n.kids[0]
	if x.kind == kAny || x.kind == kList {
		return -1
	}
	return r.term(r.key(x), func() *state { return r.naturally(x, x.kind == kText) })
}

func (r *reasoner) assumeKnown(b belief, id int, want bool) (belief, bool) {
	s := *r.state(b, id)
	if want {
		s.knowing &= mayBeExact
	} else {
		s.knowing &^= mayBeExact
	}
	if s.knowing == 0 {
		return nil, false
	}
	return b.with(id, &s), true
}

// assumeText drops the texts that do not begin, end or look as said.
func (r *reasoner) assumeText(b belief, n *node, want bool) (belief, bool) {
	x := n.kids[0]
	fits := r.textTest(n)
	if x.kind != kText || fits == nil {
		return b, true
	}
	id := r.term(r.key(x), func() *state { return r.naturally(x, true) })
	s := *r.state(b, id)
	if !s.isText {
		return b, true
	}
	s.w = s.w.keep(func(text string) bool { return fits(text) == want })
	s.knowing &^= mayBeUnknown
	if s.w.empty() || s.knowing == 0 {
		return nil, false
	}
	return b.with(id, &s), true
}

func (r *reasoner) textTest(n *node) func(string) bool {
	if n.op == opMatches {
		re, err := regexp.Compile(n.value.Str)
		if err != nil {
			return nil
		}
		return re.MatchString
	}
	v, ok := r.constant(n.kids[1])
	if !ok || v.Kind != engine.String {
		return nil
	}
	how := map[string]func(string, string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[n.name]
	return func(text string) bool { return how(text, v.Str) }
}

// says is the outcomes that a condition may have under a belief.
func (r *reasoner) says(b belief, n *node) outcomes {
	const any = canBeTrue | canBeFalse | canBeUnknown
	if r.spent() {
		return any
	}
	if v, ok := r.constant(n); ok && v.Kind == engine.Bool {
		return map[bool]outcomes{true: canBeTrue, false: canBeFalse}[v.Num == 1]
	}
	switch n.op {
	case opAnd, opOr:
		return r.saysAll(b, n)
	case opNot:
		return r.says(b, n.kids[0]).not()
	case opChoose, opElse, opText, opMatches:
		return any
	}
	if x, same, ok := r.boolEqual(n); ok {
		if same {
			return r.says(b, x)
		}
		return r.says(b, x).not()
	}
	if id := r.knownTerm(n); id >= 0 {
		out := outcomes(0)
		s := r.state(b, id)
		if s.knowing&mayBeExact != 0 {
			out |= canBeTrue
		}
		if s.knowing&^mayBeExact != 0 {
			out |= canBeFalse
		}
		return out
	}
	t := r.test(n)
	return r.state(b, t.id).says(t)
}

func (r *reasoner) saysAll(b belief, n *node) outcomes {
	out := r.says(b, n.kids[0])
	for _, k := range n.kids[1:] {
		if n.op == opAnd {
			out = out.both(r.says(b, k))
		} else {
			out = out.either(r.says(b, k))
		}
	}
	if _, ok := r.assume(b, n, true); !ok {
		out &^= canBeTrue
	}
	if _, ok := r.assume(b, n, false); !ok {
		out &^= canBeFalse
	}
	return out
}

// can is whether a condition may come out as said.
func (r *reasoner) can(b belief, n *node, want bool) bool {
	_, ok := r.assume(b, n, want)
	return ok
}
