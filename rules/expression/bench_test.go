package expression

import (
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/bylaw-dev/bylaw/engine"
)

const fourTerms = `event.props.kind == "answer" and member.points >= 3 and events("vote.received", "all").sum("value") >= 10 and member.tier == "participant"`

// BenchmarkRule measures a rule of four terms, one of them a metric: our closures,
// with unknowns and bounds, beside expr's VM, which has neither.
func BenchmarkRule(b *testing.B) {
	p := mustCompile(b, fourTerms, Want(engine.Bool), vocabulary())
	f := facts()
	f.Metrics = fixed(17)
	condition := p.Condition()
	b.Run("closures", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if t, err := condition.Eval(f); t != engine.Yes || err != nil {
				b.Fatal(t, err)
			}
		}
	})
	b.Run("first term false", func(b *testing.B) {
		other := *f
		event := *f.Event
		event.Props = []engine.Prop{{Name: "kind", Value: engine.StringValue("question")}}
		other.Event = &event
		b.ReportAllocs()
		for b.Loop() {
			if t, err := condition.Eval(&other); t != engine.No || err != nil {
				b.Fatal(t, err)
			}
		}
	})
	b.Run("expr", benchmarkExpr)
	b.Run("compile", func(b *testing.B) {
		voc := vocabulary()
		b.ReportAllocs()
		for b.Loop() {
			Compile(fourTerms, Want(engine.Bool), voc, engine.NewMetricTable())
		}
	})
	b.Run("compile expr", func(b *testing.B) {
		options := exprOptions(vocabulary(), &oracleFacts{})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := expr.Compile(fourTerms, options...); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type exprProps struct {
	Kind string `expr:"kind"`
}
type exprEvent struct {
	Props exprProps `expr:"props"`
}
type exprMember struct {
	Points int    `expr:"points"`
	Tier   string `expr:"tier"`
}
type exprRuleEnv struct {
	Event  exprEvent                    `expr:"event"`
	Member exprMember                   `expr:"member"`
	Events func(string, string) counted `expr:"events"`
}

// benchmarkExpr gives expr its fastest environment: a struct of structs by value,
// boxed once.
func benchmarkExpr(b *testing.B) {
	program, err := expr.Compile(fourTerms, expr.Env(exprRuleEnv{}), expr.AsBool())
	if err != nil {
		b.Fatal(err)
	}
	result := counted{Sum: func(string) any { return 17 }, First: func() time.Time { return time.Time{} }}
	var env any = exprRuleEnv{exprEvent{exprProps{"answer"}}, exprMember{120, "participant"}, func(string, string) counted { return result }}
	var machine vm.VM
	b.ReportAllocs()
	for b.Loop() {
		if v, err := machine.Run(program, env); err != nil || v != true {
			b.Fatal(v, err)
		}
	}
}

// fixed is a metric reader without a map, as the window store's slots are.
type fixed int64

func (v fixed) Metric(int, *engine.Facts) engine.Value { return engine.IntValue(int64(v)) }

// TestNoAllocations: ordinary conditions allocate nothing.
func TestNoAllocations(t *testing.T) {
	for _, src := range []string{
		fourTerms,
		`event.props.other == "x" or event.props.other >= 3 or not (event.props.ratio / 3 > 5)`,
		`"vip" in member.tags and event.group in ["core", "second"] and in_group("core") and has_badge("helper")`,
		`now - member.joined_at > duration("168h") and local(now).hour >= 9 and member.days_in_group < 7`,
		`silent_for("7d") ? member.rank >= tier("active") : member.attrs.age + member.points * 2 > 100`,
		`event.props.kind contains "ns" and event.props.kind matches "^a.*r$" and any(event.props.marks, # > 4)`,
		`known(member.attrs.age) and (member.attrs.rate ?? 0.5) >= 0.25 and group.size < group.capacity`,
	} {
		condition := mustCompile(t, src, Want(engine.Bool), vocabulary()).Condition()
		f := facts()
		f.Metrics = fixed(17)
		if n := testing.AllocsPerRun(100, func() { f.Steps = 1000; condition.Eval(f) }); n != 0 {
			t.Errorf("%s allocates %v times", src, n)
		}
	}
}
