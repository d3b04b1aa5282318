package expression

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// explainer evaluates the parts of a program one by one. It works on a copy of
// the facts, so that looking costs the rule no steps.
type explainer struct {
	src   *source
	voc   *Vocabulary
	parts map[*node]anyFn
	facts engine.Facts
}

// explainSteps is what explaining may take: each part is evaluated by itself, so
// a loop inside an arithmetic inside a comparison is walked three times.
const explainSteps = 4 * engine.MaxSteps

// Explain evaluates every part without short circuit.
func (p *Program) Explain(f *engine.Facts) *engine.Finding {
	p.split.Do(func() { p.parts = partsOf(p.root, p.voc) })
	e := &explainer{src: p.src, voc: p.voc, parts: p.parts, facts: *f}
	e.facts.Steps = explainSteps
	out := e.node(p.root)
	located(out, p.place)
	return out
}

// located finds a finding and its parts in the document.
func located(f *engine.Finding, place Place) {
	if place == nil {
		return
	}
	f.Line, f.Column, f.End = place(f.From, f.To)
	for _, k := range f.Kids {
		located(k, place)
	}
}

// partsOf compiles every part of a program by itself. What stands inside a list
// function has no value without an item.
func partsOf(root *node, voc *Vocabulary) map[*node]anyFn {
	gen := &generator{voc: voc, memo: map[*node]code{}}
	parts := map[*node]anyFn{}
	var visit func(n *node)
	visit = func(n *node) {
		parts[n] = gen.compile(n).any()
		for i, k := range n.kids {
			if n.op != opLoop || i == 0 {
				visit(k)
			} else {
				parts[k] = gen.compile(k).any()
			}
		}
	}
	visit(root)
	return parts
}

func (e *explainer) eval(n *node) (engine.Value, mark) { return e.parts[n](&e.facts, nil) }

func (e *explainer) node(n *node) *engine.Finding {
	v, m := e.eval(n)
	out := &engine.Finding{From: n.lo, To: n.hi, Source: e.src.slice(n.lo, n.hi), Op: n.label(), Value: value(v, m),
		AtLeast: m == bounded, Reason: m.reason()}
	if n.kind == kBool || n.kind == kAny && v.Kind == engine.Bool {
		out.Outcome = boolOf(&v, m).tri().Outcome()
	}
	for _, k := range n.shown() {
		out.Kids = append(out.Kids, e.node(k))
	}
	e.words(n, m, out)
	out.Text.Zh, out.Of.Zh = typeset(out.Text.Zh), typeset(out.Of.Zh)
	return out
}

// words says in both languages what a node was.
func (e *explainer) words(n *node, m mark, out *engine.Finding) {
	switch {
	case m.failed():
		out.Text = failureWords(m)
	case n.op == opCompare:
		e.comparison(n, out)
	case n.op == opIn || n.op == opText || n.op == opMatches:
		e.test(n, out)
	case n.op == opAnd || n.op == opOr:
		out.Text = gathered(n, out)
	case n.op == opNot:
		out.Text = e.opposite(n.kids[0], out)
	case m != exact && m != bounded:
		e.unknown(n, m, out)
	case n.kind == kBool || out.Outcome != "":
		out.Text = e.yesNo(n, out.Outcome == engine.OutcomeTrue)
	default:
		out.Text = e.plain(n, out)
	}
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

// shown are the children that an explanation shows: all that have something to
// say which the node itself does not.
func (n *node) shown() []*node {
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
	fixed := left.op == opConst || isTier(left)
	if fixed && right.op != opConst && !isTier(right) {
		return right, left, mirror[r]
	}
	return left, right, r
}

func (e *explainer) comparison(n *node, out *engine.Finding) {
	left, right, r := n.sides()
	a, m := e.eval(left)
	b, k := e.eval(right)
	out.Value, out.AtLeast, out.Of = value(a, m), m == bounded, e.noun(left)
	required := value(b, k)
	out.Required = &required
	if unknown(m) || unknown(k) {
		which, why := left, m
		if !unknown(m) {
			which, why = right, k
		}
		e.unknown(which, why, out)
		return
	}
	ordered := a.Kind != engine.String && a.Kind != engine.Bool
	if out.Outcome != engine.OutcomeTrue && ordered && r != unequal {
		out.Distance = distanceOf(r, a, b)
	}
	e.compared(compared{n: left, other: right, r: r, have: a, want: b, bound: m == bounded || k == bounded}, out)
}

// distanceOf is how much is missing (or too much) for a comparison to hold.
func distanceOf(r relation, a, b engine.Value) *engine.Value {
	high, low := b, a
	if s, ok := valueSign(&a, &b); r == less || r == lessEqual || r == equal && ok && s > 0 {
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
	out.Value, out.AtLeast, out.Of = value(a, m), m == bounded, e.noun(left)
	required, k := n.value, exact
	right := left
	if len(n.kids) > 1 {
		right = n.kids[1]
		required, k = e.eval(right)
	}
	known := value(required, k)
	out.Required = &known
	switch {
	case m != exact:
		e.unknown(left, m, out)
	case k != exact:
		e.unknown(right, k, out)
	case out.Outcome == engine.OutcomeUnknown: // an item of the list is not known
		e.unknown(n, wrongType, out)
	case n.op == opIn && (left.op == opConst || right.op == opName):
		out.Of = e.noun(right)
		out.Text = e.holds(left, right, a, out)
	default:
		out.Text = e.tested(n, a, required, out)
	}
}

// unknown says what is not known, why, and since when it is recorded.
func (e *explainer) unknown(n *node, m mark, out *engine.Finding) {
	if m == bounded {
		m = boundOnly
	}
	noun, why := e.noun(n), m.reason().Words()
	culprit := e.culprit(n)
	out.Of = e.noun(culprit)
	if id, ok := culprit.counted(); ok {
		out.Since, why = e.since(id, m.reason(), why)
	}
	if culprit != n && culprit.op != opArith {
		why = engine.Text{En: why.En + " (" + out.Of.En + ")", Zh: why.Zh + "（" + out.Of.Zh + "）"}
	}
	out.Text = engine.Text{En: noun.En + " is not known: " + why.En, Zh: noun.Zh + "未知：" + why.Zh}
}

// culprit is the innermost part because of which a node is not known.
func (e *explainer) culprit(n *node) *node {
	for i, k := range n.kids {
		if n.op == opLoop && i == 1 {
			break
		}
		if _, m := e.eval(k); m != exact && k.op != opConst {
			return e.culprit(k)
		}
	}
	return n
}

// counted is the number of the metric that a node reads by itself.
func (n *node) counted() (id int, ok bool) {
	switch {
	case n.op == opMetric:
		return n.metric.id, true
	case n.op == opCall && len(n.kids) == 1 && n.kids[0].op == opMetric:
		return n.kids[0].metric.id, true
	}
	return 0, false
}

// since adds to the words of a gap in what is recorded when the record begins.
func (e *explainer) since(id int, r engine.Reason, why engine.Text) (engine.Time, engine.Text) {
	reader, ok := e.facts.Metrics.(engine.CoverageReader)
	if !ok {
		return 0, why
	}
	from, joined := reader.Covered(id, &e.facts)
	switch {
	case r == engine.NotCovered && from != 0:
		at := showTime(&e.facts, from)
		return from, engine.Text{En: "such events are recorded only since " + at, Zh: at + " 起才有此类记录"}
	case r == engine.BeforeJoined && joined != 0:
		at := showTime(&e.facts, joined)
		return joined, engine.Text{En: "the member joined only on " + at, Zh: "成员 " + at + " 才加入"}
	}
	return max(from, joined), why
}

func failureWords(m mark) engine.Text {
	if m == tired {
		return engine.Text{En: "it takes more than 100,000 steps", Zh: "超过 100,000 步"}
	}
	return engine.TooLarge.Words()
}
