package expression

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// repeated wraps a text in itself n times.
func repeated(n int, start string, wrap func(string) string) string {
	for range n {
		start = wrap(start)
	}
	return start
}

func list(n int, item func(int) string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = item(i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// hostile are expressions made to hurt: those that took expr down or held it up,
// and their relatives.
var hostile = map[string]string{
	"million parentheses":    strings.Repeat("(", 1_000_000),
	"closed parentheses":     strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000),
	"4 KB of parentheses":    strings.Repeat("(", 4096),
	"65 parentheses":         strings.Repeat("(", 65) + "true" + strings.Repeat(")", 65),
	"4 KB of brackets":       strings.Repeat("[", 4096),
	"4 KB of braces":         strings.Repeat("{a:", 1365),
	"million nots":           strings.Repeat("not ", 1_000_000) + "true",
	"1000 nots":              strings.Repeat("not ", 1000) + "true",
	"4000 bangs":             strings.Repeat("!", 4000) + "true",
	"4000 minuses":           strings.Repeat("-", 4000) + "1",
	"spaced minuses":         strings.Repeat("- ", 2000) + "1",
	"members":                strings.Repeat("a.", 2000) + "b",
	"optional members":       strings.Repeat("a?.", 1300) + "b",
	"elvis 60":               repeated(60, "member.left", func(s string) string { return "(" + s + "?:true)" }),
	"elvis 22":               repeated(22, "b", func(s string) string { return "(" + s + "?:b)" }),
	"chained compare 60":     repeated(60, "member.points", func(s string) string { return "((0<" + s + "<9)?1:0)" }),
	"chained compare 20":     repeated(20, "member.points", func(s string) string { return "((0<" + s + "<9)?1:0)" }),
	"long chain":             "0" + strings.Repeat("<member.points", 250),
	"ternaries":              strings.Repeat("member.left?", 330) + "1",
	"many ors":               strings.Repeat("member.left or ", 270) + "true",
	"many pluses":            strings.Repeat("1+", 2000) + "1",
	"list of 1001":           "member.points in " + list(1001, func(i int) string { return fmt.Sprint(i % 10) }),
	"list of lists":          "1 in " + repeated(60, "1", func(s string) string { return "[" + s + "]" }),
	"list of names":          "1 in " + list(130, func(int) string { return "member.points" }),
	"nested all":             "let a = 1..1000; all(a, all(a, all(a, # > 0)))",
	"nested all of a name":   `all(member.tags, all(member.tags, all(member.tags, # != "")))`,
	"nested sum":             `sum(event.props.marks, sum(event.props.marks, sum(event.props.marks, #)))`,
	"doubled lets":           "let s1=event.id+event.id; let s2=s1+s1; len(s2) > 0",
	"range":                  "1..1000000",
	"repeat":                 `repeat("a", 900000) matches "(a{0,500}){0,2}b"`,
	"replace":                `replace(event.id, "a", event.id) == ""`,
	"reduce":                 `reduce(1..24, #acc + #acc, "0123456789abcdef")`,
	"toJSON":                 "toJSON(map(1..999, 1..999))",
	"sort":                   "sort(1..300000)",
	"built pattern":          `event.id matches ("a" + event.id)`,
	"pattern bomb":           `event.id matches "(a{0,500}){0,2}b"`,
	"pattern bomb 2":         `event.id matches "((a{0,30}){0,30}){0,30}"`,
	"pattern of 101":         `event.id matches "` + strings.Repeat("a", 101) + `"`,
	"pattern syntax":         `event.id matches "(((("`,
	"environment":            `$env["member"]`,
	"index":                  "member.tags[0] == \"a\"",
	"slice":                  "member.tags[1:2]",
	"power":                  "9 ** 9 ** 9 > 1",
	"caret":                  "2 ^ 9 > 1",
	"nil":                    "member.inviter == nil",
	"pipe":                   "member.tags | len() > 1",
	"comment":                "member.points // 100",
	"block comment":          "member.points /* 100 */ > 1",
	"open comment":           "member.points /* > 1",
	"open string":            `member.tier == "active`,
	"not UTF-8":              "member.tier == \"\xff\"",
	"only spaces":            strings.Repeat(" ", 4000),
	"10 MB":                  strings.Repeat("member.points > 1 and ", 500_000),
	"huge number":            "member.points > " + strings.Repeat("9", 4000),
	"huge exponent":          "member.points > 1e999999",
	"map key nest":           `events("message.sent", "7d", ` + repeated(60, "1", func(s string) string { return "{(" + s + "): 1}" }) + `).count() > 1`,
	"coalesce nest":          repeated(200, "member.inviter", func(s string) string { return s + ` ?? member.inviter` }) + ` == ""`,
	"quotes":                 strings.Repeat(`"`, 4095),
	"backticks":              strings.Repeat("`", 4095),
	"backslashes":            `"` + strings.Repeat(`\`, 4001) + `"`,
	"escapes":                `"` + strings.Repeat(`\u{`, 1300) + `"`,
	"predicates without #":   strings.Repeat("any(", 60) + strings.Repeat(")", 60),
	"full-width brackets":    strings.Repeat("（", 1300),
	"brackets by full-width": strings.Repeat("（", 65) + "true" + strings.Repeat("）", 65),
}

// unbounded is how long only work without a bound takes: what is bounded takes
// milliseconds, also on a busy machine under the race detector.
const unbounded = 5 * time.Second

// TestHostileIsRefused: every one is refused, and at once.
func TestHostileIsRefused(t *testing.T) {
	for name, src := range hostile {
		p, problems := Compile(src, AnyKind, vocabulary(), engine.NewMetricTable())
		if took := quickest(func() { Compile(src, AnyKind, vocabulary(), engine.NewMetricTable()) }); took > unbounded {
			t.Errorf("%s took %v", name, took)
		}
		if p != nil || len(problems) == 0 {
			t.Errorf("%s was accepted", name)
			continue
		}
		for _, problem := range problems {
			if problem.Message.En == "" || problem.Message.Zh == "" || problem.Line < 1 || problem.Column < 1 {
				t.Errorf("%s: a problem without words or place: %+v", name, problem)
			}
		}
		if _, problems := CompileTemplate("{{"+src+"}}", vocabulary(), engine.NewMetricTable()); !hasErrors(problems) {
			t.Errorf("%s was accepted in a text", name)
		}
	}
}

// quickest is the best of three, since other work shares the machine.
func quickest(do func()) time.Duration {
	best := time.Hour
	for range 3 {
		start := time.Now()
		do()
		best = min(best, time.Since(start))
	}
	return best
}

// TestManyNames: suggestions stay cheap in a workspace with thousands of names.
func TestManyNames(t *testing.T) {
	voc := vocabulary()
	for i := range 3000 {
		key := fmt.Sprintf("a_rather_long_attribute_name_with_number_%d", i)
		voc.Attributes[key] = &engine.Attribute{Key: key}
	}
	src := "true"
	for i := range 60 {
		src += fmt.Sprintf(" or member.attrs.a_rather_long_attribute_nome_with_n%db > 1", i)
	}
	if took := quickest(func() { Check(src, Want(engine.Bool), voc) }); took > unbounded {
		t.Errorf("took %v", took)
	}
}

// TestBoundsAreUsable: what is just inside the bounds works.
func TestBoundsAreUsable(t *testing.T) {
	for name, src := range map[string]string{
		"64 parentheses": strings.Repeat("(", 64) + "true" + strings.Repeat(")", 64),
		"64 nots":        strings.Repeat("not ", 64) + "true",
		"list of 1000":   "member.points in " + list(1000, func(i int) string { return fmt.Sprint(i % 100) }),
		"pattern of 100": `event.id matches "` + strings.Repeat("a", 100) + `"`,
		"160 ors":        strings.Repeat("member.left or ", 120) + "true",
		"4096 bytes":     "true" + strings.Repeat(" ", 4092),
	} {
		if p, problems := Compile(src, Want(engine.Bool), vocabulary(), engine.NewMetricTable()); p == nil {
			t.Errorf("%s: %+v", name, problems)
		}
	}
}

// TestStepsBoundRunning: what is accepted runs within its steps, also on the
// greatest event there may be.
func TestStepsBoundRunning(t *testing.T) {
	items := make([]engine.Value, 30_000)
	for i := range items {
		items[i] = engine.StringValue("a")
	}
	long := strings.Repeat("a", 60_000)
	for _, src := range []string{
		`any(event.props.marks, # + "b" in event.props.marks)`,
		`all(event.props.marks, event.id contains "b" or # != "b")`,
		`count(event.props.marks, event.id + event.id + # == "b") > 0`,
		`len(map(event.props.marks, event.id + #)) > 0`,
		`len(map(event.props.marks, upper(event.id))) > 0`,
		`any(event.props.marks, event.content matches "(a|b|ab)*(a|b|ab)*c{0,40}d{0,40}e")`,
		`sum(map(filter(event.props.marks, # != "b"), len(#))) + sum(map(filter(event.props.marks, # != "b"), len(#))) > 1`,
		strings.Repeat(`event.id + `, 100) + `event.id == "b"`,
	} {
		p := mustCompile(t, src, Want(engine.Bool), vocabulary())
		f := facts()
		f.Event.ID, f.Event.Content = long, long[:1024]
		f.Event.Props = []engine.Prop{{Name: "marks", Value: engine.ListValue(items...)}}
		took := quickest(func() {
			f.Steps = engine.MaxSteps
			if got, err := p.Condition().Eval(f); !errors.Is(err, engine.ErrSteps) {
				t.Errorf("%s gave %v %v", src, got, err)
			}
		})
		if took > unbounded {
			t.Errorf("%s took %v", src, took)
		}
		if took := quickest(func() { p.Explain(f) }); took > unbounded {
			t.Errorf("explaining %s took %v", src, took)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, src := range hostile {
		if len(src) <= 5000 {
			f.Add(src)
		}
	}
	for _, s := range nameSpecs {
		f.Add(s.example)
	}
	for _, s := range functionByName {
		f.Add(s.example)
	}
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		p, problems := Compile(src, AnyKind, vocabulary(), engine.NewMetricTable())
		if took := time.Since(start); took > unbounded {
			t.Fatalf("took %v", took)
		}
		runes := len([]rune(src))
		for _, problem := range problems {
			from, to := Range(src, problem)
			if from < 0 || to > runes || from > to || problem.Message.En == "" || problem.Message.Zh == "" {
				t.Fatalf("problem out of place (%d to %d of %d): %+v", from, to, runes, problem)
			}
		}
		if p == nil {
			return
		}
		compilesWithExpr(t, src, vocabulary())
		for _, facts := range []*engine.Facts{facts(), {Steps: 1000}} {
			p.Condition().Eval(facts)
			p.Expression().Eval(facts)
			if finding := p.Explain(facts); finding.To > runes {
				t.Fatalf("finding out of place: %+v", finding)
			}
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, text := range []string{"", "hi", "{{", "}}", "{{ member.name }}", `{{ "}}" }} don't “quote”`, "{{{{}}}}", `{{ events("a", "7d", {kind: "b"}).count() }}！`, "a{{1}}b{{member.points}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		p, problems := CompileTemplate(text, vocabulary(), engine.NewMetricTable())
		runes := len([]rune(text))
		for _, problem := range problems {
			if from, to := Range(text, problem); from < 0 || to > runes || from > to {
				t.Fatalf("problem out of place: %+v", problem)
			}
		}
		if p != nil {
			p.Render(facts())
			p.Expression().Explain(&engine.Facts{Steps: 100})
		}
		if took := time.Since(start); took > unbounded {
			t.Fatalf("took %v", took)
		}
	})
}
