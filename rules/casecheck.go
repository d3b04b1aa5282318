package rules

import (
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// checkCases holds cases to the workspace: their types, values, tiers, and
// whether the rule can do what they expect.
func (m *maker) checkCases() {
	for i := range m.doc.Cases {
		c := &m.doc.Cases[i]
		m.checkGiven(c)
		for k := range c.Events {
			m.checkEvent(&c.Events[k])
		}
		m.checkLast(c)
		m.checkExpect(c)
	}
}

func (m *maker) checkGiven(c *Case) {
	g := c.n.find("given")
	if g == nil || g.find("member") == nil {
		return
	}
	member := g.find("member")
	if n := member.find("tier"); n != nil {
		m.tierExists(n, m.doc.Ladder)
	}
	m.each(member.find("groups"), func(n *node) { m.exists(n, engine.DefineGroup, "") })
	m.each(member.find("badges"), func(n *node) { m.exists(n, engine.DefineReward, "badge") })
	if n := member.find("points"); n != nil {
		for _, e := range n.entries {
			m.exists(e.key.named(e.value.path), engine.DefineReward, "points")
		}
	}
	attrs := member.find("attrs")
	for _, name := range slices.Sorted(maps.Keys(c.Given.Member.Attrs)) {
		if a := m.scope.Defs.Attributes[name]; a != nil && attrs != nil {
			m.fits(attrs.find(name), c.Given.Member.Attrs[name], a.Field)
		}
	}
}

// each visits one name or a list of them.
func (m *maker) each(n *node, visit func(*node)) {
	switch {
	case n == nil:
	case n.kind == scalarNode:
		visit(n)
	default:
		for _, item := range n.items {
			visit(item)
		}
	}
}

func (m *maker) checkEvent(e *CaseEvent) {
	if n := e.n.find("type"); n != nil {
		m.declared(n)
	}
	if n := e.n.find("group"); n != nil {
		m.exists(n, engine.DefineGroup, "")
	}
	typ, props := m.scope.Defs.EventTypes[e.Type], e.n.find("props")
	if typ == nil || props == nil {
		return
	}
	for _, p := range e.Props {
		if f, ok := typ.FieldNamed(p.Name); ok {
			m.fits(props.find(p.Name), p.Value, f)
		}
	}
}

// fits reports a value of another kind than was declared.
func (m *maker) fits(n *node, v engine.Value, f engine.Field) {
	if _, ok := v.As(f.Kind); ok || f.Kind == engine.Unknown || n == nil || v.Kind == engine.Unknown {
		return
	}
	want, got := kindNouns[f.Kind], kindNouns[v.Kind]
	s := say("value_kind", quote(n.name())+" is declared as "+want.En+", and this is "+got.En, quote(n.name())+" 声明为"+want.Zh+"，这里是"+got.Zh)
	switch {
	case f.Kind == engine.String && n.kind == scalarNode:
		s = s.hinted("put it in quotes: "+quote(n.text), "请加上引号："+quote(n.text))
	case v.Kind == engine.String && !n.plain && (n.text == "true" || n.text == "false" || isNumber(n.text)):
		s = s.hinted("write it without quotes", "不要加引号")
	}
	m.add(n, s)
}

var kindNouns = map[engine.Kind]engine.Text{
	engine.Bool: {En: "true or false", Zh: "是或否"}, engine.Int: {En: "an integer", Zh: "整数"}, engine.Decimal: {En: "a decimal", Zh: "小数"},
	engine.String: {En: "a text", Zh: "文字"}, engine.Instant: {En: "a time", Zh: "时间"}, engine.Duration: {En: "a duration", Zh: "时长"},
	engine.List: {En: "a list", Zh: "列表"}, engine.Opaque: {En: "an object", Zh: "对象"},
}

// name is the last part of a value's path.
func (n *node) name() string {
	for i := len(n.path) - 1; i >= 0; i-- {
		if n.path[i] == '/' {
			return n.path[i+1:]
		}
	}
	return n.path
}

// checkLast warns of a case that ends with an event that means nothing to the
// rule: it then expects of a decision that nobody makes.
func (m *maker) checkLast(c *Case) {
	d := m.doc
	if len(d.On) == 0 || d.After > 0 || d.Tier != nil || c.After > 0 {
		return
	}
	if len(c.Events) == 0 && c.n.find("events") != nil {
		return
	}
	if len(c.Events) == 0 {
		m.warn(c.n.start(), say("case_empty", "the case has no events, so the rule decides nothing", "用例没有事件，规则不会判定").
			hinted("add events:", "请加上 events"))
		return
	}
	last := c.Events[len(c.Events)-1]
	if n := last.n.find("history"); n != nil && last.History && last.At == "" {
		m.warn(n, say("case_last", "the last event is imported history, so it does not set off the rule", "最后的事件是导入的历史，不会触发规则").
			hinted("end the case with an event without history:", "请让用例以不带 history 的事件结尾"))
		return
	}
	if n := last.n.find("type"); n != nil && last.At == "" && !slices.Contains(d.On, last.Type) {
		en, zh := quoteList(d.On)
		m.warn(n, said{code: "case_last", message: engine.Text{
			En: "the last event is not " + en + ", so it does not set off the rule", Zh: "最后的事件不是 " + zh + "，不会触发规则"}}.
			hinted("end the case with such an event", "请让用例以这样的事件结尾"))
	}
}

// checkExpect warns of effects that the rule does not have.
func (m *maker) checkExpect(c *Case) {
	can := map[engine.EffectKind]bool{}
	for _, e := range slices.Concat(m.doc.Then, m.doc.Otherwise) {
		can[e.Kind] = true
	}
	switch {
	case m.doc.Kind == engine.Threshold:
		can[engine.Deny] = true
	case m.doc.Review != nil && len(m.doc.Review.Groups) > 0:
		can[engine.MoveGroup] = true
	case m.doc.Kind == engine.TierRule:
		can[engine.MoveTier] = true
	}
	for _, x := range c.Expect.Effects {
		if !can[x.Kind] {
			m.warn(x.n, sayf("case_effect", "the rule has no effect %s", "规则没有 %s 这个效果", x.Kind).
				hinted("expect what stands in then:, or add the effect there", "请写 then 里有的效果，或在那里加上它"))
		}
	}
}
