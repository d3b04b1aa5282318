package rules

import (
	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// program compiles an expression and turns its problems into the document's.
// It is nil when there was one that is not only a warning.
func (m *maker) program(s *Scalar, v *expression.Vocabulary, want expression.Kinds) *expression.Program {
	p, found := expression.Compile(s.n.text, want, v, m.table)
	m.within(s.n, found)
	if p != nil {
		m.reads(p.Metrics())
		m.personal = m.personal || p.ReadsPersonal()
		p.In(s.n.span)
		m.read = append(m.read, readExpression{s.n, p, p.Findings})
	}
	return p
}

// readExpression is an expression or text of the document, to be looked at as a whole.
type readExpression struct {
	n       *node
	program *expression.Program // nil of a text
	odd     func(expression.Given) []engine.Problem
}

// programAt is the program of the value at a node, nil where there is none.
func (m *maker) programAt(n *node) *expression.Program {
	for _, x := range m.read {
		if x.n == n {
			return x.program
		}
	}
	return nil
}

// within moves problems from a value's own lines and columns to the document's.
func (m *maker) within(n *node, found []engine.Problem) {
	for _, p := range found {
		from, to := expression.Range(n.text, p)
		m.addRange(n, from, to, p)
	}
}

func (m *maker) reads(metrics []int) {
	for _, id := range metrics {
		m.metrics[id] = true
	}
}

// condition compiles a yes or no; nil stays nil, which is always.
func (m *maker) condition(s *Scalar, v *expression.Vocabulary) engine.Condition {
	if s == nil {
		return nil
	}
	if p := m.program(s, v, condition); p != nil {
		return p.Condition()
	}
	return nil
}

// value compiles an expression of some kind.
func (m *maker) value(s *Scalar, v *expression.Vocabulary, want expression.Kinds) engine.Expression {
	if p := m.program(s, v, want); p != nil {
		return p.Expression()
	}
	return nil
}

// text compiles a text with {{ expression }} in it.
func (m *maker) text(n *node, v *expression.Vocabulary) engine.Expression {
	t, found := expression.CompileTemplate(n.text, v, m.table)
	m.within(n, found)
	if t != nil {
		t.In(n.span)
		m.read = append(m.read, readExpression{n, nil, t.Findings})
	}
	return m.keep(t)
}

// keep notes what a text reads; nil stays nil.
func (m *maker) keep(t *expression.Template) engine.Expression {
	if t == nil {
		return nil
	}
	m.reads(t.Metrics())
	m.personal = m.personal || t.ReadsPersonal()
	return t.Expression()
}
