package expression

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// Doc is one word of the language with a sentence about it and an example that
// compiles. The manual and the editor's hover cards are made from these.
type Doc struct {
	Name    string      // member.points, events, .count, and
	Kind    string      // name, function, method, operator, window
	Usage   string      // how it is written
	Type    string      // the engine kind of its value; empty where that depends
	Text    engine.Text // one sentence
	Example string
	Scope   string // event, group, review, text: where it may stand; empty: everywhere
}

var scopeWords = [...]string{everywhere: "", ofEvent: "event", ofMember: "", ofGroup: "group", inReview: "review", inText: "text"}

// Docs are all words of the language, in the order of the manual: names,
// functions, methods, operators, windows.
func Docs() []Doc {
	var out []Doc
	for _, s := range nameSpecs {
		out = append(out, Doc{s.path, "name", s.path, s.kind.engine().String(), s.doc, s.example, scopeWords[s.scope]})
	}
	out = append(out, openNames...)
	for _, list := range [][]functionSpec{metricFunctions, wordFunctions, plainFunctions, listFunctions} {
		for _, s := range list {
			out = append(out, Doc{Name: s.name, Kind: "function", Usage: s.usage, Text: s.doc, Example: s.example})
		}
	}
	for _, a := range aggSpecs {
		out = append(out, a.document())
	}
	out = append(out, operatorDocs...)
	return append(out, windowDocs...)
}

func (a aggSpec) document() Doc {
	d := Doc{Name: "." + a.name, Kind: "method", Usage: "." + a.name + "()", Text: a.doc}
	call := `events("message.sent", "7d").` + a.name + "()"
	if a.field {
		d.Usage = "." + a.name + `("field")`
		call = `events("order.paid", "30d").` + a.name + `("amount")`
	}
	d.Example = call + " >= 3"
	switch {
	case a.kind == kTime:
		d.Type, d.Example = engine.Instant.String(), "now - "+call+` < duration("72h")`
	case a.kind != kNone:
		d.Type = a.kind.engine().String()
	}
	return d
}

// openNames are names whose last part the workspace gives.
var openNames = []Doc{
	{"event.props.", "name", "event.props.<field>", "", engine.Text{En: "A field of the event, as its type declares it; unknown when the event has none.", Zh: "事件的字段，类型由事件类型声明；事件没有时为未知。"}, `event.props.kind == "answer"`, "event"},
	{"member.attrs.", "name", "member.attrs.<key>", "", engine.Text{En: "An attribute of the member; unknown until somebody fills it in.", Zh: "成员的属性；没有填写时为未知。"}, `member.attrs.city == "Hangzhou"`, ""},
	{"member.tiers.", "name", "member.tiers.<ladder>", "string", engine.Text{En: "Key of the member's tier on a ladder; empty while on none.", Zh: "成员在某阶梯上的层级键；不在任何层级时为空。"}, `member.tiers.default == "leader"`, ""},
	{"period", "name", "period", "", engine.Text{En: "The period under review, as a window.", Zh: "本次评审的周期，用作时间窗。"}, `events("message.sent", period).count() >= 3`, "review"},
}

var operatorDocs = []Doc{
	{"and", "operator", "a and b", "bool", engine.Text{En: "True when both are; false when one is, whatever the other.", Zh: "两者都成立时为真；有一个不成立时为假，不管另一个。"}, `member.points >= 10 and not member.left`, ""},
	{"or", "operator", "a or b", "bool", engine.Text{En: "True when one is, whatever the other; false when neither is.", Zh: "有一个成立时为真，不管另一个；都不成立时为假。"}, `member.points >= 10 or has_badge("helper")`, ""},
	{"not", "operator", "not (a)", "bool", engine.Text{En: "The opposite. It binds tighter than comparisons: write not (a == b).", Zh: "取反。它比比较结合得更紧：请写 not (a == b)。"}, `not (member.tier == "onlooker")`, ""},
	{"==", "operator", "a == b", "bool", engine.Text{En: "Equal; != for unequal, < <= > >= for numbers, times and durations.", Zh: "等于；不等于写 !=，数字、时间、时长可用 < <= > >=。"}, `member.tier == "active"`, ""},
	{"in", "operator", "a in list", "bool", engine.Text{En: "Whether a value is in a list.", Zh: "某值是否在列表里。"}, `member.tier in ["active", "leader"]`, ""},
	{"contains", "operator", "text contains part", "bool", engine.Text{En: "Whether a text has another in it; also startsWith and endsWith.", Zh: "文字里是否包含另一段文字；另有 startsWith 和 endsWith。"}, `member.origin contains "poster"`, ""},
	{"matches", "operator", `text matches "^vip-"`, "bool", engine.Text{En: "Whether a text of at most 1 KB matches a regular expression.", Zh: "不超过 1 KB 的文字是否匹配正则表达式。"}, `member.origin matches "^store-[0-9]+$"`, ""},
	{"??", "operator", "a ?? b", "", engine.Text{En: "The first value, or the second where the first is unknown.", Zh: "取前一个值；前一个未知时取后一个。"}, `(member.attrs.level ?? 0) >= 3`, ""},
	{"?:", "operator", "c ? a : b", "", engine.Text{En: "The first value where the condition holds, else the second.", Zh: "条件成立时取前一个值，否则取后一个。"}, `member.points >= (has_badge("helper") ? 10 : 20)`, ""},
	{"+", "operator", "a + b", "", engine.Text{En: "Sum, also of a time and a duration, or two texts joined; - * / % compute too.", Zh: "相加；也可用于时间加时长，或连接两段文字；另有 - * / %。"}, `member.points + 10 * member.rank >= 100`, ""},
}

var windowDocs = []Doc{
	{`"7d"`, "window", `"30m" "24h" "7d" "2w"`, "", engine.Text{En: "The time up to now, in minutes, hours, days of 24 hours, or weeks.", Zh: "到现在为止的一段时间：分钟、小时、天（24 小时）或周。"}, `events("message.sent", "7d").count() >= 3`, ""},
	{`"today"`, "window", `"today"`, "", engine.Text{En: "The local day.", Zh: "当地的今天。"}, `events("message.sent", "today").count() >= 3`, ""},
	{`"this_week"`, "window", `"this_week"`, "", engine.Text{En: "The local week, from Monday.", Zh: "当地的本周，从周一开始。"}, `events("message.sent", "this_week").days() >= 3`, ""},
	{`"this_month"`, "window", `"this_month"`, "", engine.Text{En: "The local month.", Zh: "当地的本月。"}, `events("message.sent", "this_month").days() >= 10`, ""},
	{`"12mo"`, "window", `"12mo"`, "", engine.Text{En: "From the same local day that many months ago.", Zh: "从若干个月前的同一天开始。"}, `events("order.paid", "12mo").sum("amount") >= 1000`, ""},
	{`"all"`, "window", `"all"`, "", engine.Text{En: "Everything there ever was, imports included.", Zh: "迄今的全部，包括导入的数据。"}, `events("order.paid", "all").count() >= 1`, ""},
}
