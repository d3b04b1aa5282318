package expression

import (
	"slices"
	"sort"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

// filterNames are filter names that are no properties.
var filterNames = []string{"content", "group", "origin"}

// filter reads {field: value}: values are constants or fields of the current
// event, so that the metric's key is known before anything is loaded.
func (c *checker) filter(n ast.Node, m *engine.Metric) bool {
	object, ok := n.(*ast.MapNode)
	if !ok {
		c.problemAt(n, "filter_shape")
		return false
	}
	for _, p := range object.Pairs {
		pair, ok2 := p.(*ast.PairNode)
		if !ok2 {
			return false
		}
		f, good := c.filterPair(pair, m)
		if good && slices.ContainsFunc(m.Filter, func(o engine.MetricFilter) bool { return o.Name == f.Name }) {
			c.problemAt(pair.Key, "filter_twice", f.Name)
			good = false
		}
		if ok = ok && good; good {
			m.Filter = append(m.Filter, f)
		}
	}
	sort.Slice(m.Filter, func(i, j int) bool { return m.Filter[i].Name < m.Filter[j].Name })
	return ok
}

func (c *checker) filterPair(pair *ast.PairNode, m *engine.Metric) (engine.MetricFilter, bool) {
	f := engine.MetricFilter{}
	key, ok := pair.Key.(*ast.StringNode)
	if !ok {
		c.problemAt(pair.Key, "bad_filter_key")
		return f, false
	}
	f.Name = key.Value
	want, ok := c.filterField(key, m)
	x := c.check(pair.Value)
	if x.kind == kBad || !ok {
		return f, false
	}
	v, isConst := x.constant()
	switch {
	case isConst && x.kind != kList:
		f.Const = v
	case x.op == opName && x.path != "":
		f.FromEvent = x.path
	default:
		c.problemAt(pair.Value, "filter_value")
		return f, false
	}
	if want != kAny && x.kind != kAny && !(want == x.kind || want.number() && x.kind.number()) {
		c.problemAt(pair.Value, "filter_kind", f.Name, want.words(), x.kind.words())
		return f, false
	}
	if isConst && want != kAny {
		f.Const, ok = v.As(want.engine())
		if !ok {
			c.problemAt(pair.Value, "filter_kind", f.Name, want.words(), x.kind.words())
		}
	}
	return f, ok
}

// filterField is the kind of the field that a filter names.
func (c *checker) filterField(key *ast.StringNode, m *engine.Metric) (kind, bool) {
	if slices.Contains(filterNames, key.Value) {
		return kText, true
	}
	t := c.voc.Types[m.Type]
	if t == nil || len(t.Fields) == 0 {
		return kAny, true
	}
	f, ok := t.FieldNamed(key.Value)
	if !ok && slices.Contains(c.voc.Seen[m.Type], key.Value) {
		return kAny, true
	}
	if !ok {
		p := c.problemAt(key, "unknown_field", m.Type, key.Value)
		known := append(fieldNames(c.voc.fields(m.Type)), filterNames...)
		if !c.meant(p, key.Value, known) {
			p.Hint = engine.Text{En: "its fields are " + joinSome(known), Zh: "它的字段有 " + joinSome(known)}
		}
		return kBad, false
	}
	if f.Personal {
		c.problemAt(key, "personal_field", key.Value)
		return kBad, false
	}
	return kindOf(f.Kind), true
}

// checkBareSource is reached when events(...) stands without a method.
func checkBareSource(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	if call, ok := n.(*ast.CallNode); ok {
		c.eventSource(call, s.name)
	}
	c.problemAt(n, "source_alone", s.name)
	return bad
}

func checkGrowth(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	typ, okType := c.eventType(args[0])
	w, okWindow := c.window(args[1])
	if okWindow && (w == "all" || w == periodWindow) {
		c.problemAt(args[1], "growth_window", w)
		okWindow = false
	}
	if !okType || !okWindow {
		return bad
	}
	return c.metricNode(engine.Metric{Source: engine.OfMember, Type: typ, Window: w, Agg: engine.Growth}, kDec)
}

func checkPrevious(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	typ, ok := c.eventType(args[0])
	if !ok {
		return bad
	}
	return c.metricNode(engine.Metric{Source: engine.OfMember, Type: typ, Window: "all", Agg: engine.Last, Exclude: true}, kTime)
}

func checkInvited(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	w, ok := c.window(args[0])
	if !ok {
		return bad
	}
	return c.metricNode(engine.Metric{Source: engine.OfMember, Type: "invite.joined", Window: w, Agg: engine.Count, Exclude: true}, kInt)
}

func checkPurchased(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	w, ok := c.window(args[0])
	if !ok {
		return bad
	}
	m := c.metricNode(engine.Metric{Source: engine.OfMember, Type: "order.paid", Window: w, Agg: engine.Count}, kInt)
	out := s.node(kBool, m)
	win := windowWords(w)
	out.says = &says{yes: engine.Text{En: "bought something" + win.En, Zh: win.Zh + "购买过"}, no: engine.Text{En: "bought nothing" + win.En, Zh: win.Zh + "没有购买"}}
	out.noun = engine.Text{En: "buying" + win.En, Zh: win.Zh + "是否购买"}
	return out
}

func checkSilent(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	w, ok := c.window(args[0])
	if !ok {
		return bad
	}
	m := c.metricNode(engine.Metric{Source: engine.OfMember, Type: engine.AnyType, Window: w, Agg: engine.Count, Exclude: true}, kInt)
	out := s.node(kBool, m)
	win := windowWords(w)
	out.says = &says{yes: engine.Text{En: "did nothing" + win.En, Zh: win.Zh + "没有任何活动"}, no: engine.Text{En: "was active" + win.En, Zh: win.Zh + "有活动"}}
	out.noun = engine.Text{En: "silence" + win.En, Zh: win.Zh + "是否沉默"}
	return out
}
