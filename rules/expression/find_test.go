package expression

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestFindings: "code: part" for each finding of an expression, in the order of
// the text. Every kind has examples that bring it out and some that come near.
func TestFindings(t *testing.T) {
	const n = `events("message.sent", "7d").count()`
	for src, want := range map[string]string{
		// contradictions: numbers
		`member.points > 5 and member.points < 3`:                                               "contradiction: member.points < 3",
		`5 < member.points and member.points < 3`:                                               "contradiction: member.points < 3",
		`member.points > 5 and member.points < 6`:                                               "contradiction: member.points < 6",
		`member.points > 5 and member.points < 7`:                                               "",
		`event.props.ratio > 5 and event.props.ratio < 6`:                                       "",
		`member.points == 3 and member.points in [4, 5]`:                                        "contradiction: member.points in [4, 5]",
		`member.points in [3, 4] and member.points in [4, 5]`:                                   "",
		n + ` > 5 and ` + n + ` < 3`:                                                            "contradiction: " + n + " < 3",
		`member.points > 2 * 3 and not (member.points > 4)`:                                     "contradiction: not (member.points > 4)",
		`group.size > group.capacity and group.size < group.capacity`:                           "contradiction: group.size < group.capacity",
		`group.size > group.capacity and group.capacity < group.size`:                           "implied: group.capacity < group.size",
		`group.size >= group.capacity and group.size <= group.capacity`:                         "",
		`now > date("2026-05-01") and now < date("2026-03-01")`:                                 `contradiction: now < date("2026-03-01")`,
		`now > date("2026-03-01") and now < date("2026-05-01")`:                                 "",
		`now - member.joined_at > duration("72h") and now - member.joined_at < duration("24h")`: `contradiction: now - member.joined_at < duration("24h")`,
		`member.points > 5 and (member.points < 3 and member.left)`:                             "contradiction: member.points < 3",
		`(member.points > 9 or member.points < 2) and member.points == 5`:                       "contradiction: member.points == 5",
		`(member.points > 9 or member.left) and member.points == 5`:                             "never_here: member.points > 9",
		`event.props.other > 5 and event.props.other < 3`:                                       "undeclared_prop: event.props.other; contradiction: event.props.other < 3",
		// contradictions: words
		`member.tier == "active" and member.tier == "leader"`:                         `contradiction: member.tier == "leader"`,
		`member.tier == "active" or member.tier == "leader"`:                          "",
		`member.tier in ["active"] and member.tier != "active"`:                       `contradiction: member.tier != "active"`,
		`event.group == "core" and event.group startsWith "sec"`:                      `contradiction: event.group startsWith "sec"`,
		`event.group == "second" and event.group startsWith "sec"`:                    "",
		`"vip" in member.tags and not ("vip" in member.tags)`:                         `contradiction: not ("vip" in member.tags)`,
		`"vip" in member.tags and not ("new" in member.tags)`:                         "",
		`has_badge("helper") and has_badge("helper")`:                                 `implied: has_badge("helper")`,
		`has_badge("helper") and not has_badge("helper")`:                             `contradiction: not has_badge("helper")`,
		`known(member.inviter) and not known(member.inviter)`:                         "contradiction: not known(member.inviter)",
		`not known(event.props.kind) and event.props.kind == "answer"`:                `contradiction: event.props.kind == "answer"`,
		`known(event.props.kind) and event.props.kind == "answer"`:                    "", /* where it is not known this makes it false */
		`event.props.paid == true and event.props.paid == false`:                      "contradiction: event.props.paid == false",
		`member.left and (member.officer or not member.left)`:                         "never_here: not member.left",
		`member.left and (member.officer or member.left)`:                             "implied: member.officer or member.left",
		`member.points > 5 and (member.officer or member.points > 3 and member.left)`: "always_here: member.points > 3",
		// never and always
		`member.points in []`: "never_true: member.points in []",
		`1 > 2`:               "never_true: 1 > 2",
		`member.rank >= 9`:    "never_true: member.rank >= 9",
		`member.rank >= 4`:    "",
		`member.rank >= 0`:    "always_true: member.rank >= 0",
		n + ` >= 0`:           "always_true: " + n + " >= 0",
		n + ` < 0`:            "never_true: " + n + " < 0",
		`events("message.sent", "7d").days() > 9`:            `never_true: events("message.sent", "7d").days() > 9`,
		`events("message.sent", "7d").days() > 7`:            "",
		`local(now).hour > 23`:                               "never_true: local(now).hour > 23",
		`local(now).weekday == 0`:                            "never_true: local(now).weekday == 0",
		`local(now).minute >= 0 and member.left`:             "always_true: local(now).minute >= 0",
		`len(member.tags) < 0`:                               "never_true: len(member.tags) < 0",
		`event.props.value >= 0`:                             "",
		`member.points == 3.5`:                               "never_true: member.points == 3.5",
		`member.points >= member.points`:                     "always_true: member.points >= member.points",
		`any(member.tags, # == "a" and # == "b")`:            `contradiction: # == "b"`,
		`(` + n + ` ?? 0) >= 0`:                              "always_true: (" + n + " ?? 0) >= 0",
		`member.tier != "active" or member.tier != "leader"`: `covers_all: member.tier != "leader"`,
		`member.points > 3 or member.points < 5`:             "covers_all: member.points < 5",
		`member.points > 3 or member.points < 3`:             "",
		`event.props.paid or not event.props.paid`:           "covers_all: not event.props.paid",
		// implied
		`member.points > 3 and member.points > 5`:                        "implied: member.points > 3",
		`member.points > 3 or member.points > 5`:                         "covered: member.points > 5",
		n + ` >= 3 and ` + n + ` >= 5`:                                   "implied: " + n + " >= 3",
		n + ` >= 5 and ` + n + ` != 3`:                                   "", // of a lower bound only >= is known
		`member.points >= 5 and member.points != 3`:                      "implied: member.points != 3",
		`member.tier == "active" and member.tier != "leader"`:            `implied: member.tier != "leader"`,
		`member.tier in ["active", "leader"] or member.tier == "active"`: `covered: member.tier == "active"`,
		`member.left or member.left and member.officer`:                  "covered: member.left and member.officer",
		`member.left or member.officer`:                                  "",
		// branches
		`(member.points > 5 and member.points < 3 ? 1 : 2) == 2`: "contradiction: member.points < 3; never_chosen: 1",
		`(member.rank >= 0 ? member.left : member.officer)`:      "always_true: member.rank >= 0; never_chosen: member.officer",
		`member.left ? member.officer : event.props.paid`:        "",
		// division
		`member.points / event.props.value > 2`:                                 "may_divide_by_zero: event.props.value",
		`event.props.value > 0 and member.points / event.props.value > 2`:       "",
		`member.points / event.props.value > 2 and event.props.value != 0`:      "",
		`event.props.value >= 0 and member.points / event.props.value > 2`:      "may_divide_by_zero: event.props.value",
		`event.props.value == 0 or member.points / event.props.value > 2`:       "",
		`(event.props.value > 0 ? member.points / event.props.value : 0) > 2`:   "",
		`(event.props.value < 5 ? member.points / event.props.value : 0) > 2`:   "may_divide_by_zero: event.props.value",
		`member.points % max(event.props.value, 1) == 2`:                        "",
		`member.points / (` + n + ` + 1) > 2`:                                   "",
		`group.size > group.capacity and 1 / (group.size - group.capacity) > 0`: "",
		`1 / (group.size - group.capacity) > 0`:                                 "may_divide_by_zero: group.size - group.capacity",
		// numbers
		`member.points / 3 == 2`:                              "decimal_equality: member.points / 3 == 2",
		`member.points / 3 in [2]`:                            "decimal_equality: member.points / 3 in [2]",
		`round(member.points / 3) == 2`:                       "",
		`9223372036854775807 + 1 > 0`:                         "always_overflows: 9223372036854775807 + 1",
		`event.props.value * member.attrs.age > 100`:          "may_overflow: event.props.value * member.attrs.age",
		`event.props.value * 100 > 100`:                       "",
		`min(event.props.value, 1000) * member.attrs.age > 1`: "",
	} {
		var got []string
		for _, p := range Check(src, Want(engine.Bool), vocabulary()) {
			lo, hi := Range(src, p)
			got = append(got, p.Code+": "+src[lo:hi])
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\n got %s\nwant %s", src, text, want)
		}
	}
}

// reasoning writes conditions on few terms, so that they often meet.
func (w *writer) reasoning(depth int) string {
	if depth > 0 && w.Intn(5) > 0 {
		a, b := w.reasoning(depth-1), w.reasoning(depth-1)
		switch w.Intn(12) {
		case 0:
			return "not (" + a + ")"
		case 1:
			return "(" + a + " ? " + b + " : " + w.reasoning(depth-1) + ")"
		case 2, 3, 4, 5, 6:
			return "(" + a + " and " + b + ")"
		}
		return "(" + a + " or " + b + ")"
	}
	number := w.pick("member.points", "event.props.value", "event.props.ratio", `events("message.sent", "7d").count()`, "member.rank", "group.size",
		"event.props.odd", "member.points / 4", "max(event.props.value, 1)", `(events("message.sent", "7d").count() ?? 2)`)
	text := w.pick("event.props.kind", "member.tier", "event.group", "member.attrs.city")
	word := w.pick(`"answer"`, `"b"`, `""`, `"active"`)
	compare := w.pick(" < ", " <= ", " > ", " >= ", " == ", " != ")
	switch w.Intn(10) {
	case 0:
		return text + w.pick(" == ", " != ") + word
	case 1:
		return text + w.pick(" in ", " not in ") + w.pick(`["answer", "b"]`, `["active"]`, `["", "b"]`)
	case 2:
		return text + w.pick(" startsWith ", " contains ", " endsWith ") + w.pick(`"a"`, `"b"`)
	case 3:
		return w.pick("member.left", "event.props.paid", `"a" in member.tags`, `known(event.props.kind)`, `known(event.props.value)`, `purchased("30d")`, "event.props.paid == false")
	case 4:
		return w.pick("member.points", "event.props.value") + compare + w.pick("group.size", "event.props.ratio", "member.rank")
	case 5:
		return w.pick("member.points", "event.props.value") + " / " + w.pick("event.props.value", "group.size", "(member.points - group.size)") + compare + "2"
	}
	return number + compare + w.pick("0", "1", "2", "3", "4", "2.5", "7")
}

// factsOf are random facts of which some are not known, and bounds of others.
func factsOf(r *rand.Rand, table *engine.MetricTable) *engine.Facts {
	w := newWorld(r)
	for _, k := range []string{"size", "count"} {
		w.ints[k] = max(w.ints[k], -w.ints[k])
	}
	w.decs["orders"] = max(w.decs["orders"], -w.decs["orders"])
	metrics := w.metrics(table)
	for id, v := range metrics {
		switch r.Intn(4) {
		case 0:
			v.AtLeast = true
			metrics[id] = v
		case 1:
			metrics[id] = engine.UnknownValue(engine.NotCovered)
		}
	}
	f := w.facts(metrics)
	f.Event.Props = append(f.Event.Props, engine.Prop{Name: "odd", Value: []engine.Value{engine.IntValue(int64(r.Intn(5))),
		engine.DecimalValue(2_500_000), engine.StringValue("b"), engine.StringValue("2")}[r.Intn(4)]})
	kept := f.Event.Props[:0]
	for _, p := range f.Event.Props {
		if r.Intn(5) > 0 {
			kept = append(kept, p)
		}
	}
	f.Event.Props = kept
	if r.Intn(8) == 0 {
		delete(f.Member.Attrs, "city")
	}
	if r.Intn(8) == 0 {
		f.Group = nil
	}
	return f
}

// examined is a program whose parts are asked one by one.
type examined struct {
	*Program
	gen      *generator
	replaced map[*node]*node // trees without, or with another, part
}

func examine(p *Program) *examined {
	return &examined{p, &generator{voc: p.voc, memo: map[*node]code{}}, map[*node]*node{}}
}

// outcome of a node: what stands for # in it is a text.
func (p *examined) outcome(n *node, f *engine.Facts) truth {
	it := engine.StringValue("a")
	f.Steps = engine.MaxSteps
	return p.gen.as(n, kBool).b(f, &it)
}

// other is a tree with another node in a node's place.
func (p *examined) other(n, old, by *node) *node {
	if p.replaced[old] == nil {
		p.replaced[old] = replaced(n, old, by)
	}
	return p.replaced[old]
}

// replaced is a copy of a tree with another node in a node's place; nil takes it
// out of its and or or.
func replaced(n, old, by *node) *node {
	if n == old {
		return by
	}
	out := *n
	out.kids = nil
	for _, k := range n.kids {
		if k = replaced(k, old, by); k != nil {
			out.kids = append(out.kids, k)
		}
	}
	return &out
}

// holdsTrue checks what a flaw says on some facts; "" is right.
func (p *examined) holdsTrue(x flaw, f *engine.Facts) string {
	yesNow := func(n *node) bool { return p.outcome(n, f) == yes }
	noNow := func(n *node) bool { return p.outcome(n, f) == no }
	switch x.code {
	case "never_true":
		return wrongIf(yesNow(x.n), "it is true")
	case "always_true":
		return wrongIf(noNow(x.n), "it is false")
	case "contradiction":
		return wrongIf(yesNow(x.in), "both are true")
	case "covers_all":
		return wrongIf(noNow(x.in), "neither is true")
	case "implied", "covered":
		a, b := p.outcome(x.in, f), p.outcome(p.other(x.in, x.n, nil), f)
		return wrongIf(a.tri() != b.tri() || !errors.Is(a.mark().err(), b.mark().err()), fmt.Sprintf("with it %v, without it %v", a.tri(), b.tri()))
	case "never_chosen":
		if x.n == x.in.kids[1] {
			return wrongIf(yesNow(x.in.kids[0]), "it is chosen")
		}
		return wrongIf(noNow(x.in.kids[0]), "it is chosen")
	case "never_here":
		return wrongIf(yesNow(p.root) != yesNow(p.other(p.root, x.n, constant(engine.BoolValue(false)))), "it matters")
	case "always_here":
		return wrongIf(yesNow(p.root) != yesNow(p.other(p.root, x.n, constant(engine.BoolValue(true)))), "it matters")
	}
	return ""
}

func wrongIf(wrong bool, why string) string {
	if wrong {
		return why
	}
	return ""
}

// TestFindingsHold: on random conditions and facts, what is called a contradiction
// is never true, what is called always true is never false, what adds nothing
// never changes an outcome, and what divides unguarded was said.
func TestFindingsHold(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	seen := map[string]int{}
	rounds := 3000
	if testing.Short() {
		rounds = 1000
	}
	for range rounds {
		w := writer{Rand: r}
		src := w.reasoning(1 + r.Intn(4))
		if r.Intn(3) == 0 {
			src = w.expr(kBool, 1+r.Intn(4))
		}
		table := engine.NewMetricTable()
		compiled, _ := Compile(src, Want(engine.Bool), vocabulary(), table)
		if compiled == nil {
			continue
		}
		p := examine(compiled)
		found := p.find(nil)
		for _, x := range found.flaws {
			seen[x.code]++
			p.fixes(t, found, x)
		}
		for range 20 {
			f := factsOf(r, table)
			for _, x := range found.flaws {
				if why := p.holdsTrue(x, f); why != "" {
					t.Fatalf("%s\n%s of %s: %s\n%+v\n%+v", src, x.code, p.src.slice(x.n.lo, x.n.hi), why, f.Event.Props, f.Metrics)
				}
			}
			divides := found.steps > 0 && p.outcome(p.root, f).mark() == dividedByZero
			if divides && len(found.flaws) == 0 {
				t.Fatalf("%s divides by zero, and nothing was said\n%+v", src, f.Event.Props)
			}
		}
	}
	for _, code := range []string{"never_true", "always_true", "contradiction", "covers_all", "implied", "covered", "never_chosen", "never_here", "always_here", "may_divide_by_zero"} {
		if seen[code] < 3 {
			t.Errorf("%s came up %d times", code, seen[code])
		}
	}
	t.Log(seen)
}

// fixes checks that an offered edit leaves an expression that says the same.
func (p *examined) fixes(t *testing.T, f *finder, x flaw) {
	t.Helper()
	if x.code != "implied" && x.code != "covered" {
		return
	}
	fix := f.without(x)
	if fix.To == 0 {
		return
	}
	edited := p.src.slice(0, fix.From) + fix.Text + p.src.slice(fix.To, len(p.src.runes))
	table := engine.NewMetricTable()
	was, _ := Compile(p.src.text, Want(engine.Bool), p.voc, table)
	is, problems := Compile(edited, Want(engine.Bool), p.voc, table)
	if is == nil {
		t.Fatalf("%s\nwithout %s is\n%s\n%+v", p.src.text, p.src.slice(x.n.lo, x.n.hi), edited, problems)
	}
	before, after := examine(was), examine(is)
	r := rand.New(rand.NewSource(3))
	for range 10 {
		facts := factsOf(r, table)
		if a, b := before.outcome(before.root, facts), after.outcome(after.root, facts); a.tri() != b.tri() {
			t.Fatalf("%s is %v and\n%s is %v", p.src.text, a.tri(), edited, b.tri())
		}
	}
}
