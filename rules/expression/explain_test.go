package expression

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestExplain writes what explanations say of rules on facts() with metrics of 3
// into explain.golden: range, outcome, values, distance and the words.
func TestExplain(t *testing.T) {
	voc := review()
	voc.Event, voc.On = true, []string{"vote.received"}
	var b strings.Builder
	for _, src := range []string{
		`event.props.kind == "question" and (member.points >= 200 or not has_badge("helper")) and events("message.sent", "30d").days() >= 8`,
		`events("message.sent", "30d").count() >= 3`,
		`events("message.sent", "7d").streak() > 5`,
		`10 <= events("vote.received", "this_month").sum("value")`,
		`events("message.sent", "7d").count() <= 2`,
		`events("message.sent", "7d").count() < 3`,
		`events("message.sent", "7d").count() != 3`,
		`member.rank >= tier("active")`,
		`member.tier == "active"`,
		`member.tiers.vip == "gold"`,
		`member.tier in ["active", "leader"]`,
		`"vip" in member.tags`,
		`"old" not in member.tags`,
		`event.props.kind contains "ques"`,
		`event.props.kind startsWith "an"`,
		`member.attrs.city matches "^杭"`,
		`now - member.joined_at >= duration("1000h")`,
		`member.joined_at < date("2026-09-01")`,
		`local(now).hour >= 12`,
		`event.props.other >= 3 or event.origin == "poster"`,
		`member.attrs.rate > 0.5`,
		`event.props.ratio * 2 + 1 >= 10.5`,
		`member.points / (member.points - 120) > 1`,
		`9223372036854775807 + member.points > 1`,
		`(member.attrs.rate ?? 0.25) >= 0.5`,
		`member.points >= (member.officer ? 100 : 200)`,
		`any(member.tags, # startsWith "x")`,
		`silent_for("7d") or purchased("7d")`,
		`member.left`,
		`0 < member.rank < 2`,
		`score >= 10`,
		`((member.points)) + (2 * (3 + group.size))`,
		"member.points >= 1\n  and (\n    group.size > 100\n  )",
		`group.capacity - group.size`,
	} {
		table := engine.NewMetricTable()
		p, problems := Compile(src, AnyKind, voc, table)
		if p == nil {
			t.Fatalf("%s: %+v", src, problems)
		}
		f := facts()
		f.Metrics, f.Score = fixed(3), engine.IntValue(7)
		steps := f.Steps
		finding := p.Explain(f)
		if f.Steps != steps {
			t.Errorf("explaining %s cost steps", src)
		}
		writeFinding(&b, finding, 0)
		b.WriteString("\n")
		explainAgrees(t, p, finding)
	}
	p := mustCompile(t, `events("message.sent", "30d").count() >= 8`, Want(engine.Bool), voc)
	f := facts()
	f.Metrics = atLeast(3)
	writeFinding(&b, p.Explain(f), 0)
	golden(t, "testdata/explain.golden", b.String())
}

// explainAgrees: an explanation has the value that evaluating has.
func explainAgrees(t *testing.T, p *Program, finding *engine.Finding) {
	t.Helper()
	f := facts()
	f.Metrics, f.Score = fixed(3), engine.IntValue(7)
	if finding.Outcome == "" {
		if v, _ := p.Expression().Eval(f); !v.Equal(finding.Value) {
			t.Errorf("%s is %s, explained as %s", p.Source(), v.Text(), finding.Value.Text())
		}
		return
	}
	if tri, _ := p.Condition().Eval(f); tri.Outcome() != finding.Outcome {
		t.Errorf("%s is %s, explained as %s", p.Source(), tri.Outcome(), finding.Outcome)
	}
}

func writeFinding(b *strings.Builder, f *engine.Finding, depth int) {
	pad := strings.Repeat("  ", depth)
	fmt.Fprintf(b, "%s[%d %d) %s", pad, f.From, f.To, strings.ReplaceAll(f.Source, "\n", "⏎"))
	if f.Op != "" {
		fmt.Fprintf(b, " | op %s", f.Op)
	}
	if f.Outcome != "" {
		fmt.Fprintf(b, " | %s", f.Outcome)
	}
	fmt.Fprintf(b, " | value %s", f.Value.Text())
	if f.Required != nil {
		fmt.Fprintf(b, " | required %s", f.Required.Text())
	}
	if f.Distance != nil {
		fmt.Fprintf(b, " | distance %s", f.Distance.Text())
	}
	if f.Reason != "" {
		fmt.Fprintf(b, " | because %s", f.Reason)
	}
	if f.Text.En != "" {
		fmt.Fprintf(b, "\n%s    %s\n%s    %s", pad, f.Text.En, pad, f.Text.Zh)
	}
	b.WriteString("\n")
	for _, k := range f.Kids {
		writeFinding(b, k, depth+1)
	}
}
