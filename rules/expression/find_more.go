package expression

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Lasting are the metrics, by number in the caller's table, whose growth keeps a
// condition true once it is: those that only must be great enough.
func (p *Program) Lasting() []int {
	r := newReasoner(p.src, p.voc, nil)
	arms := []*node{p.root}
	if p.root.op == opOr {
		arms = p.root.kids
	}
	var out []int
	for _, arm := range arms {
		b, ok := r.assume(nil, arm, true)
		if !ok {
			continue
		}
		walk(arm, func(n *node) {
			if n.op != opMetric || slices.Contains(out, n.metric.id) {
				return
			}
			id, tested := r.ids[r.key(n)]
			if tested && id < len(b) && b[id] != nil && !b[id].isText && b[id].n.unboundedUp() && r.naturals[id].n.least().less(b[id].n.least()) {
				out = append(out, n.metric.id)
			}
		})
	}
	return out
}

func walk(n *node, visit func(*node)) {
	visit(n)
	for _, k := range n.kids {
		walk(k, visit)
	}
}

// Stricter is a part of a hold that asks for more than the promotion did.
type Stricter struct {
	From, To int          // runes of the hold
	Part     string       // of the hold
	Term     string       // what it tests
	Value    engine.Value // one that promotes and does not hold
}

// StricterThan finds the parts of a hold that somebody who has just been promoted
// fails: each tests one thing of which the promotion leaves a value that does not
// hold. What a promotion itself changes is left out.
func (p *Program) StricterThan(promotion *Program) []Stricter {
	r := newReasoner(promotion.src, p.voc, nil)
	b, ok := r.assume(nil, promotion.root, true)
	if !ok {
		return nil
	}
	r.src = p.src // keys that were made stay
	parts := []*node{p.root}
	if p.root.op == opAnd {
		parts = p.root.kids
	}
	known := len(r.naturals)
	var out []Stricter
	for _, part := range parts {
		after, possible := r.assume(b, part, false)
		if !possible {
			continue
		}
		if x, ok := r.stricter(part, b, after, known); ok {
			out = append(out, x)
		}
	}
	return out
}

// stricter looks at a part that the promotion does not imply: it counts when the
// one term that it tests is one that the promotion asks something of.
func (r *reasoner) stricter(part *node, b, after belief, known int) (Stricter, bool) {
	only := -1
	for id, s := range after {
		if s == nil || id < len(b) && b[id] == s {
			continue
		}
		if only >= 0 {
			return Stricter{}, false
		}
		only = id
	}
	if only < 0 || only >= known || only >= len(b) || b[only] == nil || b[only].isText != after[only].isText {
		return Stricter{}, false
	}
	term := r.termNode(part, only)
	if term == nil || changedByMoving(term) {
		return Stricter{}, false
	}
	v, ok := after[only].example(term.kind)
	return Stricter{From: part.lo, To: part.hi, Part: r.src.slice(part.lo, part.hi), Term: r.src.slice(term.lo, term.hi), Value: v}, ok
}

// termNode finds the node that a term's number stands for.
func (r *reasoner) termNode(n *node, id int) (found *node) {
	walk(n, func(k *node) {
		if got, ok := r.ids[r.key(k)]; ok && got == id && found == nil {
			found = k
		}
	})
	return found
}

func changedByMoving(n *node) (changed bool) {
	walk(n, func(k *node) {
		if k.op == opName && (k.name == "member.rank" || k.name == "member.tier" || len(k.name) > 13 && k.name[:13] == "member.tiers.") {
			changed = true
		}
	})
	return changed
}

// example is a value that a term may have: the nearest to nothing.
func (s *state) example(k kind) (engine.Value, bool) {
	if s.isText {
		if s.w.not || len(s.w.list) == 0 {
			return engine.Value{}, false
		}
		return engine.StringValue(s.w.list[0]), true
	}
	x := s.n.least()
	switch {
	case s.n.has(num{}):
		x = num{}
	case x == leastNum:
		x = s.n.greatest()
	}
	switch k {
	case kDec, kReal, kAny:
		if x.micro == 0 {
			return engine.IntValue(x.whole), true
		}
		return engine.DecimalValue(x.whole*engine.Micro + x.micro), true
	}
	return engine.Value{Kind: k.engine(), Num: x.whole}, true
}

// Most is the greatest integer that the program's value can be, where that is
// bounded.
func (p *Program) Most() (int64, bool) {
	can := newReasoner(p.src, p.voc, nil).rangeOf(p.root)
	if p.root.kind != kInt || len(can) == 0 || can.unboundedUp() {
		return 0, false
	}
	return can.greatest().whole, true
}
