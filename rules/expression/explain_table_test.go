package expression

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// The operands of the table by kind; % in a test stands for one of them.
var (
	tableNumbers = []string{
		"member.points", "member.rank", "member.days_in_group", "group.size", "group.capacity", "group.stage", "event.props.value", "event.props.ratio",
		"member.attrs.age", "len(member.tags)", "abs(member.points)", "min(member.points, 200)", "max(member.points, group.size)", "floor(event.props.ratio)",
		"ceil(event.props.ratio)", "round(event.props.ratio)", "local(now).hour", "local(now).weekday", `count(member.tags, # contains "v")`,
		"sum(event.props.marks, #)", "len(filter(member.tags, len(#) > 2))", `growth("message.sent", "7d")`, `invited("30d")`, "-member.points", "member.points * 2",
		"(member.attrs.age ?? 3)", "(member.left ? 1 : member.points)", "len(map(member.tags, upper(#)))",
		`events("message.sent", "30m").count()`, `events("message.sent", "24h").count()`, `events("message.sent", "1d").days()`, `events("message.sent", "2w").streak()`,
		`events("order.paid", "12mo").sum("amount")`, `events("order.paid", "today").avg("amount")`, `events("order.paid", "this_week").min("amount")`,
		`events("order.paid", "this_month").max("amount")`, `events("order.paid", "all").distinct("items")`, `events("*", "7d").count()`,
		`group_events("message.sent", "7d").count()`, `content_events("vote.received", "7d", {kind: "answer"}).count()`,
		`events("vote.received", "7d", {content_id: event.props.content_id, group: event.group}).count()`,
	}
	tableTexts = []string{"member.tier", "member.tiers.vip", "event.type", "event.group", "event.content", "event.id", "event.props.kind", "member.attrs.city",
		"member.id", "member.inviter", "group.key", "group.phase", "group.type", "lower(event.props.kind)", "upper(event.props.kind)", "trim(event.props.kind)"}
	tableTimes = []string{"now", "event.at", "member.joined_at", "today()", `events("message.sent", "7d").first()`, `events("message.sent", "7d").last()`, `previous("message.sent")`}
	tableSpans = []string{"now - member.joined_at", "event.at - member.joined_at", `now - previous("message.sent")`}
	tableFacts = []string{`has_badge("helper")`, `has_badge("none-such")`, `in_group("core")`, `in_group("second")`, `holiday("mid-autumn")`, "workday()", `silent_for("7d")`, `purchased("7d")`,
		"member.left", "member.officer", "known(member.inviter)", "known(member.attrs.vip)", `any(member.tags, # == "vip")`, `any(member.tags, # == "x")`,
		`all(member.tags, len(#) > 1)`, `none(member.tags, # == "vip")`, `one(member.tags, # == "vip")`, "event.props.paid", "member.attrs.vip"}
)

// tests makes the table: every operand with every operator of its kind, and
// what holds and does not.
func tableTests() []string {
	var out []string
	add := func(operands []string, forms ...string) {
		for _, o := range operands {
			for _, f := range forms {
				out = append(out, strings.ReplaceAll(f, "%", o))
			}
		}
	}
	add(tableNumbers, "% >= 1", "% >= 9999", "% > -500", "% > 9999", "% <= 9999", "% <= -500", "% < 9999", "% < -500", "% == 3", "% != 3", "% in [1, 3, 120]", "9999 <= %")
	add(tableTexts, `% == "answer"`, `% != "answer"`, `% in ["participant", "core", "answer"]`, `% contains "e"`, `% startsWith "a"`, `% endsWith "r"`, `% matches "^[a-c]"`, `% not in ["x"]`)
	add(tableTimes, `% >= date("2026-10-20")`, `% > date("2027-01-01")`, `% < date("2026-10-20")`, `% <= date("2027-01-01")`, `% == date("2026-01-01")`, `% != date("2026-01-01")`, `% < now - duration("240h")`)
	add(tableSpans, `% >= duration("24h")`, `% > duration("9999h")`, `% <= duration("9999h")`, `% < duration("1h")`)
	add(tableFacts, "%", "not (%)", "% == true")
	add([]string{`"vip"`, `"x"`, "event.group"}, "% in member.tags", "% in member.groups", "% not in member.groups")
	return append(out, `member.rank >= tier("active")`, `member.rank > tier("onlooker")`, `member.rank < tier("active")`, `member.rank <= tier("onlooker")`,
		`member.rank == tier("participant")`, `member.rank != tier("participant")`, `tier("active") <= member.rank`,
		`member.points >= 1 and group.size >= 100`, `member.points >= 1 and group.size >= 1`, `member.points >= 999 or group.size >= 100`, `member.points >= 1 or group.size >= 100`,
		`local(event.at).hour >= 12`, `local(event.at).hour >= 9`, `(member.attrs.rate ?? event.props.ratio) >= 1`, `(member.attrs.rate ?? event.props.ratio) >= 9`, `member.points / (member.points - 120) > 1`)
}

// covering is a reader that knows since when it listens.
type covering struct{ engine.Value }

func (c covering) Metric(int, *engine.Facts) engine.Value { return c.Value }

func (c covering) Covered(int, *engine.Facts) (from, joined engine.Time) {
	return at("2026-10-10 08:00:00"), at("2026-10-01 00:30:00")
}

// ordinary metrics are 3, or the time of three days ago.
type ordinary struct{ table *engine.MetricTable }

func (o ordinary) Metric(id int, f *engine.Facts) engine.Value {
	switch o.table.All[id].Agg {
	case engine.First, engine.Last:
		return engine.TimeValue(f.Now.Add(-72 * 3600e9))
	case engine.Sum, engine.Avg, engine.Min, engine.Max, engine.Growth:
		return engine.DecimalValue(3_500_000)
	}
	return engine.IntValue(3)
}

// TestExplainTable writes what every function and operator says when it holds,
// does not, and is not known. Read explain_table.golden as an operator would.
func TestExplainTable(t *testing.T) {
	voc := vocabulary()
	var b strings.Builder
	outcomes := map[string]map[engine.Outcome]bool{}
	for _, src := range tableTests() {
		table := engine.NewMetricTable()
		p, problems := Compile(src, Want(engine.Bool), voc, table)
		if p == nil {
			t.Fatalf("%s: %+v", src, problems)
		}
		fmt.Fprintf(&b, "%s\n", src)
		full, bare, bound := facts(), facts(), facts()
		full.Metrics = ordinary{table}
		bare.Metrics = covering{engine.UnknownValue(engine.NotCovered)}
		bare.Event, bare.Member, bare.Group = nil, nil, nil
		bound.Metrics = covering{engine.Value{Kind: engine.Int, Num: 2, AtLeast: true}}
		if len(table.All) == 0 {
			bound = nil
		}
		said := map[string]bool{}
		for _, f := range []*engine.Facts{full, bare, bound} {
			if f == nil {
				continue
			}
			x := p.Explain(f)
			for _, name := range namesIn(p) {
				if outcomes[name] == nil {
					outcomes[name] = map[engine.Outcome]bool{}
				}
				outcomes[name][x.Outcome] = true
			}
			wellSaid(t, src, x)
			if line := fmt.Sprintf("    %-7s %s\n            %s\n", x.Outcome, x.Text.En, x.Text.Zh); !said[line] {
				b.WriteString(line)
				said[line] = true
			}
		}
	}
	everythingWasAsked(t, outcomes)
	golden(t, "testdata/explain_table.golden", b.String())
}

// namesIn are the functions, operators and aggregates of a program.
func namesIn(p *Program) []string {
	out := p.Names()
	var walk func(n *node)
	walk = func(n *node) {
		out = append(out, n.label())
		for _, k := range n.kids {
			walk(k)
		}
	}
	walk(p.root)
	return out
}

// certain are functions that are never unknown.
var certain = []string{"known()", "holiday()", "workday()", "today()", "date()", "duration()", "tier()"}

func everythingWasAsked(t *testing.T, outcomes map[string]map[engine.Outcome]bool) {
	t.Helper()
	wanted := []string{"==", "!=", "<", "<=", ">", ">=", "in", "not", "contains", "startsWith", "endsWith", "matches", "and", "or", "??", "?:", "*", "-"}
	for name := range maps.Keys(functionByName) {
		wanted = append(wanted, name+"()")
	}
	wanted = append(wanted, aggNames()...)
	for _, name := range wanted {
		got := outcomes[name]
		for _, o := range []engine.Outcome{engine.OutcomeTrue, engine.OutcomeFalse, engine.OutcomeUnknown} {
			if !got[o] && !(o == engine.OutcomeUnknown && slices.Contains(certain, name)) && name != "holiday()" {
				t.Errorf("%s was never %s", name, o)
			}
		}
	}
}

var quotes = regexp.MustCompile(`"[^"]*"|“[^”]*”|「[^」]*」|\[.*\]`)

// wellSaid looks for words that are missing, left in code, or of the other language.
func wellSaid(t *testing.T, src string, f *engine.Finding) {
	t.Helper()
	en, zh := quotes.ReplaceAllString(f.Text.En, ""), quotes.ReplaceAllString(f.Text.Zh, "")
	titles := strings.NewReplacer("杭州", "", "比例", "", "城市", "")
	switch {
	case en == "" || zh == "":
		t.Errorf("%s lacks words: %+v", src, f.Text)
	case strings.ContainsFunc(titles.Replace(en), func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		t.Errorf("%s speaks Chinese in English: %s", src, f.Text.En)
	case !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) || r == '，' || r == '：' || r == '=' }):
		t.Errorf("%s lacks Chinese: %s", src, f.Text.Zh)
	case strings.Contains(f.Text.En, "{") && !strings.Contains(src, "{") || strings.Contains(f.Text.Zh, "%"):
		t.Errorf("%s has a hole: %+v", src, f.Text)
	}
	for _, k := range f.Kids {
		wellSaid(t, src, k)
	}
}
