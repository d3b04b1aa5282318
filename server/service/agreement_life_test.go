package service_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// person is what the naive interpreter knows of a member.
type person struct {
	joined, newest int64
	announced      bool // by member.joined
	left           bool
	points         int64
	tags, badges   map[string]bool
	groups         map[string]bool
	tier           string
	failing        int64
}

// verdict is one decision, in words that every way of asking is brought to.
type verdict struct {
	event   int // in the list; -1: by the clock
	rule    string
	subject string // a member's name, a group, a content
	at      int64
	outcome string
	reason  string
	answer  string
	effects []string
}

func (v verdict) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s [%s]", v.outcome, v.reason, v.answer, strings.Join(v.effects, "; ")))
}

// naive is a workspace in the naive interpreter.
type naive struct {
	rules    []said // by key
	list     []happening
	people   map[string]*person
	heard    int64            // since when there are events at all
	opened   map[string]int64 // when a group got its first member
	used     map[string]bool
	counts   map[string]int64
	last     map[string]int64 // of a cooldown
	timers   []alarm
	alarms   int
	verdicts []verdict
}

// alarm is what the clock has to do: of the same moment in order of rules, and
// of a rule in the order in which it was set.
type alarm struct {
	at   int64
	rule string // "~": points that expire, after all rules
	set  int
	do   func()
}

const seats = 2 // of the hall

func newNaive(rules []said) *naive {
	w := &naive{rules: slices.Clone(rules), people: map[string]*person{}, opened: map[string]int64{},
		used: map[string]bool{}, counts: map[string]int64{}, last: map[string]int64{}}
	slices.SortFunc(w.rules, func(a, b said) int { return strings.Compare(a.key, b.key) })
	return w
}

func (w *naive) alarm(at int64, rule string, do func()) {
	w.alarms++
	w.timers = append(w.timers, alarm{at, rule, w.alarms, do})
	slices.SortFunc(w.timers, func(a, b alarm) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rule, b.rule), cmp.Compare(a.set, b.set))
	})
}

// until rings what is due up to a moment, and at each midnight looks at who
// holds a tier.
func (w *naive) until(from, to int64) {
	for d := day(from) + 1; ; d++ {
		midnight := dayStart(d)
		for len(w.timers) > 0 && w.timers[0].at <= min(to, midnight) {
			first := w.timers[0]
			w.timers = w.timers[1:]
			first.do()
		}
		if midnight > to {
			return
		}
		w.midnight(midnight)
	}
}

// happens accepts an event and what it emits.
func (w *naive) happens(e happening) { w.spread([]happening{e}) }

// spread works a queue of events: each is seen by all rules before the next.
func (w *naive) spread(queue []happening) {
	for len(queue) > 0 {
		e := queue[0]
		queue = queue[1:]
		w.list = append(w.list, e)
		queue = append(queue, w.accept(len(w.list)-1)...)
	}
}

// accept counts an event and lets the rules decide; it answers what they emit.
func (w *naive) accept(n int) (emitted []happening) {
	e := &w.list[n]
	p, late := w.meet(e)
	w.builtIn(e, p)
	if e.history {
		return nil
	}
	f := &facts{now: e.at, event: n, who: e.who}
	type match struct {
		rule  *said
		index int // among the verdicts
	}
	var matches []match
	for i := range w.rules {
		r := &w.rules[i]
		if r.kind == "threshold" || !slices.Contains(r.on, e.typ) {
			continue
		}
		v := verdict{event: n, rule: r.key, subject: w.subject(r, e), at: e.at}
		if r.after != 0 && !late {
			w.later(r, n)
			continue
		}
		v.outcome, v.reason = w.judge(r, f)
		if late {
			v.outcome, v.reason = "unknown", "late"
		} else if v.outcome == "true" && v.subject == "" {
			v.outcome, v.reason = "unknown", ""
		}
		w.verdicts = append(w.verdicts, v)
		if v.outcome == "true" {
			matches = append(matches, match{r, len(w.verdicts) - 1})
		}
	}
	if e.typ == "group.applied" && !p.groups["hall"] {
		w.apply(f, late)
	}
	for _, m := range matches {
		emitted = append(emitted, w.carryOut(m.rule, &w.verdicts[m.index], f)...)
	}
	return emitted
}

// meet finds or makes the member, and says whether the event is too late for them.
func (w *naive) meet(e *happening) (p *person, late bool) {
	if w.heard == 0 || e.history && e.at < w.heard {
		w.heard = e.at
	}
	p = w.people[e.who]
	if p == nil {
		p = &person{joined: e.at, tags: map[string]bool{}, badges: map[string]bool{}, groups: map[string]bool{}}
		w.people[e.who] = p
	}
	late = !e.history && p.newest-e.at > 2*aDay
	p.newest = max(p.newest, e.at)
	if !p.announced {
		p.joined = min(p.joined, e.at)
	}
	return p, late
}

func (w *naive) builtIn(e *happening, p *person) {
	switch e.typ {
	case "member.joined":
		if !p.announced || e.at < p.joined {
			p.announced, p.joined = true, e.at
		}
		p.left = false
	case "member.left":
		p.left = true
		clear(p.groups)
	case "group.joined":
		w.enter(p, e.group, e.at)
	}
}

func (w *naive) enter(p *person, group string, at int64) {
	if group == "" {
		return
	}
	p.groups[group] = true
	if w.opened[group] == 0 {
		w.opened[group] = at
	}
}

func (w *naive) size(group string) (n int) {
	for _, p := range w.people {
		if p.groups[group] {
			n++
		}
	}
	return n
}

func (w *naive) subject(r *said, e *happening) string {
	return map[string]string{"": e.who, "group": e.group, "content": e.thing}[r.subject]
}

// judge is what a rule's condition says.
func (w *naive) judge(r *said, f *facts) (outcome, reason string) {
	if r.to != "" && rank(w.people[f.who].tier) >= rank(r.to) {
		return "false", "not_matched"
	}
	if r.when == nil {
		return "true", ""
	}
	switch r.when.is(w, f) {
	case yes:
		return "true", ""
	case no:
		return "false", "not_matched"
	}
	return "unknown", ""
}

// later decides when the rule's "after" is over, on the state of then.
func (w *naive) later(r *said, n int) {
	due := w.list[n].at + r.after*anHour
	w.alarm(due, r.key, func() {
		e := w.list[n]
		f := &facts{now: due, event: n, who: e.who}
		if r.unless != nil && r.unless.is(w, f) != no {
			return
		}
		v := verdict{event: -1, rule: r.key, subject: w.subject(r, &e), at: due}
		if v.outcome, v.reason = w.judge(r, f); v.outcome != "true" || v.subject == "" {
			return
		}
		emitted := w.carryOut(r, &v, f)
		w.verdicts = append(w.verdicts, v)
		w.spread(emitted)
	})
}

// carryOut makes a matching rule's effects, unless something stops it.
func (w *naive) carryOut(r *said, v *verdict, f *facts) (emitted []happening) {
	key, ok := w.occurrence(r, v, f)
	switch {
	case !ok:
		v.outcome, v.reason = "unknown", ""
		return nil
	case key != "" && w.used[key]:
		v.reason = "already_done"
		return nil
	}
	plan, points := r.then, int64(0)
	if r.to != "" {
		plan = append([]deed{{kind: "move_tier", name: r.to}}, plan...)
	}
	amounts := make([]int64, len(plan))
	for i, d := range plan {
		if d.amount == nil {
			continue
		}
		a := d.amount.value(w, f)
		if !a.known || a.atLeast {
			v.outcome, v.reason = "unknown", ""
			return nil
		}
		if amounts[i] = a.num; d.kind == "grant_points" {
			points += max(a.num, 0)
		}
	}
	if v.reason = w.limited(r, v, points); v.reason != "" {
		return nil
	}
	for i, d := range plan {
		did, child := w.deed(r, d, amounts[i], v, f)
		v.effects = append(v.effects, did)
		emitted = append(emitted, child...)
	}
	if key != "" {
		w.used[key] = true
	}
	return emitted
}

// occurrence is what the rule acts on once; "" where each event is one. It is
// not ok where it is unknown.
func (w *naive) occurrence(r *said, v *verdict, f *facts) (key string, ok bool) {
	e := &w.list[f.event]
	what := ""
	switch r.once {
	case "", "event":
		return "", true
	case "member":
		what = "member"
	case "day":
		what = fmt.Sprint("day ", day(f.now))
	case "event.content":
		what = e.thing
	case "event.props.k":
		what = e.k
	}
	return r.key + "|" + v.subject + "|" + what, what != ""
}

// limited is what stops a rule now; where nothing does, this time is counted.
func (w *naive) limited(r *said, v *verdict, points int64) string {
	cool := r.key + "|" + v.subject
	last, ran := w.last[cool]
	if r.cooldown != 0 && ran && v.at-last < r.cooldown*anHour {
		return "cooldown"
	}
	type limit struct {
		capped
		key, why string
		adds     int64
	}
	limits := []limit{{r.perMember, "one|" + cool, "cap", 1}, {r.total, "all|" + r.key, "cap", 1}, {r.budget, "bud|" + r.key, "budget", points}}
	for i, l := range limits {
		limits[i].key += fmt.Sprint("|", span(l.per, v.at))
		if l.per != "" && l.adds > 0 && w.counts[limits[i].key]+l.adds > l.n {
			return l.why
		}
	}
	for _, l := range limits {
		w.counts[l.key] += l.adds
	}
	w.last[cool] = max(last, v.at)
	return ""
}
