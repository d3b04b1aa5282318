package expression

import "github.com/bylaw-dev/bylaw/engine"

// opposite says of what stands behind not whether it must not be so.
func (e *explainer) opposite(n *node, out *engine.Finding) engine.Text {
	kid := e.kidOf(n, out)
	switch out.Outcome {
	case engine.OutcomeFalse:
		return plus(kid.Text, engine.Text{En: "; the opposite is needed", Zh: "；需要相反"})
	case engine.OutcomeTrue:
		return e.rightly(n, kid)
	}
	out.Of, out.Since = kid.Of, kid.Since
	return kid.Text
}

// kidOf is the finding of the part behind not, which is not shown where it has
// nothing more to say.
func (e *explainer) kidOf(n *node, out *engine.Finding) *engine.Finding {
	if len(out.Kids) == 1 {
		return out.Kids[0]
	}
	return e.node(n)
}

// rightly says that something is not so, as is needed.
func (e *explainer) rightly(n *node, kid *engine.Finding) engine.Text {
	asNeeded := engine.Text{En: ", as needed", Zh: "，符合要求"}
	list := n.op == opIn && (n.kids[0].op == opConst || n.kids[1].op == opName)
	if kid.Required == nil || list || n.op != opCompare && n.op != opIn && n.op != opText && n.op != opMatches {
		return plus(kid.Text, asNeeded)
	}
	left, r := n.kids[0], relation(0)
	if n.op == opCompare {
		left, _, r = n.sides()
	}
	noun, have := e.noun(left), e.show(left, kid.Value)
	t := engine.Text{En: noun.En + " is " + have.En, Zh: noun.Zh + "为" + have.Zh}
	if n.op != opCompare {
		words, want := testWords[n.label()], e.wanted(n, *kid.Required)
		return engine.Text{En: t.En + " (not: " + words.metEn + want.En + ", as needed)", Zh: t.Zh + "（不" + words.zh + want.Zh + words.zhEnd + "，符合要求）"}
	}
	want := e.show(left, *kid.Required)
	return engine.Text{En: t.En + " (not " + relationWords[r].En + want.En + ", as needed)", Zh: t.Zh + "（不是" + relationWords[r].Zh + want.Zh + "，符合要求）"}
}

var relationWords = [...]engine.Text{
	equal: {}, unequal: {En: "anything but ", Zh: "不同于 "}, less: {En: "less than ", Zh: "小于 "}, lessEqual: {En: "at most ", Zh: "最多 "},
	greater: {En: "more than ", Zh: "大于 "}, greaterEqual: {En: "at least ", Zh: "至少 "},
}
