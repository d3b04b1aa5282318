package service_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// drawn is one of the options.
func drawn[T any](t *rapid.T, label string, options ...T) T {
	return rapid.SampledFrom(options).Draw(t, label)
}

func chance(t *rapid.T, label string, oneIn int) bool {
	return rapid.IntRange(0, oneIn-1).Draw(t, label) == oneIn-1
}

var windows = []string{"90m", "24h", "3d", "7d", "30d", "2w", "today", "this_week", "this_month", "1mo", "all"}

// drawMetric draws a metric; by the clock there is no event to take values from.
func drawMetric(t *rapid.T, clock bool, aggs ...string) metric {
	m := metric{source: "member", typ: drawn(t, "type", "act", "act", "say", "done"), window: drawn(t, "window", windows...), agg: drawn(t, "agg", aggs...)}
	switch m.agg {
	case "sum", "avg", "min", "max":
		m.field = "n"
	case "distinct":
		m.field = "k"
	}
	if m.typ == "done" && m.field == "k" {
		m.typ = "act"
	}
	if clock {
		m.filter = drawn(t, "filter", "", "", "k=a", "group=g1")
	} else {
		m.source = drawn(t, "source", "member", "member", "group", "content")
		m.filter = drawn(t, "filter", "", "", "", "k=a", "k=event", "group=g1", "content=event")
	}
	if m.typ == "done" && m.filter != "group=g1" && m.filter != "content=event" {
		m.filter = ""
	}
	return m
}

func drawNumber(t *rapid.T) (number, int64) {
	switch rapid.IntRange(0, 7).Draw(t, "number") {
	case 0:
		return propN{}, 9
	case 1:
		return points{}, 30
	case 2:
		return orElse{rapid.Int64Range(0, 9).Draw(t, "else")}, 9
	case 3:
		return twice{propN{}}, 19
	case 4:
		return drawMetric(t, false, "avg", "min", "max"), 9
	case 5:
		return drawMetric(t, false, "sum"), 20
	}
	return drawMetric(t, false, "count", "count", "distinct", "days", "streak"), 5
}

func drawTest(t *rapid.T) cond {
	switch rapid.IntRange(0, 11).Draw(t, "test") {
	case 0:
		return wordIs{"props.k", drawn(t, "op", "==", "!="), drawn(t, "k", "a", "b", "c")}
	case 1:
		return wordIs{drawn(t, "field", "group", "content"), "==", drawn(t, "value", "g1", "c1")}
	case 2:
		return tagged{drawn(t, "tag", "t1", "t2")}
	case 3:
		return badged{drawn(t, "badge", "b1", "b2")}
	case 4:
		return drawn[cond](t, "about", inGroup{"hall"}, inGroup{"den"}, hasLeft{}, ranked{"participant"}, ranked{"active"}, isSeen{"n"}, isSeen{"k"})
	case 5:
		return silentFor{rapid.Int64Range(1, 6).Draw(t, "days")}
	case 6:
		return elapsed{drawMetric(t, false, "first", "last"), rapid.Int64Range(1, 60).Draw(t, "hours")}
	case 7:
		return grown{drawn(t, "type", "act", "say"), drawn(t, "window", "24h", "3d", "7d")}
	case 8:
		return compared{drawMetric(t, false, "count", "sum"), drawn(t, "op", ">=", ">", "=="), drawMetric(t, false, "count", "days")}
	}
	n, most := drawNumber(t)
	return compared{n, drawn(t, "op", ">=", ">=", ">", "<", "<=", "==", "!="), plain(rapid.Int64Range(0, most).Draw(t, "than"))}
}

func drawCond(t *rapid.T, depth int) cond {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return drawTest(t)
	}
	switch rapid.IntRange(0, 4).Draw(t, "join") {
	case 0:
		return not{drawCond(t, depth-1)}
	case 1, 2:
		return anyOf{drawCond(t, depth-1), drawCond(t, depth-1)}
	}
	return allOf{drawCond(t, depth-1), drawCond(t, depth-1)}
}

func drawAmount(t *rapid.T) number {
	switch rapid.IntRange(0, 4).Draw(t, "amount") {
	case 0:
		return propN{}
	case 1:
		return orElse{3}
	case 2:
		return drawMetric(t, false, "count")
	}
	return plain(rapid.Int64Range(1, 9).Draw(t, "points"))
}

func drawDeed(t *rapid.T, member bool) deed {
	n := 5
	if !member {
		n = 1
	}
	switch rapid.IntRange(0, n).Draw(t, "deed") {
	case 0:
		return deed{kind: "emit", name: "done", amount: drawn[number](t, "n", plain(4), orElse{2}, propN{})}
	case 1:
		return deed{kind: "create_task"}
	case 2:
		return deed{kind: drawn(t, "tagging", "add_tag", "add_tag", "remove_tag"), name: drawn(t, "tag", "t1", "t2")}
	case 3:
		return deed{kind: drawn(t, "badging", "award_badge", "award_badge", "revoke_badge"), name: drawn(t, "badge", "b1", "b2")}
	}
	return deed{kind: "grant_points", amount: drawAmount(t), expires: drawn(t, "expires", int64(0), 0, 0, 1, 3)}
}

func drawCap(t *rapid.T, label string, most int64) capped {
	if !chance(t, label, 4) {
		return capped{}
	}
	return capped{rapid.Int64Range(1, most).Draw(t, "times"), drawn(t, "per", "day", "week", "month", "ever")}
}

func drawRule(t *rapid.T, key string) said {
	r := said{key: key, kind: drawn(t, "kind", "reward", "reward", "reward", "campaign", "tier", "threshold")}
	r.on = drawn(t, "on", []string{"act"}, []string{"act"}, []string{"act", "say"}, []string{"done"}, []string{"say"}, []string{"act", "done"})
	if r.kind != "campaign" || chance(t, "when", 2) {
		r.when = drawCond(t, 2)
	}
	switch r.kind {
	case "threshold":
		r.then = []deed{{kind: drawn(t, "then", "admit", "admit", "admit", "wait")}}
		if otherwise := drawn(t, "otherwise", "", "wait", "deny"); otherwise != "" {
			r.otherwise = []deed{{kind: otherwise}}
		}
		return r
	case "tier":
		drawTier(t, &r)
	case "campaign":
		r.after = drawn(t, "after", int64(1), 5, 30, 80)
		if chance(t, "unless", 2) {
			r.unless = drawCond(t, 1)
		}
	default:
		r.subject = drawn(t, "subject", "", "", "", "", "group", "content")
	}
	for range rapid.IntRange(min(1, 3-len(r.to)), 3).Draw(t, "deeds") {
		r.then = append(r.then, drawDeed(t, r.subject == ""))
	}
	r.once = drawn(t, "once", "", "", "event", "member", "day", "event.content", "event.props.k")
	if r.once == "event.props.k" && slices.Equal(r.on, []string{"done"}) {
		r.once = "day"
	}
	r.perMember, r.total, r.budget = drawCap(t, "per member", 3), drawCap(t, "total", 6), drawCap(t, "budget", 30)
	if chance(t, "cooldown", 4) {
		r.cooldown = rapid.Int64Range(1, 40).Draw(t, "hours")
	}
	return r
}

// drawTier draws where a tier rule moves to, and perhaps what holds there: less
// than what moved up.
func drawTier(t *rapid.T, r *said) {
	r.to = drawn(t, "to", "participant", "active")
	if chance(t, "holds", 2) {
		m := drawMetric(t, true, "count", "days", "streak")
		least := rapid.Int64Range(2, 4).Draw(t, "least")
		r.when = compared{m, ">=", plain(least)}
		r.hold = compared{m, ">=", plain(rapid.Int64Range(1, least).Draw(t, "held"))}
		r.grace = rapid.Int64Range(0, 2).Draw(t, "grace")
	}
}

var people = []string{"ada", "bo", "cy", "di"}

// startOfAll is when the first rule is live: a Monday morning in Shanghai.
var startOfAll = time.Date(2026, 3, 2, 2, 0, 7, 0, time.UTC).UnixMicro()

// drawHistory draws who was there before, and what happens then. Where the
// rules set timers an event that is late comes right after a punctual one: the
// log does not tell when an event was received, so only then a back-test can
// know what the clock had done by then.
func drawHistory(t *rapid.T, timers bool) (before, list []happening) {
	for _, who := range people {
		switch rapid.IntRange(0, 3).Draw(t, "since") {
		case 0, 1:
			before = append(before, happening{at: startOfAll - 70*aDay, typ: "member.joined", who: who, n: -1, history: true})
		case 2:
			before = append(before, happening{at: startOfAll - rapid.Int64Range(1, 20*24).Draw(t, "ago")*anHour, typ: "member.joined", who: who, n: -1, history: true})
		}
	}
	for i := range before {
		before[i].sendAt = startOfAll
	}
	now := startOfAll
	for range rapid.IntRange(1, 24).Draw(t, "events") {
		now += aSecond + rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, anHour/aSecond), rapid.Int64Range(0, 3*aDay/aSecond)).Draw(t, "gap")*aSecond
		e := drawEvent(t)
		e.at, e.sendAt = now, now
		if chance(t, "late", 5) {
			if timers {
				list = append(list, happening{at: now, sendAt: now, typ: "tock", who: "clock", n: -1})
			}
			e.at -= rapid.Int64Range(0, 3*aDay/aSecond).Draw(t, "behind") * aSecond
		}
		list = append(list, e)
	}
	return before, list
}

func drawEvent(t *rapid.T) happening {
	e := happening{typ: drawn(t, "type", "act", "act", "act", "say", "say", "group.applied", "member.left", "group.joined", "member.joined"), who: drawn(t, "who", people...), n: -1}
	switch e.typ {
	case "group.applied":
		e.group = "hall"
		return e
	case "group.joined":
		e.group = drawn(t, "room", "den", "g1")
		return e
	case "member.left", "member.joined":
		return e
	}
	e.group = drawn(t, "group", "", "g1", "g2")
	e.thing = drawn(t, "content", "", "c1", "c2")
	e.k = drawn(t, "k", "", "a", "b", "c")
	e.n = rapid.Int64Range(-1, 9).Draw(t, "n")
	return e
}

func drawRules(t *rapid.T) (out []said) {
	for i := range rapid.IntRange(1, 10).Draw(t, "rules") {
		out = append(out, drawRule(t, fmt.Sprintf("r%02d", i)))
	}
	return out
}
