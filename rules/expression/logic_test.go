package expression

import (
	"errors"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// The three truth values as expressions, on facts(): u is unknown and o is a
// failure, which only another operand may hide.
var truths = map[string]string{
	"t": "true", "f": "false", "u": "event.props.paid",
	"o": "9223372036854775807 + event.props.value > 0",
}

func decideText(t *testing.T, src string) string {
	t.Helper()
	p := mustCompile(t, src, Want(engine.Bool), vocabulary())
	tri, err := p.Condition().Eval(facts())
	switch {
	case err != nil:
		return "o"
	case tri == engine.Yes:
		return "t"
	case tri == engine.No:
		return "f"
	}
	return "u"
}

// TestKleene: every pair under and, or, and every value under not, in both orders.
func TestKleene(t *testing.T) {
	and := map[string]string{"tt": "t", "tf": "f", "tu": "u", "to": "o", "ff": "f", "fu": "f", "fo": "f", "uu": "u", "uo": "o", "oo": "o"}
	or := map[string]string{"tt": "t", "tf": "t", "tu": "t", "to": "t", "ff": "f", "fu": "u", "fo": "o", "uu": "u", "uo": "o", "oo": "o"}
	for op, table := range map[string]map[string]string{"and": and, "or": or, "&&": and, "||": or} {
		for pair, want := range table {
			a, b := truths[pair[:1]], truths[pair[1:]]
			for _, src := range []string{"(" + a + ") " + op + " (" + b + ")", "(" + b + ") " + op + " (" + a + ")"} {
				if got := decideText(t, src); got != want {
					t.Errorf("%s is %s, not %s", src, got, want)
				}
			}
		}
	}
	for x, want := range map[string]string{"t": "f", "f": "t", "u": "u", "o": "o"} {
		for _, op := range []string{"not ", "!"} {
			if got := decideText(t, op+"("+truths[x]+")"); got != want {
				t.Errorf("%s%s is %s", op, x, got)
			}
		}
	}
}

// TestUnknown: what each operator makes of an unknown or a failure.
func TestUnknown(t *testing.T) {
	for src, want := range map[string]string{
		`event.props.other == 3`:                                    "u",
		`event.props.other != 3`:                                    "u",
		`not (event.props.other == 3)`:                              "u",
		`event.props.other contains "x"`:                            "u",
		`event.props.other in [1, 2]`:                               "u",
		`3 in event.props.other`:                                    "u",
		`event.props.other + 1 > 0`:                                 "u",
		`event.props.kind > 3`:                                      "-",
		`event.props.channel > 3`:                                   "u",
		`(event.props.paid ? 1 : 1) == 1`:                           "t",
		`(event.props.paid ? 1 : 2) == 1`:                           "u",
		`event.props.paid ? true : true`:                            "t",
		`(event.props.paid ? "a" : "a") == "a"`:                     "t",
		`(event.props.paid ? 1 / 3 : 1 / 3) > 0.3`:                  "t",
		`(event.props.paid ?? false) == false`:                      "t",
		`known(event.props.paid)`:                                   "f",
		`known(event.props.paid) or event.props.paid`:               "u",
		`any(event.props.marks, # > 4 or event.props.paid)`:         "t",
		`any(event.props.marks, # > 9 or event.props.paid)`:         "u",
		`all(event.props.marks, # > 4 and event.props.paid)`:        "f",
		`one(event.props.marks, # > 1 or event.props.paid)`:         "f",
		`one(event.props.marks, # > 4 or event.props.paid)`:         "u",
		`count(event.props.marks, event.props.paid) >= 0`:           "u",
		`sum(event.props.marks, event.props.other) >= 0`:            "u",
		`len(event.props.marks ?? []) == 2`:                         "t",
		`event.props.value / (event.props.value - 7) > 1`:           "u",
		`event.props.value % (event.props.value - 7) > 1`:           "u",
		`false and event.props.value % (event.props.value - 7) > 1`: "f",
		`9223372036854775807 + event.props.value > 0`:               "o",
		`-9223372036854775807 - event.props.value > 0`:              "o",
		`9223372036854775807 * event.props.value > 0`:               "o",
		`(9223372036854775807 + event.props.value ?? 1) > 0`:        "o",
		`known(9223372036854775807 + event.props.value)`:            "o",
		`abs(-9223372036854775807 - 1) > 0`:                         "o",
		`9007199254740993 == 9007199254740992.0`:                    "-",
		`9007199254740993 == member.attrs.rate`:                     "u",
		`event.props.value * 1.0 == 7`:                              "t",
		`1e12 * 1e12 > 5`:                                           "t",
		`round(1e12 * 1e12) > 5`:                                    "o",
		`floor(0.1 * 3 / 0.1) == 3`:                                 "t",
		`member.points - 120 == 0.000001`:                           "f",
		`member.points / 7 * 7 == member.points`:                    "t",
		`9223372036854775807 > 9223372036854775807 / 1`:             "f",
		`9223372036854775806 < 9223372036854775807 / 2 * 2`:         "t",
		`event.at == now and event.at - now == duration("0s")`:      "t",
		`"a" == "A"`:                                                  "f",
		`true == (event.props.kind == "answer")`:                      "t",
		`event.props.paid == event.props.paid`:                        "u",
		`event.props.marks == 3`:                                      "-",
		`min(event.props.marks) == 3 and max(event.props.marks) == 5`: "t",
		`max(filter(event.props.marks, # > 9)) > 1`:                   "u",
	} {
		p, _ := Compile(src, Want(engine.Bool), vocabulary(), engine.NewMetricTable())
		if p == nil {
			if want != "-" {
				t.Errorf("%s does not compile: %+v", src, Check(src, Want(engine.Bool), vocabulary()))
			}
			continue
		}
		if want == "-" {
			t.Errorf("%s compiles", src)
		} else if got := decideText(t, src); got != want {
			t.Errorf("%s is %s, not %s", src, got, want)
		}
	}
}

// TestLowerBounds: a metric of which only "at least 7" is known.
func TestLowerBounds(t *testing.T) {
	const n = `events("message.sent", "30d").count()`
	for src, want := range map[string]string{
		n + ` >= 7`: "t", n + ` >= 8`: "u", n + ` > 6`: "t", n + ` > 7`: "u", `7 <= ` + n: "t", `8 <= ` + n: "u", `6 < ` + n: "t",
		n + ` == 7`: "u", n + ` != 3`: "u", n + ` < 9`: "u", n + ` <= 7`: "u", n + ` < 3`: "u", `not (` + n + ` >= 7)`: "f",
		n + ` + 1 >= 3`: "u", n + ` * 2 > 1`: "u", `-` + n + ` < 0`: "u", `abs(` + n + `) > 1`: "u", `max(` + n + `, 1) >= 1`: "u",
		n + ` in [7]`: "u", `known(` + n + `)`: "f", `(` + n + ` ?? 0) >= 7`: "t", `(` + n + ` ?? 0) >= 8`: "u",
		`(member.left ? 1 : ` + n + `) >= 7`: "t", `silent_for("30d")`: "f", `purchased("30d")`: "t", `invited("30d") >= 7`: "t",
		n + ` >= 6.5`: "t", n + ` >= 7.5`: "u", n + ` >= 13 / 2`: "t", n + ` >= event.props.value`: "t",
		n + ` >= events("message.sent", "7d").count()`: "u", n + ` >= 7 and member.left`: "f",
	} {
		p := mustCompile(t, src, Want(engine.Bool), vocabulary())
		f := facts()
		f.Metrics = atLeast(7)
		tri, err := p.Condition().Eval(f)
		got := map[engine.Tri]string{engine.Yes: "t", engine.No: "f", engine.Maybe: "u"}[tri]
		if err != nil || got != want {
			t.Errorf("%s is %s %v, not %s", src, got, err, want)
		}
	}
	p := mustCompile(t, `silent_for("7d")`, Want(engine.Bool), vocabulary())
	f := facts()
	f.Metrics = atLeast(0)
	if tri, _ := p.Condition().Eval(f); tri != engine.Maybe {
		t.Errorf("silent for at least 0 events is %v", tri)
	}
}

type atLeast int64

func (v atLeast) Metric(int, *engine.Facts) engine.Value {
	return engine.Value{Kind: engine.Int, Num: int64(v), AtLeast: true}
}

// TestNothingInQuestion: with empty facts nothing panics and all is unknown.
func TestNothingInQuestion(t *testing.T) {
	voc := review()
	voc.Event, voc.On = true, []string{"vote.received"}
	for _, s := range nameSpecs {
		if s.scope == inText {
			continue
		}
		p := mustCompile(t, s.path, AnyKind, voc)
		v, err := p.Expression().Eval(&engine.Facts{})
		if err != nil || s.path != "now" && v.Kind != engine.Unknown {
			t.Errorf("%s is %v %v of nothing", s.path, v, err)
		}
	}
	for _, s := range functionByName {
		p := mustCompile(t, s.example, AnyKind, voc)
		if _, err := p.Expression().Eval(&engine.Facts{}); err != nil && !errors.Is(err, engine.ErrSteps) {
			t.Errorf("%s: %v", s.example, err)
		}
		p.Explain(&engine.Facts{})
	}
}

// TestDeterministic: the same facts give the same answer, whatever the maps do.
func TestDeterministic(t *testing.T) {
	p := mustCompile(t, `member.groups`, AnyKind, vocabulary())
	for range 50 {
		f := facts()
		for _, g := range []string{"b", "a", "z", "m"} {
			f.Member.Groups[g] = engine.Membership{}
		}
		if v, _ := p.Expression().Eval(f); v.Text() != "a, b, core, m, z" {
			t.Fatal(v.Text())
		}
	}
}
