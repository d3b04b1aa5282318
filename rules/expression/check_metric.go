package expression

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

var sources = map[string]engine.Source{
	"events": engine.OfMember, "group_events": engine.OfGroup, "content_events": engine.OfContent,
}

func isSource(name string) bool { _, ok := sources[name]; return ok }

// aggSpec is one method of events(...).
type aggSpec struct {
	name  string
	field bool // takes a field
	kind  kind // kNone: that of the field
	doc   engine.Text
}

var aggSpecs = []aggSpec{
	{"count", false, kInt, engine.Text{En: "how many events", Zh: "事件数"}},
	{"sum", true, kNone, engine.Text{En: "the sum of a field", Zh: "某字段之和"}},
	{"avg", true, kDec, engine.Text{En: "the average of a field; unknown of no events", Zh: "某字段的平均值；没有事件时为未知"}},
	{"min", true, kNone, engine.Text{En: "the least of a field; unknown of no events", Zh: "某字段的最小值；没有事件时为未知"}},
	{"max", true, kNone, engine.Text{En: "the greatest of a field; unknown of no events", Zh: "某字段的最大值；没有事件时为未知"}},
	{"distinct", true, kInt, engine.Text{En: "how many different values of a field", Zh: "某字段不同取值的个数"}},
	{"days", false, kInt, engine.Text{En: "on how many local days", Zh: "有事件的天数"}},
	{"streak", false, kInt, engine.Text{En: "days without a gap that end today or yesterday", Zh: "截至今天或昨天的连续天数"}},
	{"first", false, kTime, engine.Text{En: "when the first was; unknown of no events", Zh: "第一次的时间；没有事件时为未知"}},
	{"last", false, kTime, engine.Text{En: "when the latest was; unknown of no events", Zh: "最近一次的时间；没有事件时为未知"}},
}

func aggNamed(name string) *aggSpec {
	for i := range aggSpecs {
		if aggSpecs[i].name == name {
			return &aggSpecs[i]
		}
	}
	return nil
}

func aggNames() []string {
	out := make([]string, len(aggSpecs))
	for i, a := range aggSpecs {
		out[i] = a.name
	}
	return out
}

// method types events(...).count() and its like.
func (c *checker) method(n *ast.CallNode, callee *ast.MemberNode) *node {
	property, ok := callee.Property.(*ast.StringNode)
	source, isCall := callee.Node.(*ast.CallNode)
	if ok && isCall {
		if f, ok := source.Callee.(*ast.IdentifierNode); ok && isSource(f.Value) {
			return c.aggregate(n, property, source, f.Value)
		}
	}
	name := "?"
	if ok {
		name = property.Value
	}
	if path, isPath := pathOf(callee.Node); isPath {
		name = strings.Join(path, ".") + "." + name
	} else {
		c.check(callee.Node)
	}
	c.problemAt(n, "no_methods", name)
	return bad
}

func (c *checker) aggregate(n *ast.CallNode, property *ast.StringNode, source *ast.CallNode, name string) *node {
	m, ok := c.eventSource(source, name)
	c.names[name+"()"] = true
	agg := aggNamed(property.Value)
	if agg == nil {
		p := c.problemAt(property, "unknown_method", property.Value)
		if !c.meant(p, property.Value, aggNames()) {
			p.Hint = engine.Text{En: "there are " + joinAll(aggNames()), Zh: "可用的有 " + joinAll(aggNames())}
		}
		return bad
	}
	m.Agg = engine.Agg(agg.name)
	k := agg.kind
	if agg.field {
		fieldKind, fits := c.aggField(n, agg, &m)
		if k == kNone {
			k = fieldKind
		}
		ok = ok && fits
	} else if len(n.Arguments) > 0 {
		c.problemAt(n.Arguments[0], "method_arguments", agg.name)
		ok = false
	}
	if !ok {
		return bad
	}
	return c.metricNode(m, k)
}

// metricNode makes the node of a metric; it is numbered when all is well.
func (c *checker) metricNode(m engine.Metric, k kind) *node {
	use := &metricUse{Metric: m}
	c.metrics = append(c.metrics, use)
	noun, phrase := c.metricWords(m)
	return &node{op: opMetric, kind: k, metric: use, name: string(m.Agg), noun: noun, phrase: phrase}
}

// aggField checks the field of sum, avg, min, max and distinct.
func (c *checker) aggField(n *ast.CallNode, agg *aggSpec, m *engine.Metric) (kind, bool) {
	if len(n.Arguments) != 1 {
		c.problemAt(n, "field_needed", agg.name)
		return kBad, false
	}
	name, ok := c.text(n.Arguments[0], "field_literal", agg.name)
	if !ok || m.Type == "" {
		return kBad, false
	}
	m.Field = name
	if agg.name == "distinct" && slices.Contains(filterNames, name) {
		return kText, true
	}
	t := c.voc.Types[m.Type]
	if t == nil || len(t.Fields) == 0 {
		return kAny, true
	}
	f, ok := t.FieldNamed(name)
	switch {
	case !ok && slices.Contains(c.voc.Seen[m.Type], name):
		return kAny, true
	case !ok:
		p := c.problemAt(n.Arguments[0], "unknown_field", m.Type, name)
		if known := fieldNames(c.voc.fields(m.Type)); !c.meant(p, name, known) {
			p.Hint = engine.Text{En: "its fields are " + joinSome(known), Zh: "它的字段有 " + joinSome(known)}
		}
		return kBad, false
	case f.Personal:
		c.problemAt(n.Arguments[0], "personal_field", name)
		return kBad, false
	case agg.name != "distinct" && f.Kind != engine.Int && f.Kind != engine.Decimal:
		c.problemAt(n.Arguments[0], "field_number", agg.name, name, kindOf(f.Kind).words())
		return kBad, false
	}
	return kindOf(f.Kind), true
}

// eventSource reads events(type, window, filter).
func (c *checker) eventSource(call *ast.CallNode, name string) (engine.Metric, bool) {
	m := engine.Metric{Source: sources[name]}
	if len(call.Arguments) < 2 || len(call.Arguments) > 3 {
		c.problemAt(call, "argument_count", functionByName[name].usage, len(call.Arguments))
		return m, false
	}
	ok := c.sourceInQuestion(call, name)
	m.Type, _ = c.eventType(call.Arguments[0])
	window, good := c.window(call.Arguments[1])
	m.Window = window
	ok = ok && good && m.Type != ""
	if len(call.Arguments) == 3 {
		ok = c.filter(call.Arguments[2], &m) && ok
	}
	if c.voc.OneRoom && m.Source == engine.OfMember {
		inRoom(&m)
	}
	return m, ok
}

// inRoom keeps only events of the group in question, unless a group is named.
func inRoom(m *engine.Metric) {
	if slices.ContainsFunc(m.Filter, func(f engine.MetricFilter) bool { return f.Name == "group" }) {
		return
	}
	m.Filter = append(m.Filter, engine.MetricFilter{Name: "group", FromEvent: "group"})
	slices.SortFunc(m.Filter, func(a, b engine.MetricFilter) int { return strings.Compare(a.Name, b.Name) })
}

func (c *checker) sourceInQuestion(n ast.Node, name string) bool {
	switch {
	case name == "group_events" && c.voc.NoGroup:
		c.problemAt(n, "no_group", name+"()")
	case name == "content_events" && !c.voc.Event && c.voc.Subject != engine.SubjectContent:
		c.problemAt(n, "no_event", name+"()")
	default:
		return true
	}
	return false
}

// eventType reads a type's literal; one that nobody knows is only a warning.
func (c *checker) eventType(n ast.Node) (string, bool) {
	key, ok := c.text(n, "type_literal")
	if !ok {
		return "", false
	}
	if key == "" {
		c.problemAt(n, "type_literal")
		return "", false
	}
	if key != engine.AnyType && !c.voc.knownType(key) {
		c.meant(c.warnOnce(n, "type "+key, "unknown_type", key), key, c.voc.typeKeys())
	}
	return key, true
}

// periodWindow is the window of the period under review.
const periodWindow = "period"

func (c *checker) window(n ast.Node) (string, bool) {
	if id, ok := n.(*ast.IdentifierNode); ok && id.Value == periodWindow {
		if !c.voc.Period {
			c.problemAt(n, "only_in_reviews", periodWindow)
			return "", false
		}
		c.names[periodWindow] = true
		return periodWindow, true
	}
	text, ok := c.text(n, "window_literal")
	if !ok {
		return "", false
	}
	if text == periodWindow {
		c.problemAt(n, "period_quoted")
		return "", false
	}
	_, err := calendar.ParseWindow(text)
	return text, c.calendar(n, err)
}

func joinAll(words []string) string { return strings.Join(words, ", ") }
