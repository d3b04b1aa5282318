package expression

import (
	"slices"
	"sync"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

// Program is one compiled expression. It is immutable and safe for concurrent
// use; every evaluation writes only to the Steps of its own facts.
type Program struct {
	src      *source
	root     *node
	code     code
	value    anyFn
	want     Kinds
	voc      *Vocabulary
	metrics  []int
	names    []string
	personal bool
	keys     []engine.IndexKey
	bounds   []engine.IndexBound

	place Place
	split sync.Once // guards parts
	parts map[*node]anyFn
}

// Place finds a range of an expression, in runes, in the document that it
// stands in: line and column of its first rune from 1, and the column after the
// last one, 0 where that is on another line.
type Place func(from, to int) (line, column, end int)

// In tells where the program stands, so that explanations name lines and
// columns. It is called before the program is used.
func (p *Program) In(place Place) *Program {
	p.place = place
	return p
}

// Check gives all problems of an expression whose value is to be of a kind, with
// what its program looks odd in.
func Check(src string, want Kinds, v *Vocabulary) []engine.Problem {
	p, problems := Compile(src, want, v, engine.NewMetricTable())
	if p != nil {
		problems = tidy(append(problems, p.Findings(nil)...))
	}
	return problems
}

// Compile makes a program of an expression and interns its metrics in the table.
// The program is nil when there is a problem that is not only a warning, and then
// the table is as it was. Lines and columns count from 1 in runes of src.
func Compile(src string, want Kinds, v *Vocabulary, metrics *engine.MetricTable) (*Program, []engine.Problem) {
	if len(src) > MaxBytes {
		return nil, tooLong(len(src), MaxBytes)
	}
	s := newSource(src)
	tree := s.parse()
	if tree == nil {
		return nil, s.found
	}
	c := newChecker(s, v)
	root := c.checkAll(tree, want)
	s.found = tidy(s.found)
	if s.failed() {
		return nil, s.found
	}
	p := &Program{src: s, root: root, want: want, voc: v, personal: c.personal, names: sortedKeys(c.names)}
	for _, use := range c.metrics {
		use.id = metrics.Intern(use.Metric)
		if !slices.Contains(p.metrics, use.id) {
			p.metrics = append(p.metrics, use.id)
		}
	}
	p.code = (&generator{voc: v}).compile(root)
	p.value = p.code.any()
	p.keys, p.bounds = keysOf(root), boundsOf(root)
	return p, s.found
}

// tooLong refuses a text without looking at it.
func tooLong(size, most int) []engine.Problem {
	s := newSource("")
	s.report(0, 0, "too_long", size, most)
	return s.found
}

func (c *checker) checkAll(tree ast.Node, want Kinds) *node {
	c.refuseTokens()
	root := c.check(tree)
	c.result(root, want)
	return root
}

// tidy drops what was found twice and puts errors and warnings in the order of
// the text.
func tidy(found []engine.Problem) []engine.Problem {
	slices.SortStableFunc(found, func(a, b engine.Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.CompactFunc(found, func(a, b engine.Problem) bool {
		return a.Code == b.Code && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
}

// Source is the text as written.
func (p *Program) Source() string { return p.src.text }

// Metrics are the numbers, in the table given to Compile, of all that it reads.
func (p *Program) Metrics() []int { return p.metrics }

// Keys are the program's top-level conjuncts on fields of the event, for an
// index: the condition cannot be true unless each field has one of the values.
// Numbers are given as IndexValue writes them.
func (p *Program) Keys() []engine.IndexKey { return p.keys }

// Bounds are its top-level conjuncts that say how much a metric must be at least.
func (p *Program) Bounds() []engine.IndexBound { return p.bounds }

// Names are the names and functions (with parentheses) that it reads, sorted.
func (p *Program) Names() []string { return p.names }

// ReadsPersonal is whether it reads personal fields, so that its value is one.
func (p *Program) ReadsPersonal() bool { return p.personal }

// Kind is the kind of its value, Unknown where that is known only at run time.
func (p *Program) Kind() engine.Kind { return p.root.kind.engine() }

// Constant is the value of an expression that is one literal.
func (p *Program) Constant() (engine.Value, bool) { return p.root.constant() }

// Cost bounds the nodes that one evaluation visits: list functions count as a
// list of MaxList items. The sweep of many members is refused by it.
func (p *Program) Cost() int { return p.root.cost() }

func (n *node) cost() int {
	total := 1
	for _, k := range n.kids {
		total += k.cost()
	}
	if n.op == opLoop {
		total += MaxList * n.kids[1].cost()
	}
	return total
}

// Condition is the program as a yes/no condition; it must have been compiled
// with Want(engine.Bool).
func (p *Program) Condition() engine.Condition { return &condition{p: p, b: p.asBool()} }

func (p *Program) asBool() boolFn {
	if p.code.kind == kBool {
		return p.code.b
	}
	return fromAny(kBool, p.value).b
}

// Expression is the program as a value.
func (p *Program) Expression() engine.Expression { return &expression{p} }

type condition struct {
	p *Program
	b boolFn
}

// Eval decides. The error is engine.ErrOverflow or engine.ErrSteps.
func (c *condition) Eval(f *engine.Facts) (engine.Tri, error) {
	switch t := c.b(f, nil); t {
	case yes:
		return engine.Yes, nil
	case no:
		return engine.No, nil
	default:
		return engine.Maybe, t.mark().err()
	}
}

// Explain evaluates every part.
func (c *condition) Explain(f *engine.Facts) *engine.Finding { return c.p.Explain(f) }

type expression struct{ p *Program }

// Eval gives the value, converted to the one kind that was wanted.
func (e *expression) Eval(f *engine.Facts) (engine.Value, error) {
	v, m := e.p.value(f, nil)
	if m.failed() {
		return engine.Value{}, m.err()
	}
	return e.p.converted(value(v, m)), nil
}

// Explain evaluates every part.
func (e *expression) Explain(f *engine.Facts) *engine.Finding { return e.p.Explain(f) }

// converted makes a value what the caller wanted: typed at run time, it may be
// of another kind, which is unknown.
func (p *Program) converted(v engine.Value) engine.Value {
	if v.Kind == engine.Unknown || p.want.Has(v.Kind) {
		return v
	}
	if only, ok := p.want.only(); ok {
		if w, ok := v.As(only); ok {
			return w
		}
	} else if v.Kind == engine.Int && p.want.Has(engine.Decimal) {
		if w, ok := v.As(engine.Decimal); ok {
			return w
		}
	}
	return engine.UnknownValue(engine.WrongType)
}
