package expression

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// compared is a comparison whose two sides are known.
type compared struct {
	n, other   *node
	r          relation
	have, want engine.Value
	bound      bool // only a lower bound of one side is known
}

// compared says how far a comparison is from holding, in an operator's words:
// "active on 3 of 8 days, 5 to go".
func (e *explainer) compared(c compared, out *engine.Finding) {
	met := out.Outcome == engine.OutcomeTrue
	switch {
	case c.other.tierRank() || c.n.name == "member.rank" && c.other.op == opConst && c.r > unequal:
		out.Text = e.rank(c, met, out.Distance)
	case c.have.Kind == engine.Instant:
		out.Text = e.moment(c, met, out.Distance)
	case c.have.Kind == engine.String || c.have.Kind == engine.Bool:
		out.Text = e.state(c, met)
	case c.bound && !met:
		var gap engine.Text
		if id, ok := c.n.counted(); ok {
			out.Since, gap = e.gap(id)
		} else {
			gap = gapWords(0, "")
		}
		out.Text = plus(e.quantity(c, "at least ", "至少 "), gap)
	default:
		out.Text = plus(e.quantity(c, atLeastEn(c.bound), atLeastZh(c.bound)), e.needed(c, met, out.Distance))
	}
}

func atLeastEn(bound bool) string { return pick(bound, "at least ", "") }
func atLeastZh(bound bool) string { return pick(bound, "至少 ", "") }

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func plus(a, b engine.Text) engine.Text { return engine.Text{En: a.En + b.En, Zh: a.Zh + b.Zh} }

// quantity is "3 of 8 days in the last 30 days", or just "3 days ..." where the
// relation is not one to be reached.
func (e *explainer) quantity(c compared, en, zh string) engine.Text {
	have, want := e.show(c.n, c.have), e.show(c.n, c.want)
	q := engine.Text{En: en + have.En, Zh: zh + have.Zh}
	last := c.have
	toReach := c.r == greaterEqual
	over := false
	if s, ok := valueSign(&c.have, &c.want); ok {
		over = s > 0
	}
	if toReach && !over {
		q.En, q.Zh = q.En+" of "+want.En, q.Zh+"/"+want.Zh
		if c.have.Kind == engine.Duration {
			q.Zh = zh + have.Zh + "，需 " + want.Zh
		}
		last = c.want
	}
	return c.n.phrase.with(e.noun(c.n), q, last)
}

// needed is what follows a quantity: what is asked for and what is missing.
func (e *explainer) needed(c compared, met bool, distance *engine.Value) engine.Text {
	want := e.show(c.n, c.want)
	if met {
		return metWords(c, want)
	}
	var t engine.Text
	switch c.r {
	case equal:
		t = engine.Text{En: ", exactly " + want.En + " needed", Zh: "，需恰好为 " + want.Zh}
	case unequal:
		t = engine.Text{En: ", anything but " + want.En + " needed", Zh: "，需不为 " + want.Zh}
	case greater:
		t = engine.Text{En: ", more than " + want.En + " needed", Zh: "，需大于 " + want.Zh}
	case less:
		t = engine.Text{En: ", less than " + want.En + " needed", Zh: "，需小于 " + want.Zh}
	case lessEqual:
		t = engine.Text{En: ", at most " + want.En + " allowed", Zh: "，最多 " + want.Zh}
	}
	if distance == nil || distance.Num == 0 {
		return t
	}
	d := e.show(c.n, *distance)
	tooMany := c.r == less || c.r == lessEqual
	if c.r == equal {
		s, ok := valueSign(&c.have, &c.want)
		tooMany = ok && s > 0
	}
	unit := c.n.phrase.unit
	if unit != "" {
		unit = " " + unit
	}
	switch {
	case tooMany:
		return plus(t, engine.Text{En: ", " + d.En + " too many", Zh: "，超出 " + d.Zh + unit})
	case e.grows(c.n) && distance.Kind == engine.Duration:
		return plus(t, engine.Text{En: ", met in " + d.En, Zh: "，还差 " + d.Zh})
	}
	return plus(t, engine.Text{En: ", " + d.En + " to go", Zh: "，还差 " + d.Zh + unit})
}

func metWords(c compared, want engine.Text) engine.Text {
	if s, ok := valueSign(&c.have, &c.want); ok && s == 0 && c.r == greaterEqual || c.r == equal {
		return engine.Text{}
	}
	words := relationWords[c.r]
	need := pick(c.r == lessEqual, "", "需")
	return engine.Text{En: " (" + words.En + want.En + pick(c.r == lessEqual, " allowed)", " needed)"), Zh: "（" + need + words.Zh + want.Zh + "）"}
}

// grows is whether a value becomes greater by time alone: now - joined_at.
func (e *explainer) grows(n *node) bool {
	return n.op == opArith && n.name == "-" && isNow(n.kids[0]) && !isNow(n.kids[1])
}

func isNow(n *node) bool { return n.name == "now" || n.name == "event.at" || n.name == "today" }

// gap says that nothing is known of what came before the record began.
func (e *explainer) gap(id int) (engine.Time, engine.Text) {
	reader, ok := e.facts.Metrics.(engine.CoverageReader)
	if !ok {
		return 0, gapWords(0, "")
	}
	from, joined := reader.Covered(id, &e.facts)
	switch {
	case from != 0 && from >= joined:
		return from, gapWords(1, showTime(&e.facts, from))
	case joined != 0:
		return joined, gapWords(2, showTime(&e.facts, joined))
	}
	return 0, gapWords(0, "")
}

func gapWords(kind int, at string) engine.Text {
	switch kind {
	case 1:
		return engine.Text{En: "; what came before " + at + " was not recorded", Zh: "；" + at + " 之前没有记录"}
	case 2:
		return engine.Text{En: "; the member joined only on " + at + ", what came before is not known", Zh: "；成员 " + at + " 才加入，更早的情况未知"}
	}
	return engine.Text{En: "; what came before it was recorded is not known", Zh: "；开始记录之前的情况未知"}
}

// tierRank is whether a node is tier("..."), a rank that has a title.
func (n *node) tierRank() bool { return isTier(n) }

// rank compares tiers by their titles.
func (e *explainer) rank(c compared, met bool, distance *engine.Value) engine.Text {
	have, want := e.tierOfRank(c.have.Num), e.tierOfRank(c.want.Num)
	t := engine.Text{En: "tier is " + have.En, Zh: "层级为" + have.Zh}
	words := map[relation]engine.Text{
		equal: {En: "%", Zh: "%"}, unequal: {En: "anything but %", Zh: "不是%"}, less: {En: "below %", Zh: "低于%"},
		lessEqual: {En: "% or lower", Zh: "%或更低"}, greater: {En: "above %", Zh: "高于%"}, greaterEqual: {En: "% or higher", Zh: "%或更高"},
	}[c.r]
	need := engine.Text{En: strings.ReplaceAll(words.En, "%", want.En), Zh: strings.ReplaceAll(words.Zh, "%", want.Zh)}
	if met {
		return engine.Text{En: t.En + " (" + need.En + " needed)", Zh: t.Zh + "（需" + need.Zh + "）"}
	}
	t = engine.Text{En: t.En + ", " + need.En + " needed", Zh: t.Zh + "，需" + need.Zh}
	if distance == nil || distance.Num == 0 || c.r == equal {
		return t
	}
	n := distance.Text()
	steps := pick(distance.Num == 1, " tier", " tiers")
	if c.r == less || c.r == lessEqual {
		return engine.Text{En: t.En + ", " + n + steps + " too high", Zh: t.Zh + "，高了 " + n + " 级"}
	}
	return engine.Text{En: t.En + ", " + n + steps + " to go", Zh: t.Zh + "，还差 " + n + " 级"}
}

// moment compares instants.
func (e *explainer) moment(c compared, met bool, distance *engine.Value) engine.Text {
	noun, have, want := e.noun(c.n), e.show(c.n, c.have), e.show(c.n, c.want)
	t := engine.Text{En: noun.En + " is " + have.En, Zh: noun.Zh + "为 " + have.Zh}
	words := map[relation]engine.Text{
		equal: {En: "just ", Zh: "恰为 "}, unequal: {En: "any time but ", Zh: "不为 "}, less: {En: "before ", Zh: "早于 "},
		lessEqual: {En: "not after ", Zh: "不晚于 "}, greater: {En: "after ", Zh: "晚于 "}, greaterEqual: {En: "not before ", Zh: "不早于 "},
	}[c.r]
	if met {
		return engine.Text{En: t.En + " (" + words.En + want.En + " needed)", Zh: t.Zh + "（需" + words.Zh + want.Zh + "）"}
	}
	t = engine.Text{En: t.En + ", " + words.En + want.En + " needed", Zh: t.Zh + "，需" + words.Zh + want.Zh}
	if distance == nil || distance.Num == 0 {
		return t
	}
	d := e.show(c.n, *distance)
	late := c.r == less || c.r == lessEqual
	moves := isNow(c.n) && !late || e.mentionsNow(c.other) && late // the later side moves with the clock
	switch {
	case moves:
		return engine.Text{En: t.En + ", met in " + d.En, Zh: t.Zh + "，还差 " + d.Zh}
	case late:
		return engine.Text{En: t.En + ", " + d.En + " too late", Zh: t.Zh + "，晚了 " + d.Zh}
	}
	return engine.Text{En: t.En + ", " + d.En + " too early", Zh: t.Zh + "，早了 " + d.Zh}
}

func (e *explainer) mentionsNow(n *node) bool {
	if isNow(n) {
		return true
	}
	for _, k := range n.kids {
		if e.mentionsNow(k) {
			return true
		}
	}
	return false
}

// state is for what is one thing or another: "tier is Participant, Active needed".
func (e *explainer) state(c compared, met bool) engine.Text {
	if c.have.Kind == engine.Bool && (c.n.says != nil || c.n.op == opLoop) {
		t := e.yesNo(c.n, c.have.Num != 0)
		if met {
			return t
		}
		return plus(t, engine.Text{En: "; the opposite is needed", Zh: "；需要相反"})
	}
	noun, have, want := e.noun(c.n), e.show(c.n, c.have), e.show(c.n, c.want)
	t := engine.Text{En: noun.En + " is " + have.En, Zh: noun.Zh + "为" + have.Zh}
	not := engine.Text{}
	if c.r == unequal {
		not = engine.Text{En: "anything but ", Zh: "不"}
	}
	switch {
	case met && c.r == equal:
		return t
	case met:
		return engine.Text{En: t.En + " (" + not.En + want.En + " needed)", Zh: t.Zh + "（需" + not.Zh + "为" + want.Zh + "）"}
	}
	return engine.Text{En: t.En + ", " + not.En + want.En + " needed", Zh: t.Zh + "，需" + not.Zh + "为" + want.Zh}
}
