package expression

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxNoun is the longest noun, in bytes, that is put together from parts; what
// is longer is shown as it was written.
const maxNoun = 160

// built puts the noun of a computed part together: "number of tags",
// "points * 2". Empty where its own text says it best.
func (e *explainer) built(n *node) engine.Text {
	switch n.op {
	case opConst:
		return e.show(n, n.value)
	case opArith:
		a, b := e.operand(n.kids[0]), e.operand(n.kids[1])
		return engine.Text{En: a.En + " " + n.name + " " + b.En, Zh: a.Zh + " " + n.name + " " + b.Zh}
	case opNegate:
		a := e.operand(n.kids[0])
		return engine.Text{En: "-" + a.En, Zh: "-" + a.Zh}
	case opElse:
		a, b := e.noun(n.kids[0]), e.noun(n.kids[1])
		return engine.Text{En: a.En + " (else " + b.En + ")", Zh: a.Zh + "（未知时取 " + b.Zh + "）"}
	case opChoose:
		a, b := e.noun(n.kids[1]), e.noun(n.kids[2])
		return engine.Text{En: a.En + " or " + b.En, Zh: a.Zh + "或" + b.Zh}
	case opLoop:
		return e.loopNoun(n)
	case opCall:
		return e.callNoun(n)
	}
	return engine.Text{}
}

// operand is a part of an arithmetic, in brackets where it is one itself.
func (e *explainer) operand(n *node) engine.Text {
	t := e.noun(n)
	if n.op == opArith && !e.grows(n) || n.op == opChoose || n.op == opElse {
		return engine.Text{En: "(" + t.En + ")", Zh: "(" + t.Zh + ")"}
	}
	return t
}

// callNouns say what a function makes of {1}.
var callNouns = map[string]engine.Text{
	"abs": {En: "size of {1}", Zh: "{1}的绝对值"}, "floor": {En: "{1} rounded down", Zh: "{1}向下取整"}, "ceil": {En: "{1} rounded up", Zh: "{1}向上取整"},
	"round": {En: "{1} rounded", Zh: "{1}四舍五入"}, "lower": {En: "{1} in lower case", Zh: "{1}（小写）"}, "upper": {En: "{1} in upper case", Zh: "{1}（大写）"},
	"trim": {En: "{1}", Zh: "{1}"}, "min": {En: "the least of {1}", Zh: "{1} 中的最小值"}, "max": {En: "the greatest of {1}", Zh: "{1} 中的最大值"},
}

func (e *explainer) callNoun(n *node) engine.Text {
	var en, zh []string
	for _, k := range n.kids {
		t := e.noun(k)
		en, zh = append(en, t.En), append(zh, t.Zh)
	}
	of := engine.Text{En: strings.Join(en, ", "), Zh: strings.Join(zh, "、")}
	form := callNouns[n.name]
	if n.name == "len" {
		form = engine.Text{En: "number of {1}", Zh: "{1}的数量"}
		if n.kids[0].kind == kText {
			form = engine.Text{En: "length of {1}", Zh: "{1}的字数"}
		}
	}
	return engine.Text{En: fill(form.En, "en", []any{of}), Zh: fill(form.Zh, "zh", []any{of})}
}

func (e *explainer) loopNoun(n *node) engine.Text {
	list, body := e.noun(n.kids[0]), e.written(n.kids[1])
	whole := n.kids[1].op == opElement
	switch n.name {
	case "count":
		return engine.Text{En: "number of " + list.En + " with " + body.En, Zh: list.Zh + "中满足 " + body.Zh + " 的项数"}
	case "filter":
		return engine.Text{En: list.En + " with " + body.En, Zh: list.Zh + "中满足 " + body.Zh + " 的项"}
	case "map":
		return engine.Text{En: body.En + " of each of " + list.En, Zh: list.Zh + "各项的 " + body.Zh}
	case "sum":
		if whole {
			return engine.Text{En: "sum of " + list.En, Zh: list.Zh + "之和"}
		}
		return engine.Text{En: "sum of " + body.En + " over " + list.En, Zh: list.Zh + "各项 " + body.Zh + " 之和"}
	}
	return engine.Text{}
}
