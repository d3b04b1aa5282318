package service_test

import (
	"slices"
	"time"
)

// The naive interpreter: it keeps the raw list of everything that happened and
// reads all of it for each question. It shares no code with the product, nor its
// calendar.

const (
	aSecond = int64(1e6)
	anHour  = 3600 * aSecond
	aDay    = 24 * anHour
)

// happening is one event.
type happening struct {
	at                     int64 // microseconds
	typ, who, group, thing string
	k                      string // "": it has none
	n                      int64  // less than 0: it has none
	depth                  int
	history                bool
	sendAt                 int64 // when it is received
}

// day counts local days in Shanghai, which has no summer time; 0 was a Thursday.
func day(at int64) int64 { return (at + 8*anHour) / aDay }

func dayStart(d int64) int64 { return d*aDay - 8*anHour }

// monthStart is the day on which the month of a day so many months ago began.
func monthStart(d int64, ago int) int64 {
	t := time.Unix(d*86400, 0).UTC()
	return time.Date(t.Year(), t.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// span is the name of the day, week or month that a limit counts in.
func span(per string, at int64) int64 {
	d := day(at)
	switch per {
	case "day":
		return d
	case "week":
		return (d + 3) / 7
	case "month":
		return monthStart(d, 0)
	}
	return 0
}

// truth is yes, no or maybe.
type truth int

const (
	maybe truth = iota
	yes
	no
)

func truly(is bool) truth {
	if is {
		return yes
	}
	return no
}

// amount is a number that may be unknown, or only a lower bound.
type amount struct {
	num, den       int64
	known, atLeast bool
}

func exactly(n int64) amount { return amount{num: n, den: 1, known: true} }

// facts are what a condition reads: a moment, and perhaps an event.
type facts struct {
	now   int64
	event int // in the list; -1: by the clock
	who   string
}

func (c allOf) is(w *naive, f *facts) truth {
	out := yes
	for _, x := range c {
		switch x.is(w, f) {
		case no:
			return no
		case maybe:
			out = maybe
		}
	}
	return out
}

func (c anyOf) is(w *naive, f *facts) truth {
	out := no
	for _, x := range c {
		switch x.is(w, f) {
		case yes:
			return yes
		case maybe:
			out = maybe
		}
	}
	return out
}

func (c not) is(w *naive, f *facts) truth {
	return [...]truth{maybe, no, yes}[c.of.is(w, f)]
}

func (c wordIs) is(w *naive, f *facts) truth {
	if f.event < 0 {
		return maybe
	}
	e := &w.list[f.event]
	have := map[string]string{"props.k": e.k, "group": e.group, "content": e.thing, "type": e.typ}[c.field]
	if have == "" {
		return maybe
	}
	return truly((have == c.value) == (c.op == "=="))
}

func (c isSeen) is(w *naive, f *facts) truth {
	if f.event < 0 {
		return no
	}
	e := &w.list[f.event]
	return truly(c.field == "n" && e.n >= 0 || c.field == "k" && e.k != "")
}

func (c tagged) is(w *naive, f *facts) truth {
	return w.about(f, func(p *person) bool { return p.tags[c.tag] })
}
func (c badged) is(w *naive, f *facts) truth {
	return w.about(f, func(p *person) bool { return p.badges[c.badge] })
}
func (c inGroup) is(w *naive, f *facts) truth {
	return w.about(f, func(p *person) bool { return p.groups[c.group] })
}
func (c hasLeft) is(w *naive, f *facts) truth {
	return w.about(f, func(p *person) bool { return p.left })
}
func (c ranked) is(w *naive, f *facts) truth {
	return w.about(f, func(p *person) bool { return rank(p.tier) >= rank(c.tier) })
}

func (w *naive) about(f *facts, is func(*person) bool) truth {
	if f.who == "" {
		return maybe
	}
	return truly(is(w.people[f.who]))
}

var tiers = []string{"", "onlooker", "participant", "active", "advocate"}

func rank(tier string) int { return slices.Index(tiers, tier) }

func (c silentFor) is(w *naive, f *facts) truth {
	if f.who == "" {
		return maybe
	}
	m := metric{source: "member", typ: "*", agg: "count"}
	from := f.now - c.days*aDay
	n := 0
	for i := range w.list {
		e := &w.list[i]
		if i != f.event && e.who == f.who && e.at > from && e.at <= f.now && e.depth == 0 && e.typ != "tier.failing" {
			n++
		}
	}
	switch {
	case n > 0:
		return no
	case !w.covered(&m, f, from):
		return maybe
	}
	return yes
}

func (c compared) is(w *naive, f *facts) truth {
	a, b := c.a.value(w, f), c.b.value(w, f)
	if !a.known || !b.known {
		return maybe
	}
	d := a.num*b.den - b.num*a.den
	suffices := c.op == ">=" && d >= 0 || c.op == ">" && d > 0
	switch {
	case suffices && !b.atLeast:
		return yes
	case a.atLeast || b.atLeast:
		return maybe
	}
	return truly(map[string]bool{">=": d >= 0, ">": d > 0, "<": d < 0, "<=": d <= 0, "==": d == 0, "!=": d != 0}[c.op])
}

func (c elapsed) is(w *naive, f *facts) truth {
	v := c.m.value(w, f)
	if !v.known {
		return maybe
	}
	return truly(f.now-v.num > c.hours*anHour)
}

func (c grown) is(w *naive, f *facts) truth {
	m := metric{source: "member", typ: c.typ, window: c.window, agg: "count"}
	length := lengths[c.window]
	earlier := *f
	earlier.now -= length
	now, ok := m.read(w, f)
	if !ok || !w.covered(&m, f, f.now-2*length) {
		return maybe
	}
	n1, n0 := int64(len(now)), int64(0)
	for _, e := range w.counted(&m, f) {
		if e.at > f.now-2*length && e.at <= f.now-length {
			n0++
		}
	}
	if n1+n0 == 0 {
		return maybe
	}
	return truly((n1+10)*10 >= 11*(n0+10))
}

func (n plain) value(*naive, *facts) amount { return exactly(int64(n)) }

func (n propN) value(w *naive, f *facts) amount {
	if f.event < 0 || w.list[f.event].n < 0 {
		return amount{}
	}
	return exactly(w.list[f.event].n)
}

func (n points) value(w *naive, f *facts) amount {
	if f.who == "" {
		return amount{}
	}
	return exactly(w.people[f.who].points)
}

func (n orElse) value(w *naive, f *facts) amount {
	if v := (propN{}).value(w, f); v.known {
		return v
	}
	return exactly(n.n)
}

func (n twice) value(w *naive, f *facts) amount {
	v := n.of.value(w, f)
	if !v.known || v.atLeast {
		return amount{}
	}
	return amount{num: 2*v.num + v.den, den: v.den, known: true}
}
