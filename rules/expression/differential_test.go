package expression

import (
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// world is one random set of fully known values, for us and for expr.
type world struct {
	ints  map[string]int64
	decs  map[string]int64 // millionths, multiples of a quarter
	texts map[string]string
	bools map[string]bool
	times map[string]time.Time
	lists map[string][]string
}

func newWorld(r *rand.Rand) *world {
	w := &world{map[string]int64{}, map[string]int64{}, map[string]string{}, map[string]bool{}, map[string]time.Time{}, map[string][]string{}}
	for _, n := range []string{"value", "age", "points", "size", "count", "votes"} {
		w.ints[n] = int64(r.Intn(12) - 3)
	}
	for _, n := range []string{"ratio", "rate", "orders"} {
		w.decs[n] = int64(r.Intn(40)-10) * engine.Micro / 4
	}
	words := []string{"answer", "b", "", "active", "onlooker", "core"}
	for _, n := range []string{"kind", "city", "group"} {
		w.texts[n] = words[r.Intn(len(words))]
	}
	w.texts["group"] = "core"
	w.texts["tier"] = []string{"", "onlooker", "active", "leader"}[r.Intn(4)]
	for _, n := range []string{"paid", "vip", "officer", "left"} {
		w.bools[n] = r.Intn(2) == 0
	}
	base := at("2026-11-04 10:30:00").Std()
	w.times["now"] = base
	w.times["at"] = base
	w.times["joined"] = base.Add(-time.Duration(r.Intn(300)) * time.Hour)
	for _, tag := range []string{"a", "b", "vip"} {
		if r.Intn(2) == 0 {
			w.lists["tags"] = append(w.lists["tags"], tag)
		}
	}
	w.lists["groups"] = []string{"core"}
	return w
}

func (w *world) facts(metrics metricValues) *engine.Facts {
	member := &engine.Member{
		ID: "m1", Tags: w.lists["tags"], JoinedAt: engine.TimeOf(w.times["joined"]),
		Attrs: map[string]engine.Value{"city": engine.StringValue(w.texts["city"]), "age": engine.IntValue(w.ints["age"]),
			"rate": engine.DecimalValue(w.decs["rate"]), "vip": engine.BoolValue(w.bools["vip"])},
		Tiers:    map[string]engine.TierState{"default": {Tier: w.texts["tier"]}},
		Groups:   map[string]engine.Membership{"core": {Since: 1}},
		Accounts: map[string]engine.Account{engine.DefaultAccount: {Balance: w.ints["points"]}},
	}
	if w.bools["officer"] {
		member.Groups["core"] = engine.Membership{Since: 1, Roles: []string{"assistant"}}
	}
	if w.bools["left"] {
		member.LeftAt = 1
	}
	return &engine.Facts{
		Event: &engine.Event{Type: "vote.received", At: engine.TimeOf(w.times["at"]), Group: w.texts["group"], Props: []engine.Prop{
			{Name: "kind", Value: engine.StringValue(w.texts["kind"])}, {Name: "paid", Value: engine.BoolValue(w.bools["paid"])},
			{Name: "ratio", Value: engine.DecimalValue(w.decs["ratio"])}, {Name: "value", Value: engine.IntValue(w.ints["value"])},
		}},
		Member: member, Group: &engine.Group{Key: "core", Size: w.ints["size"]}, Defs: &engine.Definitions{},
		Now: engine.TimeOf(w.times["now"]), Zone: calendar.NewZone(shanghai), Metrics: metrics, Steps: engine.MaxSteps,
	}
}

func (w *world) metrics(table *engine.MetricTable) metricValues {
	out := metricValues{}
	for i, m := range table.All {
		switch m.Type {
		case "message.sent":
			out[i] = engine.IntValue(w.ints["count"])
		case "vote.received":
			out[i] = engine.IntValue(w.ints["votes"])
		default:
			out[i] = engine.DecimalValue(w.decs["orders"])
		}
	}
	return out
}

// oracle fills what exprOptions' functions look at.
func (w *world) oracle(o *oracleFacts) map[string]any {
	o.ranks = map[string]int{"onlooker": 1, "participant": 2, "active": 3, "leader": 4}
	o.today = calendar.DayStart(calendar.DateOf(w.times["now"], shanghai), shanghai)
	o.counted = func(_, typ, _ string, _ map[string]any) counted {
		return counted{Count: func() int { return int(w.ints["count"]) }, Sum: func(string) any {
			if typ == "order.paid" {
				return float64(w.decs["orders"]) / engine.Micro
			}
			return int(w.ints["votes"])
		}}
	}
	return map[string]any{
		"event": map[string]any{"at": w.times["at"], "group": w.texts["group"], "type": "vote.received", "props": map[string]any{
			"kind": w.texts["kind"], "paid": w.bools["paid"], "ratio": float64(w.decs["ratio"]) / engine.Micro, "value": int(w.ints["value"])}},
		"member": map[string]any{"tier": w.texts["tier"], "rank": o.ranks[w.texts["tier"]], "points": int(w.ints["points"]),
			"tags": w.lists["tags"], "groups": w.lists["groups"], "joined_at": w.times["joined"], "officer": w.bools["officer"], "left": w.bools["left"],
			"attrs": map[string]any{"city": w.texts["city"], "age": int(w.ints["age"]), "rate": float64(w.decs["rate"]) / engine.Micro, "vip": w.bools["vip"]}},
		"group": map[string]any{"size": int(w.ints["size"])},
		"now":   w.times["now"],
	}
}

var generatedKinds = []kind{kBool, kBool, kBool, kInt, kDec, kText, kTime, kSpan, kList}

// TestAgreesWithExpr compares our closures with expr's VM on random expressions
// and random, fully known values.
func TestAgreesWithExpr(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	voc := vocabulary()
	agreed, divided, overflowed := 0, 0, 0
	for agreed < 20_000 {
		w := writer{Rand: r}
		src := w.expr(generatedKinds[r.Intn(len(generatedKinds))], 1+r.Intn(4))
		table := engine.NewMetricTable()
		p, problems := Compile(src, AnyKind, voc, table)
		if p == nil {
			if problems[0].Code == "too_many_nodes" || problems[0].Code == "too_long" || problems[0].Code == "divides_by_zero" {
				continue
			}
			t.Fatalf("%s: %+v", src, problems)
		}
		o := &oracleFacts{}
		program, err := expr.Compile(src, exprOptions(voc, o)...)
		if err != nil {
			t.Fatalf("expr refuses %s: %v", src, err)
		}
		for range 5 {
			world := newWorld(r)
			v, err := p.Expression().Eval(world.facts(world.metrics(table)))
			if err != nil {
				overflowed++
				continue
			}
			if v.Kind == engine.Unknown && v.Str == string(engine.DividedByZero) {
				divided++
				continue
			}
			want, err := expr.Run(program, world.oracle(o))
			if err != nil && strings.Contains(err.Error(), "integer divide by zero") {
				divided++ // another operand decided for us
				continue
			}
			if err != nil {
				t.Fatalf("%s: expr fails with %v where we have %s", src, err, v.Text())
			}
			if !sameAsExpr(v, want) {
				t.Fatalf("%s\nwe have %s (%v), expr has %v (%T)\n%+v", src, v.Text(), v.Kind, want, want, world)
			}
			agreed++
		}
	}
	t.Logf("agreed %d, divided by zero %d, overflowed %d", agreed, divided, overflowed)
}

func sameAsExpr(v engine.Value, want any) bool {
	switch w := want.(type) {
	case bool:
		return v.Kind == engine.Bool && w == (v.Num == 1)
	case int:
		return (v.Kind == engine.Int || v.Kind == engine.Decimal) && v.Float() == float64(w)
	case float64:
		return (v.Kind == engine.Int || v.Kind == engine.Decimal) && math.Abs(v.Float()-w) <= 1e-6
	case string:
		return v.Kind == engine.String && v.Str == w
	case time.Time:
		return v.Kind == engine.Instant && engine.TimeOf(w) == engine.Time(v.Num)
	case time.Duration:
		return v.Kind == engine.Duration && w.Microseconds() == v.Num
	case []string:
		return v.Kind == engine.List && len(w) == len(v.List)
	case []any:
		for i := range w {
			if len(v.List) != len(w) || !sameAsExpr(v.List[i], w[i]) {
				return false
			}
		}
		return v.Kind == engine.List
	}
	return false
}
