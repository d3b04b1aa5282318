package expression

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// noun is what an operator calls a part: its title, or its own text. The Chinese
// one ends in a space where Latin letters would touch what follows.
func (e *explainer) noun(n *node) engine.Text {
	noun := n.noun
	if noun == (engine.Text{}) {
		s := e.src.slice(n.lo, n.hi)
		noun = engine.Text{En: s, Zh: s}
	}
	if last, _ := utf8.DecodeLastRuneInString(noun.Zh); last < utf8.RuneSelf {
		noun.Zh += " "
	}
	return noun
}

// spaced puts a noun before a number.
func spaced(zh string) string { return strings.TrimSuffix(zh, " ") + " " }

func (e *explainer) show(v engine.Value) string { return show(&e.facts, v) }

func failureWords(m mark) engine.Text {
	if m == tired {
		return engine.Text{En: "it takes more than 100,000 steps", Zh: "超过 100,000 步"}
	}
	return engine.Text{En: "a number is too large for 64 bits", Zh: "数字超出 64 位的范围"}
}

func (e *explainer) unknownText(left, right *node, m, k mark) engine.Text {
	which, why := left, m
	if m == exact {
		which, why = right, k
	}
	return e.notKnown(which, why)
}

func (e *explainer) notKnown(n *node, m mark) engine.Text {
	noun, why := e.noun(n), wordsFor(m.reason())
	return engine.Text{En: noun.En + " is not known: " + why.En, Zh: noun.Zh + "未知：" + why.Zh}
}

// plain says what a value or a yes/no fact is.
func (e *explainer) plain(n *node, out *engine.Finding) engine.Text {
	noun := e.noun(n)
	noun.Zh = strings.TrimSuffix(noun.Zh, " ")
	v := out.Value
	switch {
	case v.Kind == engine.Unknown:
		if n.op == opName || n.op == opMetric {
			return e.notKnown(n, markOf(&v))
		}
		why := wordsFor(out.Reason)
		return engine.Text{En: "not known: " + why.En, Zh: "未知：" + why.Zh}
	case v.Kind == engine.Bool && v.Num == 1:
		return engine.Text{En: noun.En + ": yes", Zh: noun.Zh + "：是"}
	case v.Kind == engine.Bool:
		return engine.Text{En: noun.En + ": no", Zh: noun.Zh + "：否"}
	case v.AtLeast:
		return engine.Text{En: noun.En + ": at least " + e.show(v), Zh: noun.Zh + "：至少 " + e.show(v)}
	}
	return engine.Text{En: noun.En + ": " + e.show(v), Zh: noun.Zh + "：" + e.show(v)}
}

// comparisonText says how far a comparison is from holding, in an operator's
// words: "3 of 8 active days, 5 to go".
func (e *explainer) comparisonText(left *node, r relation, out *engine.Finding) engine.Text {
	noun, have, want := e.noun(left), e.show(out.Value), e.show(*out.Required)
	if out.Value.Kind == engine.Instant || out.Value.Kind == engine.String || out.Value.Kind == engine.Bool || r <= unequal {
		return e.stateText(noun, r, have, want, out.Outcome == engine.OutcomeTrue)
	}
	if out.Value.AtLeast {
		return boundText(noun, have, want, out.Outcome == engine.OutcomeTrue)
	}
	lead, tail := noun.En+": ", ""
	if left.countable() {
		lead, tail = "", " "+noun.En
	}
	zh := spaced(noun.Zh)
	text := engine.Text{En: lead + have + " of " + want + tail, Zh: zh + have + "/" + want}
	switch r {
	case greater:
		text = engine.Text{En: lead + have + tail + ", more than " + want + " needed", Zh: zh + have + "，需大于 " + want}
	case less:
		text = engine.Text{En: lead + have + tail + ", less than " + want + " needed", Zh: zh + have + "，需小于 " + want}
	case lessEqual:
		text = engine.Text{En: lead + have + tail + ", at most " + want + " allowed", Zh: zh + have + "，最多 " + want}
	}
	return e.withDistance(text, r, out)
}

// countable is whether "3 of 8 ..." reads well with the node's noun.
func (n *node) countable() bool {
	return n.op == opMetric && n.kind == kInt && n.metric.Field == "" || n.name == "member.points"
}

// boundText is for a metric of which only a lower bound is known.
func boundText(noun engine.Text, have, want string, met bool) engine.Text {
	t := engine.Text{En: noun.En + ": at least " + have + " of " + want, Zh: spaced(noun.Zh) + "至少 " + have + "/" + want}
	if met {
		return t
	}
	return engine.Text{En: t.En + "; what came before it was recorded is not known", Zh: t.Zh + "；开始记录之前的情况未知"}
}

func (e *explainer) withDistance(t engine.Text, r relation, out *engine.Finding) engine.Text {
	if out.Distance == nil || out.Distance.Num == 0 {
		return t
	}
	d := e.show(*out.Distance)
	if r == less || r == lessEqual {
		return engine.Text{En: t.En + ", " + d + " too many", Zh: t.Zh + "，超出 " + d}
	}
	return engine.Text{En: t.En + ", " + d + " to go", Zh: t.Zh + "，还差 " + d}
}

var relationWords = [...]engine.Text{
	equal: {En: "", Zh: "为 "}, unequal: {En: "something other than ", Zh: "不为 "}, less: {En: "before ", Zh: "早于 "},
	lessEqual: {En: "not after ", Zh: "不晚于 "}, greater: {En: "after ", Zh: "晚于 "}, greaterEqual: {En: "not before ", Zh: "不早于 "},
}

// stateText is for what is one thing or another: "tier is participant, active is
// needed".
func (e *explainer) stateText(noun engine.Text, r relation, have, want string, met bool) engine.Text {
	t := engine.Text{En: noun.En + " is " + quoted(have), Zh: noun.Zh + "为 " + quoted(have)}
	if met && r == equal {
		return t
	}
	if met {
		return engine.Text{En: t.En + ", as needed (" + relationWords[r].En + quoted(want) + ")", Zh: t.Zh + "，符合要求（" + relationWords[r].Zh + quoted(want) + "）"}
	}
	return engine.Text{En: t.En + ", " + relationWords[r].En + quoted(want) + " is needed", Zh: t.Zh + "，需" + relationWords[r].Zh + quoted(want)}
}

// quoted shows an empty text as such.
func quoted(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// testText is for in, contains and the like.
func (e *explainer) testText(n *node, out *engine.Finding) engine.Text {
	left := n.kids[0]
	if n.op == opIn && left.op == opConst {
		return e.heldText(n, out)
	}
	noun, have := e.noun(left), quoted(e.show(out.Value))
	words := testWords[n.label()]
	want := e.show(*out.Required)
	if out.Required.Kind == engine.List {
		want = e.someItems(out.Required.List)
	}
	t := engine.Text{En: noun.En + " is " + have, Zh: noun.Zh + "为 " + have}
	en, zh := fill(words.En, "en", []any{want}), fill(words.Zh, "zh", []any{want})
	if out.Outcome == engine.OutcomeTrue {
		return engine.Text{En: t.En + ", " + en, Zh: t.Zh + "，" + zh}
	}
	return engine.Text{En: t.En + ", not " + en, Zh: t.Zh + "，不" + zh}
}

// heldText is for "vip" in member.tags.
func (e *explainer) heldText(n *node, out *engine.Finding) engine.Text {
	noun, what := e.noun(n.kids[1]), e.show(out.Value)
	if out.Outcome == engine.OutcomeTrue {
		return engine.Text{En: noun.En + " include " + what, Zh: noun.Zh + "包含 " + what}
	}
	return engine.Text{En: noun.En + " do not include " + what, Zh: noun.Zh + "不包含 " + what}
}

var testWords = map[string]engine.Text{
	"in": {En: "one of {1}", Zh: "属于 {1}"}, "contains": {En: "containing {1}", Zh: "包含 {1}"}, "matches": {En: "matching {1}", Zh: "匹配 {1}"},
	"startsWith": {En: "beginning with {1}", Zh: "以 {1} 开头"}, "endsWith": {En: "ending with {1}", Zh: "以 {1} 结尾"},
}

func (e *explainer) someItems(items []engine.Value) string {
	if len(items) > 8 {
		return e.show(engine.ListValue(slices.Clone(items[:8])...)) + " ..."
	}
	return e.show(engine.ListValue(items...))
}
