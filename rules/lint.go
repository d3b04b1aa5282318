package rules

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// lint warns of what is allowed and probably not meant: in its expressions, in
// the document as a whole, and beside the workspace's other rules. The rule is
// nil when there are errors.
func (m *maker) lint(rule *engine.Rule) {
	d := m.doc
	m.oddities()
	if !Failed(d.problems) && !Failed(m.list) && d.root.find("cases") == nil {
		m.warn(d.root.start(), say("no_cases", "the rule has no cases, so nothing shows that it does what you mean", "规则没有用例，无法证明它符合你的意思").
			hinted("add cases: with events and what you expect", "请加上 cases：写事件和预期"))
	}
	if on := d.root.at("/on"); on != nil {
		if on.kind == scalarNode {
			m.declared(on)
			m.aboutOthers(on)
		}
		for _, item := range on.items {
			m.declared(item)
			m.aboutOthers(item)
		}
	}
	if rule == nil || Failed(d.problems) || Failed(m.list) {
		return
	}
	if !m.repeats() {
		m.unbounded()
	}
	m.beside(rule)
}

// oddities reports what the expressions of the document look odd in. Effects
// happen only once the condition is true.
func (m *maker) oddities() {
	var given expression.Given
	if m.when != nil {
		given = m.when.Holds()
	}
	for _, x := range m.read {
		if !strings.HasPrefix(x.n.path, "/then") && x.n.path != "/once" {
			m.within(x.n, x.odd(nil))
			continue
		}
		m.within(x.n, x.odd(given))
	}
}

// aboutOthers warns when an event type is about something else than the rule.
func (m *maker) aboutOthers(n *node) {
	t := m.scope.Defs.EventTypes[n.text]
	if t == nil || t.Subject == "" || t.Subject == m.doc.Subject || m.doc.Subject == engine.SubjectWorkspace {
		return
	}
	if m.doc.Subject != engine.SubjectMember {
		return // a member's event may well carry the group or content that the rule is about
	}
	about := subjectNouns[t.Subject]
	m.warn(n, say("other_subject", n.text+" is about "+about.En+", so often there is no member to decide about", n.text+" 的对象是"+about.Zh+"，常常没有可判定的成员").
		hinted("write subject: "+string(t.Subject), "请写 subject: "+string(t.Subject)))
}

// giving are effects that hurt when they come again with every event.
var giving = map[engine.EffectKind]bool{
	engine.GrantPoints: true, engine.IssueCoupon: true, engine.Draw: true, engine.Pay: true, engine.GrantPrivilege: true,
	engine.Send: true, engine.Praise: true, engine.CreateTask: true, engine.CreateLead: true, engine.GiveLink: true,
}
