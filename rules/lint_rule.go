package rules

import (
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// repeats warns of a reward that comes with every event once a count is reached.
func (m *maker) repeats() bool {
	d := m.doc
	if m.when == nil || len(d.On) == 0 || d.Once != engine.OncePerEvent || d.Kind == engine.Threshold ||
		d.Limits.PerMember != nil || d.Limits.Cooldown > 0 {
		return false
	}
	counts := slices.ContainsFunc(m.when.Lasting(), func(id int) bool {
		metric := m.table.All[id]
		return !metric.Exclude && (metric.Type == engine.AnyType || slices.Contains(d.On, metric.Type)) && slices.Contains(
			[]engine.Agg{engine.Count, engine.Sum, engine.Distinct, engine.Days, engine.Streak}, metric.Agg)
	})
	i := slices.IndexFunc(d.Then, func(e Effect) bool { return giving[e.Kind] })
	if !counts || i < 0 {
		return false
	}
	m.warn(d.Then[i].n, sayf("repeats", "the condition stays true, so %s comes again with every later event", "条件会一直成立，之后每个事件都会再次 %s", d.Then[i].Kind).
		hinted("write once: member, once: day or once: 'event.props...', or == instead of >=", "请写 once: member、once: day 或 once: 'event.props...'，或用 == 代替 >="))
	m.offer(m.line("then", "once: member\n"))
	return true
}

// offer adds an edit to the problem reported last.
func (m *maker) offer(fix engine.Fix) { m.list[len(m.list)-1].Fix = fix }

// line writes a line before a field of a YAML document.
func (m *maker) line(before, text string) engine.Fix {
	for _, e := range m.doc.root.entries {
		if line, column := e.key.src.place(e.key.from); e.key.text == before && column == 1 && line > 1 {
			at := e.key.src.runesTo(e.key.from)
			return engine.Fix{From: at, To: at, Text: text}
		}
	}
	return engine.Fix{}
}

// worth are effects that cost money or points.
var worth = map[engine.EffectKind]bool{engine.GrantPoints: true, engine.IssueCoupon: true, engine.Draw: true, engine.Pay: true}

// unbounded warns of money and points that every event gives, without any limit.
func (m *maker) unbounded() {
	d := m.doc
	if len(d.On) == 0 || d.Once != engine.OncePerEvent || d.Kind == engine.Threshold ||
		d.Limits.PerMember != nil || d.Limits.Total != nil || d.Limits.Cooldown > 0 {
		return
	}
	for i := range d.Then {
		e := &d.Then[i]
		if !worth[e.Kind] || m.takes(e) {
			continue
		}
		if _, has := d.Limits.Budget[accountOf(e)]; has {
			continue
		}
		m.warn(e.n, sayf("no_bound", "nothing bounds what the rule gives: every %s is worth %s", "没有任何上限：每个 %s 都会 %s", strings.Join(d.On, ", "), e.Kind).
			hinted("add limits:, such as {per_member: {times: 5, per: day}}, or once:", "请加上 limits，例如 {per_member: {times: 5, per: day}}，或写 once"))
		m.offer(m.line("then", "limits: {per_member: {times: 5, per: day}}\n"))
	}
}

// takes is whether an effect surely takes points instead of giving them.
func (m *maker) takes(e *Effect) bool {
	most, ok := m.amount(e)
	return e.Kind == engine.GrantPoints && ok && most <= 0
}

// amount is the most that an effect gives, where that is bounded.
func (m *maker) amount(e *Effect) (int64, bool) {
	n, ok := e.find("amount")
	if !ok {
		return 1, e.Kind != engine.GrantPoints && e.Kind != engine.Pay
	}
	if v, ok := n.integer(); ok {
		return v, true
	}
	if p := m.programAt(n); p != nil {
		return p.Most()
	}
	return 0, false
}

func accountOf(e *Effect) string {
	if n, ok := e.find("account"); ok {
		return n.text
	}
	return engine.DefaultAccount
}

// stricter reports a hold that asks for more than the promotion: those who have
// just moved up would fall back at once. An example shows it.
func (m *maker) stricter(hold *Scalar) {
	h := m.programAt(hold.n)
	if h == nil {
		return
	}
	for _, x := range h.StricterThan(m.when) {
		term, part, value := oneLine(x.Term), oneLine(x.Part), x.Value.Text()
		p := engine.Problem{Code: "hold_stricter", Message: engine.Text{
			En: "staying asks for more than moving up: a member for whom " + term + " is " + value + " moves up, and then fails " + part,
			Zh: "留任比升级更严：" + term + " 为 " + value + " 的成员可以升级，却不满足 " + part},
			Hint: engine.Text{En: "ask for the same or less in hold", Zh: "hold 的要求应不高于 when"}}
		m.addRange(hold.n, x.From, x.To, p)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
