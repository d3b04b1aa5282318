package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Report is all that checking a document finds.
type Report struct {
	Problems []engine.Problem // errors and warnings, by place
	Notes    []engine.Problem // nothing is wrong: what the rule can give at most, and what it costs to decide
}

// Examine is Check with notes.
func Examine(doc *Document, s Scope) Report {
	m := newMaker(doc, s, engine.NewMetricTable())
	m.lint(m.make())
	m.checkCases()
	problems := sorted(append(m.list, doc.problems...))
	if Failed(problems) {
		return Report{Problems: problems}
	}
	m.list = nil
	m.notes()
	return Report{Problems: problems, Notes: sorted(m.list)}
}

// messages are effects that reach people.
var messages = map[engine.EffectKind]bool{engine.Send: true, engine.Praise: true, engine.CreateTask: true}

// notes says what the rule can give at most.
func (m *maker) notes() {
	d := m.doc
	for i := range d.Then {
		e := &d.Then[i]
		if worth[e.Kind] && !m.takes(e) || messages[e.Kind] {
			m.add(e.n, m.bound(e))
		}
	}
	steps := 0
	for _, x := range m.read {
		if x.program != nil {
			steps += x.program.Cost()
		}
	}
	m.add(d.root.start(), sayf("steps", "deciding takes at most %d steps of %d", "判定一次最多 %d 步（上限 %d）", min(steps, engine.MaxSteps), engine.MaxSteps))
}

// bound says how much an effect gives: each time, how often, and within which limits.
func (m *maker) bound(e *Effect) said {
	each, most := m.once(e)
	parts := []engine.Text{each, m.often()}
	if n, per, ok := m.perMember(e.Kind); ok && most > 0 && n <= (1<<62)/most {
		amount := counted(e.Kind, n*most)
		parts = append(parts, engine.Text{En: "so at most " + amount.En + " per member" + perWords[per].En, Zh: "即每名成员" + perWords[per].Zh + "最多 " + amount.Zh})
	}
	parts = append(parts, m.inAll(e)...)
	var en, zh []string
	for _, p := range parts {
		en, zh = append(en, p.En), append(zh, p.Zh)
	}
	return say("bound", strings.Join(en, ", "), strings.Join(zh, "，"))
}

var perWords = map[string]engine.Text{"day": {En: " and day", Zh: "每天"}, "week": {En: " and week", Zh: "每周"}, "month": {En: " and month", Zh: "每月"}, "ever": {En: "", Zh: "一共"}}

// counted is an amount with what it is of.
func counted(kind engine.EffectKind, n int64) engine.Text {
	switch kind {
	case engine.GrantPoints, engine.Pay:
		return engine.Text{En: fmt.Sprintf("%d points", n), Zh: fmt.Sprintf("%d 分", n)}
	case engine.IssueCoupon:
		return engine.Text{En: fmt.Sprintf("%d coupons", n), Zh: fmt.Sprintf("%d 张券", n)}
	case engine.Draw:
		return engine.Text{En: fmt.Sprintf("%d draws", n), Zh: fmt.Sprintf("抽奖 %d 次", n)}
	}
	return engine.Text{En: fmt.Sprintf("%d messages or tasks", n), Zh: fmt.Sprintf("%d 条消息或任务", n)}
}

// once is what the effect gives once, and the most of it, 0 where nothing bounds it.
func (m *maker) once(e *Effect) (engine.Text, int64) {
	most, ok := m.amount(e)
	if !ok {
		return engine.Text{En: "gives as many points as its expression says", Zh: "按表达式的值发放积分"}, 0
	}
	amount := counted(e.Kind, most)
	return engine.Text{En: "gives " + amount.En, Zh: "每次 " + amount.Zh}, most
}

// often is how many times that is.
func (m *maker) often() engine.Text {
	d := m.doc
	switch {
	case d.Once == engine.OncePerMember:
		return engine.Text{En: "once for each member", Zh: "每名成员一次"}
	case d.Once == engine.OncePerDay:
		return engine.Text{En: "once for each member and day", Zh: "每名成员每天一次"}
	case d.Once == engine.OncePerValue && d.OnceExpr != nil:
		what := oneLine(d.OnceExpr.Text())
		return engine.Text{En: "once for each different " + what, Zh: "每个不同的 " + what + " 一次"}
	case d.Every != "":
		return engine.Text{En: "each time the schedule comes", Zh: "每次到点"}
	case d.Review != nil:
		return engine.Text{En: "once a review", Zh: "每次评审一次"}
	}
	return engine.Text{En: "for each event", Zh: "每个事件"}
}

// perMember is how often the rule acts for one member at most. Messages are
// counted by the week.
func (m *maker) perMember(kind engine.EffectKind) (times int64, per string, ok bool) {
	d := m.doc
	switch {
	case d.Once == engine.OncePerMember:
		times, per = 1, "ever"
	case d.Limits.PerMember != nil:
		times, per = d.Limits.PerMember.Times, d.Limits.PerMember.Per
	case d.Once == engine.OncePerDay:
		times, per = 1, "day"
	case d.Limits.Cooldown >= 24*time.Hour:
		times, per = max(1, int64((7*24*time.Hour+d.Limits.Cooldown-1)/d.Limits.Cooldown)), "week"
	default:
		return 0, "", false
	}
	if messages[kind] && per == "day" {
		times, per = times*7, "week"
	}
	return times, per, true
}

// inAll are the limits over all members.
func (m *maker) inAll(e *Effect) []engine.Text {
	var out []engine.Text
	d := m.doc
	if d.Limits.Cooldown > 0 {
		span := spanText(d.Limits.Cooldown)
		out = append(out, engine.Text{En: "at most once in " + span + " per member", Zh: "每名成员 " + span + " 内最多一次"})
	}
	if t := d.Limits.Total; t != nil {
		out = append(out, engine.Text{En: fmt.Sprintf("at most %d times in all%s", t.Times, strings.Replace(perWords[t.Per].En, " and", " per", 1)),
			Zh: fmt.Sprintf("全体%s最多 %d 次", perWords[t.Per].Zh, t.Times)})
	}
	if b, ok := d.Limits.Budget[accountOf(e)]; ok && (e.Kind == engine.GrantPoints || e.Kind == engine.Pay) {
		out = append(out, engine.Text{En: fmt.Sprintf("at most %d points in all%s", b.Times, strings.Replace(perWords[b.Per].En, " and", " per", 1)),
			Zh: fmt.Sprintf("全体%s最多 %d 分", perWords[b.Per].Zh, b.Times)})
	}
	return out
}

// Remark makes a warning at a value of the document, for what others find about
// a rule. The document's beginning where it has no such value.
func (d *Document) Remark(path, code string, message, hint engine.Text) engine.Problem {
	found := &problems{}
	n := d.root.at(path)
	if n == nil {
		n = d.root.start()
	}
	found.warn(n, said{code: code, message: message, hint: hint})
	return found.list[0]
}

// spanText writes a duration as documents do.
func spanText(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
