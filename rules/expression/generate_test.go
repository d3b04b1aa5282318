package expression

import (
	"fmt"
	"math/rand"
)

// generator of random well-typed expressions. sound leaves out ?? and known(),
// which turn unknown into known on purpose.
type writer struct {
	*rand.Rand
	sound bool
	loop  bool // inside a list function
}

func (w *writer) pick(options ...string) string { return options[w.Intn(len(options))] }

func (w *writer) expr(k kind, depth int) string {
	if depth <= 0 {
		return w.leaf(k)
	}
	if w.Intn(8) == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", w.expr(kBool, depth-1), w.expr(k, depth-1), w.expr(k, depth-1))
	}
	if !w.sound && w.Intn(10) == 0 && k != kList {
		return fmt.Sprintf("(%s ?? %s)", w.unknowable(k), w.expr(k, depth-1))
	}
	switch k {
	case kBool:
		return w.condition(depth)
	case kInt:
		return w.integer(depth)
	case kDec:
		return w.decimal(depth)
	case kText:
		return w.word(depth)
	case kTime:
		return fmt.Sprintf("(%s %s %s)", w.expr(kTime, depth-1), w.pick("+", "-"), w.expr(kSpan, depth-1))
	case kSpan:
		return w.span(depth)
	}
	return w.items(depth)
}

func (w *writer) leaf(k kind) string {
	switch k {
	case kBool:
		return w.pick("event.props.paid", "member.attrs.vip", "member.officer", "member.left", "true", "false")
	case kInt:
		return w.pick("event.props.value", "member.points", "member.rank", "group.size", "member.attrs.age", `tier("active")`,
			fmt.Sprint(w.Intn(9)), `events("message.sent", "7d").count()`, `events("vote.received", "all", {kind: "answer"}).sum("value")`, `local(event.at).hour`)
	case kDec:
		return w.pick("event.props.ratio", "member.attrs.rate", "0.25", "2.5", "3.0", `events("order.paid", "30d").sum("amount")`)
	case kText:
		return w.pick("event.props.kind", "member.tier", "event.group", "member.attrs.city", `"answer"`, `"b"`, `"active"`)
	case kTime:
		return w.pick("event.at", "now", "member.joined_at", "today()", `date("2026-11-03")`, `date("2026-11-01 06:00:00")`)
	case kSpan:
		return w.pick(`duration("36h")`, `duration("90m")`, `duration("168h")`)
	}
	return w.pick("member.tags", "member.groups", `["a", "answer", "b"]`)
}

// unknowable is something that may be unknown, as ?? wants on its left.
func (w *writer) unknowable(k kind) string {
	switch k {
	case kBool:
		return "event.props.paid"
	case kInt:
		return "event.props.value"
	case kDec:
		return "event.props.ratio"
	case kText:
		return "event.props.kind"
	case kTime:
		return "member.joined_at"
	}
	return "(event.at - member.joined_at)"
}

func (w *writer) number(depth int) string {
	if w.Intn(3) == 0 {
		return w.expr(kDec, depth)
	}
	return w.expr(kInt, depth)
}

func (w *writer) condition(depth int) string {
	d := depth - 1
	switch w.Intn(13) {
	case 0, 1, 2:
		return "(" + w.expr(kBool, d) + w.pick(" and ", " or ", " && ", " || ") + w.expr(kBool, d) + ")"
	case 3:
		return w.pick("not ", "!") + "(" + w.expr(kBool, d) + ")"
	case 4, 5:
		return "(" + w.number(d) + w.pick(" < ", " <= ", " > ", " >= ", " == ", " != ") + w.number(d) + ")"
	case 6:
		return "(" + w.expr(kText, d) + w.pick(" == ", " != ", " contains ", " startsWith ", " endsWith ", " not contains ") + w.expr(kText, d) + ")"
	case 7:
		return "(" + w.expr(kBool, d) + w.pick(" == ", " != ") + w.expr(kBool, d) + ")"
	case 8:
		return "(" + w.expr(kTime, d) + w.pick(" < ", " <= ", " > ", " >= ", " == ") + w.expr(kTime, d) + ")"
	case 9:
		return "(" + w.expr(kSpan, d) + w.pick(" < ", " >= ", " != ") + w.expr(kSpan, d) + ")"
	case 10:
		return "(" + w.expr(kText, d) + w.pick(" in ", " not in ") + w.expr(kList, d) + ")"
	case 11:
		return "(" + w.expr(kInt, d) + w.pick(" in ", " not in ") + w.pick("[1, 2, 3]", "[0]", "[2, 4, 120, -3]", "[1, 2.0, 2.5]") + ")"
	}
	if w.loop {
		return "(" + w.expr(kText, d) + ` matches "^[a-d]+")`
	}
	list := w.expr(kList, d)
	w.loop = true
	defer func() { w.loop = false }()
	return fmt.Sprintf("%s(%s, # %s %s)", w.pick("any", "all", "none", "one"), list, w.pick("==", "!=", "contains"), w.expr(kText, d))
}

func (w *writer) integer(depth int) string {
	d := depth - 1
	switch w.Intn(8) {
	case 0, 1, 2:
		return "(" + w.expr(kInt, d) + w.pick(" + ", " - ", " * ", " % ") + w.expr(kInt, d) + ")"
	case 3:
		return "-(" + w.expr(kInt, d) + ")"
	case 4:
		return w.pick("floor", "ceil", "round") + "(" + w.number(d) + ")"
	case 5:
		return w.pick("min", "max") + "(" + w.expr(kInt, d) + ", " + w.expr(kInt, d) + ")"
	case 6:
		return "len(" + w.expr(kText, d) + ")"
	}
	if w.loop {
		return "abs(" + w.expr(kInt, d) + ")"
	}
	list := w.expr(kList, d)
	w.loop = true
	defer func() { w.loop = false }()
	return w.pick("count("+list+", # != "+w.expr(kText, d)+")", "sum("+list+", len(#) + "+w.expr(kInt, d)+")", "len("+list+")")
}

func (w *writer) decimal(depth int) string {
	d := depth - 1
	switch w.Intn(4) {
	case 0:
		return "(" + w.number(d) + " / " + w.pick("2", "4", "8.0") + ")"
	case 1:
		return "abs(" + w.expr(kDec, d) + ")"
	case 2:
		return "max(" + w.number(d) + ", " + w.expr(kDec, d) + ")"
	}
	return "(" + w.expr(kDec, d) + w.pick(" + ", " - ", " * ") + w.number(d) + ")"
}

func (w *writer) word(depth int) string {
	d := depth - 1
	switch w.Intn(3) {
	case 0:
		return w.pick("lower", "upper", "trim") + "(" + w.expr(kText, d) + ")"
	case 1:
		return "(" + w.expr(kText, d) + " + " + w.expr(kText, d) + ")"
	}
	if w.loop {
		return "#"
	}
	return w.leaf(kText)
}

func (w *writer) span(depth int) string {
	d := depth - 1
	switch w.Intn(3) {
	case 0:
		return "(" + w.expr(kTime, d) + " - " + w.expr(kTime, d) + ")"
	case 1:
		return "(" + w.expr(kSpan, d) + w.pick(" + ", " - ") + w.expr(kSpan, d) + ")"
	}
	return "(" + w.expr(kSpan, d) + " * " + w.pick("2", "3", "0") + ")"
}

func (w *writer) items(depth int) string {
	if w.loop {
		return w.leaf(kList)
	}
	list := w.expr(kList, depth-1)
	w.loop = true
	defer func() { w.loop = false }()
	return w.pick("filter("+list+", # != "+w.leaf(kText)+")", "map("+list+", upper(#))")
}
