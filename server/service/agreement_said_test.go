package service_test

import (
	"fmt"
	"strings"
)

// What a random rule says, as a value: written as a document for the product,
// and read by the naive interpreter (agreement_naive_test.go), which shares no
// code with it.

// said is a rule.
type said struct {
	key, kind string // reward, campaign, tier, threshold
	on        []string
	subject   string // "", group or content
	when      cond   // nil: always
	once      string // "", member, day, or an expression of onceWords
	after     int64  // hours
	unless    cond

	to    string // tier
	hold  cond
	grace int64 // days

	then, otherwise []deed

	perMember, total, budget capped
	cooldown                 int64 // hours
}

// capped is so many per span; none where per is "".
type capped struct {
	n   int64
	per string
}

// deed is one effect: what kind, on which tag or badge, how much.
type deed struct {
	kind, name string
	amount     number // of points
	expires    int64  // days; 0: never
}

// cond is a condition.
type cond interface {
	words() string
	is(w *naive, f *facts) truth
}

// number is something to compare, or an amount.
type number interface {
	words() string
	value(w *naive, f *facts) amount
}

type (
	allOf  []cond
	anyOf  []cond
	not    struct{ of cond }
	wordIs struct { // event.props.k or event.group or event.content
		field, op, value string
	}
	tagged    struct{ tag string }
	badged    struct{ badge string }
	inGroup   struct{ group string }
	hasLeft   struct{}
	ranked    struct{ tier string }
	silentFor struct{ days int64 }
	compared  struct {
		a  number
		op string
		b  number
	}
	elapsed struct { // since the first or last event of a metric
		m     metric
		hours int64
	}
	grown  struct{ typ, window string }
	isSeen struct{ field string } // known(event.props.n)
)

type (
	plain  int64
	propN  struct{}
	points struct{}
	orElse struct{ n int64 } // event.props.n ?? n
	twice  struct{ of number }
	metric struct {
		source, typ, window string
		filter              string // "", k=a, k=event, group=g1, content=event
		agg, field          string
	}
)

func join(of []cond, by string) string {
	out := make([]string, len(of))
	for i, c := range of {
		out[i] = c.words()
	}
	return "(" + strings.Join(out, by) + ")"
}

func (c allOf) words() string     { return join(c, " and ") }
func (c anyOf) words() string     { return join(c, " or ") }
func (c not) words() string       { return "not (" + c.of.words() + ")" }
func (c wordIs) words() string    { return fmt.Sprintf("event.%s %s %q", c.field, c.op, c.value) }
func (c tagged) words() string    { return fmt.Sprintf("%q in member.tags", c.tag) }
func (c badged) words() string    { return fmt.Sprintf("has_badge(%q)", c.badge) }
func (c inGroup) words() string   { return fmt.Sprintf("in_group(%q)", c.group) }
func (c hasLeft) words() string   { return "member.left" }
func (c ranked) words() string    { return fmt.Sprintf("member.rank >= tier(%q)", c.tier) }
func (c silentFor) words() string { return fmt.Sprintf("silent_for(\"%dd\")", c.days) }
func (c compared) words() string  { return c.a.words() + " " + c.op + " " + c.b.words() }
func (c elapsed) words() string {
	return fmt.Sprintf("now - %s > duration(\"%dh\")", c.m.words(), c.hours)
}
func (c grown) words() string  { return fmt.Sprintf("growth(%q, %q) >= 1.1", c.typ, c.window) }
func (c isSeen) words() string { return "known(event.props." + c.field + ")" }

func (n plain) words() string  { return fmt.Sprint(int64(n)) }
func (n propN) words() string  { return "event.props.n" }
func (n points) words() string { return "member.points" }
func (n orElse) words() string { return fmt.Sprintf("(event.props.n ?? %d)", n.n) }
func (n twice) words() string  { return "(" + n.of.words() + " * 2 + 1)" }

func (n metric) words() string {
	filter := map[string]string{"": "", "k=a": `, {k: "a"}`, "k=event": ", {k: event.props.k}", "group=g1": `, {group: "g1"}`, "content=event": ", {content: event.content}"}[n.filter]
	function := map[string]string{"member": "events", "group": "group_events", "content": "content_events"}[n.source]
	field := ""
	if n.field != "" {
		field = fmt.Sprintf("%q", n.field)
	}
	return fmt.Sprintf("%s(%q, %q%s).%s(%s)", function, n.typ, n.window, filter, n.agg, field)
}

// document writes the rule as an operator would.
func (r said) document() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("key: %s\nkind: %s\ntitle: {en: X, zh: 某}", r.key, r.kind)
	if r.kind == "threshold" {
		line("group: hall")
	} else {
		line("on: [%s]", strings.Join(r.on, ", "))
	}
	if r.subject != "" {
		line("subject: %s", r.subject)
	}
	if r.when != nil {
		line("when: '%s'", r.when.words())
	}
	if r.once != "" {
		line("once: %s", r.once)
	}
	if r.after != 0 {
		line("after: %dh", r.after)
	}
	if r.unless != nil {
		line("unless: '%s'", r.unless.words())
	}
	if r.kind == "tier" {
		tier := "to: " + r.to
		if r.hold != nil {
			tier += fmt.Sprintf(", hold: '%s', grace: %dd", r.hold.words(), r.grace)
		}
		line("tier: {%s}", tier)
	}
	effects := func(name string, list []deed) {
		if len(list) > 0 {
			line("%s:", name)
		}
		for _, d := range list {
			line("  - %s", d.words())
		}
	}
	effects("then", r.then)
	effects("otherwise", r.otherwise)
	if limits := r.limits(); limits != "" {
		line("limits: {%s}", limits)
	}
	return b.String()
}

func (r said) limits() string {
	var parts []string
	if r.perMember.per != "" {
		parts = append(parts, fmt.Sprintf("per_member: {times: %d, per: %s}", r.perMember.n, r.perMember.per))
	}
	if r.total.per != "" {
		parts = append(parts, fmt.Sprintf("total: {times: %d, per: %s}", r.total.n, r.total.per))
	}
	if r.budget.per != "" {
		parts = append(parts, fmt.Sprintf("budget: {points: %d, per: %s}", r.budget.n, r.budget.per))
	}
	if r.cooldown != 0 {
		parts = append(parts, fmt.Sprintf("cooldown: %dh", r.cooldown))
	}
	return strings.Join(parts, ", ")
}

func (d deed) words() string {
	switch d.kind {
	case "grant_points":
		amount := "'" + d.amount.words() + "'"
		if n, ok := d.amount.(plain); ok {
			amount = n.words()
		}
		if d.expires != 0 {
			amount += fmt.Sprintf(", expires: %dd", d.expires)
		}
		return "grant_points: {amount: " + amount + "}"
	case "add_tag", "remove_tag":
		return d.kind + ": {tag: " + d.name + "}"
	case "award_badge", "revoke_badge":
		return d.kind + ": {badge: " + d.name + "}"
	case "emit":
		return "emit: {type: " + d.name + ", props: {n: '" + d.amount.words() + "'}}"
	case "create_task":
		return "create_task: {to: user, user: olga, text: Look}"
	}
	return d.kind // admit, wait, deny
}
