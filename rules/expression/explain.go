package expression

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// explainer evaluates the parts of a program one by one. It works on a copy of
// the facts, so that looking costs the rule no steps.
type explainer struct {
	src   *source
	gen   *generator
	facts engine.Facts
}

// explainSteps is what explaining may take: each part is evaluated by itself, so
// a loop inside an arithmetic inside a comparison is walked three times.
const explainSteps = 4 * engine.MaxSteps

// Explain evaluates every part without short circuit.
func (p *Program) Explain(f *engine.Facts) *engine.Finding {
	e := &explainer{src: p.src, gen: &generator{voc: p.voc, memo: map[*node]code{}}, facts: *f}
	e.facts.Steps = explainSteps
	return e.node(p.root)
}

func (e *explainer) eval(n *node) (engine.Value, mark) {
	v, m := e.gen.compile(n).any()(&e.facts, nil)
	return v, m
}

func (e *explainer) node(n *node) *engine.Finding {
	v, m := e.eval(n)
	out := &engine.Finding{From: n.lo, To: n.hi, Source: e.src.slice(n.lo, n.hi), Op: n.label(), Value: value(v, m), Reason: m.reason()}
	if n.kind == kBool || n.kind == kAny && v.Kind == engine.Bool {
		out.Outcome = boolOf(&v, m).tri().Outcome()
	}
	switch {
	case m.failed():
		out.Text = failureWords(m)
	case n.op == opCompare:
		e.comparison(n, out)
	case n.op == opIn || n.op == opText || n.op == opMatches:
		e.test(n, out)
	case n.op == opAnd || n.op == opOr || n.op == opNot:
	default:
		out.Text = e.plain(n, out)
	}
	for _, k := range n.parts() {
		out.Kids = append(out.Kids, e.node(k))
	}
	return out
}

// label is the operator as findings name it.
func (n *node) label() string {
	switch n.op {
	case opAnd:
		return "and"
	case opOr:
		return "or"
	case opNot:
		return "not"
	case opNegate:
		return "-"
	case opIn:
		return "in"
	case opMatches:
		return "matches"
	case opChoose:
		return "?:"
	case opElse:
		return "??"
	case opConst, opName:
		return ""
	}
	return n.name
}

// parts are the children that an explanation shows: all that have something to
// say which the node itself does not.
func (n *node) parts() []*node {
	var out []*node
	tests := n.op == opCompare || n.op == opIn || n.op == opText || n.op == opMatches
	for i, k := range n.kids {
		leaf := len(k.kids) == 0
		body := n.op == opLoop && i == 1
		if k.op == opConst || body || leaf && (tests || n.op == opCall) {
			continue
		}
		out = append(out, k)
	}
	return out
}

// sides are the operands of a comparison with a literal on the right.
func (n *node) sides() (left, right *node, r relation) {
	left, right = n.kids[0], n.kids[1]
	r = relations[n.name]
	if left.op == opConst && right.op != opConst {
		return right, left, mirror[r]
	}
	return left, right, r
}

func (e *explainer) comparison(n *node, out *engine.Finding) {
	left, right, r := n.sides()
	a, m := e.eval(left)
	b, k := e.eval(right)
	out.Value = value(a, m)
	required := value(b, k)
	out.Required = &required
	if unknown(m) || unknown(k) {
		out.Text = e.unknownText(left, right, m, k)
		return
	}
	ordered := r > unequal && a.Kind != engine.String && a.Kind != engine.Bool
	if out.Outcome != engine.OutcomeTrue && ordered {
		out.Distance = distanceOf(r, a, b)
	}
	out.Text = e.comparisonText(left, r, out)
}

// distanceOf is how much is missing (or too much) for a comparison to hold.
func distanceOf(r relation, a, b engine.Value) *engine.Value {
	high, low := b, a
	if r == less || r == lessEqual {
		high, low = a, b
	}
	d, m := arithValues("-", high, low, &engine.Facts{})
	if m != exact || d.Num < 0 {
		return nil
	}
	if (r == less || r == greater) && d.Kind == engine.Int && d.Num < math.MaxInt64 {
		d.Num++ // an integer must go one beyond
	}
	return &d
}

// test explains in, contains, startsWith, endsWith and matches.
func (e *explainer) test(n *node, out *engine.Finding) {
	left := n.kids[0]
	a, m := e.eval(left)
	out.Value = value(a, m)
	required, k := n.value, exact
	right := left
	if len(n.kids) > 1 {
		right = n.kids[1]
		required, k = e.eval(right)
	}
	known := value(required, k)
	out.Required = &known
	if m != exact || k != exact {
		out.Text = e.unknownText(left, right, m, k)
		return
	}
	out.Text = e.testText(n, out)
}
