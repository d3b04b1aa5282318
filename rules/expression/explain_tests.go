package expression

import (
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// gathered counts the parts of and and or.
func gathered(n *node, out *engine.Finding) engine.Text {
	met, unknown := 0, 0
	for _, k := range out.Kids {
		switch k.Outcome {
		case engine.OutcomeTrue:
			met++
		case engine.OutcomeUnknown:
			unknown++
		}
	}
	all := strconv.Itoa(len(n.kids))
	t := engine.Text{En: strconv.Itoa(met) + " of " + all + " conditions met", Zh: all + " 项条件满足 " + strconv.Itoa(met) + " 项"}
	if unknown > 0 {
		t = plus(t, engine.Text{En: ", " + strconv.Itoa(unknown) + " not known", Zh: "，" + strconv.Itoa(unknown) + " 项未知"})
	}
	if n.op == opOr && out.Outcome != engine.OutcomeTrue {
		t = plus(t, engine.Text{En: "; one is enough", Zh: "；满足一项即可"})
	}
	return t
}

// plain says what a value is.
func (e *explainer) plain(n *node, out *engine.Finding) engine.Text {
	v := e.show(n, out.Value)
	if out.AtLeast {
		v = engine.Text{En: "at least " + v.En, Zh: "至少 " + v.Zh}
	}
	if n.phrase.en != "" {
		return n.phrase.with(e.noun(n), v, out.Value)
	}
	noun := e.noun(n)
	if len(n.kids) > 0 || n.op == opCall && n.noun == (engine.Text{}) {
		return engine.Text{En: noun.En + " = " + v.En, Zh: noun.Zh + " = " + v.Zh}
	}
	return engine.Text{En: noun.En + ": " + v.En, Zh: noun.Zh + "：" + v.Zh}
}

// yesNo says a fact that is true or not in words.
func (e *explainer) yesNo(n *node, yes bool) engine.Text {
	if n.op == opLoop {
		return e.items(n)
	}
	if n.op == opCall && n.name == "known" {
		noun := e.noun(n.kids[0])
		if yes {
			return engine.Text{En: noun.En + " is known", Zh: noun.Zh + "已知"}
		}
		return engine.Text{En: noun.En + " is not known", Zh: noun.Zh + "未知"}
	}
	if says := n.says; says != nil {
		t := says.no
		if yes {
			t = says.yes
		}
		return e.titled(t, says)
	}
	noun := e.noun(n)
	if yes {
		return engine.Text{En: noun.En + ": yes", Zh: noun.Zh + "：是"}
	}
	return engine.Text{En: noun.En + ": no", Zh: noun.Zh + "：否"}
}

// items counts the items of a list that fulfil a list function's condition.
func (e *explainer) items(n *node) engine.Text {
	noun, body := e.noun(n.kids[0]), n.kids[1]
	list, m := e.eval(n.kids[0])
	if m != exact || list.Kind != engine.List {
		return engine.Text{En: noun.En + " is not known", Zh: noun.Zh + "未知"}
	}
	hits := 0
	for i := range list.List {
		if e.facts.Steps--; e.facts.Steps < 0 {
			return failureWords(tired)
		}
		v, m := e.parts[body](&e.facts, &list.List[i])
		if boolOf(&v, m) == yes {
			hits++
		}
	}
	wanted := map[string]engine.Text{
		"any": {En: "at least one must", Zh: "需至少一项"}, "all": {En: "all must", Zh: "需全部满足"},
		"none": {En: "none may", Zh: "需没有"}, "one": {En: "exactly one must", Zh: "需恰好一项"},
	}[n.name]
	have, all, what := strconv.Itoa(hits), strconv.Itoa(len(list.List)), e.src.slice(body.lo, body.hi)
	return engine.Text{En: noun.En + ": " + have + " of " + all + " fulfil " + what + " (" + wanted.En + ")",
		Zh: noun.Zh + " " + all + " 项中 " + have + " 项满足 " + what + "（" + wanted.Zh + "）"}
}

// holds is for "vip" in member.tags.
func (e *explainer) holds(left, list *node, v engine.Value, out *engine.Finding) engine.Text {
	noun, what := e.noun(list), e.show(list, v)
	if left.op != opConst {
		of := e.noun(left)
		what = engine.Text{En: what.En + " (" + of.En + ")", Zh: what.Zh + "（" + of.Zh + "）"}
	}
	have := e.show(list, *out.Required)
	if len(out.Required.List) == 0 {
		have = engine.Text{En: "none", Zh: "无"}
	}
	if out.Outcome == engine.OutcomeTrue {
		return engine.Text{En: noun.En + " include " + what.En, Zh: noun.Zh + "包含" + what.Zh}
	}
	return engine.Text{En: noun.En + " do not include " + what.En + " (now: " + have.En + ")", Zh: noun.Zh + "不包含" + what.Zh + "（现有：" + have.Zh + "）"}
}

// tested is for in, contains and the like.
func (e *explainer) tested(n *node, a, required engine.Value, out *engine.Finding) engine.Text {
	left := n.kids[0]
	noun, have := e.noun(left), e.show(left, a)
	want := e.wanted(n, required)
	words := testWords[n.label()]
	t := engine.Text{En: noun.En + " is " + have.En, Zh: noun.Zh + "为" + have.Zh}
	if out.Outcome == engine.OutcomeTrue {
		return engine.Text{En: t.En + " (" + words.metEn + want.En + ")", Zh: t.Zh + "（" + words.zh + want.Zh + words.zhEnd + "）"}
	}
	return engine.Text{En: t.En + ", " + words.en + want.En, Zh: t.Zh + "，需" + words.zh + want.Zh + words.zhEnd}
}

// wanted is what a test asks for: titles of keys in a list, else the text itself.
func (e *explainer) wanted(n *node, required engine.Value) engine.Text {
	if n.op == opIn || required.Kind != engine.String {
		return e.show(n.kids[0], required)
	}
	return engine.Text{En: `"` + required.Str + `"`, Zh: "“" + required.Str + "”"}
}

// testWords are what the tests of texts and lists ask for.
var testWords = map[string]struct{ en, metEn, zh, zhEnd string }{
	"in":         {"one of these needed: ", "one of ", "为", "之一"},
	"contains":   {"must contain ", "contains ", "包含", ""},
	"startsWith": {"must begin with ", "begins with ", "以", "开头"},
	"endsWith":   {"must end with ", "ends with ", "以", "结尾"},
	"matches":    {"must match ", "matches ", "匹配", ""},
}
