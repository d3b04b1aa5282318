package expression

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// generator of random well-typed expressions. sound leaves out ?? and known(),
// which turn unknown into known on purpose.
type writer struct {
	*rand.Rand
	sound bool
	loop  bool // inside a list function
}

func (w *writer) pick(options ...string) string { return options[w.Intn(len(options))] }

func (w *writer) expr(k kind, depth int) string {
	if depth <= 0 {
		return w.leaf(k)
	}
	if w.Intn(8) == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", w.expr(kBool, depth-1), w.expr(k, depth-1), w.expr(k, depth-1))
	}
	if !w.sound && w.Intn(10) == 0 && k != kList {
		return fmt.Sprintf("(%s ?? %s)", w.unknowable(k), w.expr(k, depth-1))
	}
	switch k {
	case kBool:
		return w.condition(depth)
	case kInt:
		return w.integer(depth)
	case kDec:
		return w.decimal(depth)
	case kText:
		return w.word(depth)
	case kTime:
		return fmt.Sprintf("(%s %s %s)", w.expr(kTime, depth-1), w.pick("+", "-"), w.expr(kSpan, depth-1))
	case kSpan:
		return w.span(depth)
	}
	return w.items(depth)
}

func (w *writer) leaf(k kind) string {
	switch k {
	case kBool:
		return w.pick("event.props.paid", "member.attrs.vip", "member.officer", "member.left", "true", "false")
	case kInt:
		return w.pick("event.props.value", "member.points", "member.rank", "group.size", "member.attrs.age", `tier("active")`,
			fmt.Sprint(w.Intn(9)), `events("message.sent", "7d").count()`, `events("vote.received", "all", {kind: "answer"}).sum("value")`, `local(event.at).hour`)
	case kDec:
		return w.pick("event.props.ratio", "member.attrs.rate", "0.25", "2.5", "3.0", `events("order.paid", "30d").sum("amount")`)
	case kText:
		return w.pick("event.props.kind", "member.tier", "event.group", "member.attrs.city", `"answer"`, `"b"`, `"active"`)
	case kTime:
		return w.pick("event.at", "now", "member.joined_at", "today()", `date("2026-11-03")`, `date("2026-11-01 06:00:00")`)
	case kSpan:
		return w.pick(`duration("36h")`, `duration("90m")`, `duration("168h")`)
	}
	return w.pick("member.tags", "member.groups", `["a", "answer", "b"]`)
}

// unknowable is something that may be unknown, as ?? wants on its left.
func (w *writer) unknowable(k kind) string {
	switch k {
	case kBool:
		return "event.props.paid"
	case kInt:
		return "event.props.value"
	case kDec:
		return "event.props.ratio"
	case kText:
		return "event.props.kind"
	case kTime:
		return "member.joined_at"
	}
	return "(event.at - member.joined_at)"
}

func (w *writer) number(depth int) string {
	if w.Intn(3) == 0 {
		return w.expr(kDec, depth)
	}
	return w.expr(kInt, depth)
}

func (w *writer) condition(depth int) string {
	d := depth - 1
	switch w.Intn(13) {
	case 0, 1, 2:
		return "(" + w.expr(kBool, d) + w.pick(" and ", " or ", " && ", " || ") + w.expr(kBool, d) + ")"
	case 3:
		return w.pick("not ", "!") + "(" + w.expr(kBool, d) + ")"
	case 4, 5:
		return "(" + w.number(d) + w.pick(" < ", " <= ", " > ", " >= ", " == ", " != ") + w.number(d) + ")"
	case 6:
		return "(" + w.expr(kText, d) + w.pick(" == ", " != ", " contains ", " startsWith ", " endsWith ", " not contains ") + w.expr(kText, d) + ")"
	case 7:
		return "(" + w.expr(kBool, d) + w.pick(" == ", " != ") + w.expr(kBool, d) + ")"
	case 8:
		return "(" + w.expr(kTime, d) + w.pick(" < ", " <= ", " > ", " >= ", " == ") + w.expr(kTime, d) + ")"
	case 9:
		return "(" + w.expr(kSpan, d) + w.pick(" < ", " >= ", " != ") + w.expr(kSpan, d) + ")"
	case 10:
		return "(" + w.expr(kText, d) + w.pick(" in ", " not in ") + w.expr(kList, d) + ")"
	case 11:
		return "(" + w.expr(kInt, d) + w.pick(" in ", " not in ") + w.pick("[1, 2, 3]", "[0]", "[2, 4, 120, -3]", "[1, 2.0, 2.5]") + ")"
	}
	if w.loop {
		return "(" + w.expr(kText, d) + ` matches "^[a-d]+")`
	}
	list := w.expr(kList, d)
	w.loop = true
	defer func() { w.loop = false }()
	return fmt.Sprintf("%s(%s, # %s %s)", w.pick("any", "all", "none", "one"), list, w.pick("==", "!=", "contains"), w.expr(kText, d))
}

func (w *writer) integer(depth int) string {
	d := depth - 1
	switch w.Intn(8) {
	case 0, 1, 2:
		return "(" + w.expr(kInt, d) + w.pick(" + ", " - ", " * ", " % ") + w.expr(kInt, d) + ")"
	case 3:
		return "-(" + w.expr(kInt, d) + ")"
	case 4:
		return w.pick("floor", "ceil", "round") + "(" + w.number(d) + ")"
	case 5:
		return w.pick("min", "max") + "(" + w.expr(kInt, d) + ", " + w.expr(kInt, d) + ")"
	case 6:
		return "len(" + w.expr(kText, d) + ")"
	}
	if w.loop {
		return "abs(" + w.expr(kInt, d) + ")"
	}
	list := w.expr(kList, d)
	w.loop = true
	defer func() { w.loop = false }()
	return w.pick("count("+list+", # != "+w.expr(kText, d)+")", "sum("+list+", len(#) + "+w.expr(kInt, d)+")", "len("+list+")")
}

func (w *writer) decimal(depth int) string {
	d := depth - 1
	switch w.Intn(4) {
	case 0:
		return "(" + w.number(d) + " / " + w.pick("2", "4", "8.0") + ")"
	case 1:
		return "abs(" + w.expr(kDec, d) + ")"
	case 2:
		return "max(" + w.number(d) + ", " + w.expr(kDec, d) + ")"
	}
	return "(" + w.expr(kDec, d) + w.pick(" + ", " - ", " * ") + w.number(d) + ")"
}

func (w *writer) word(depth int) string {
	d := depth - 1
	switch w.Intn(3) {
	case 0:
		return w.pick("lower", "upper", "trim") + "(" + w.expr(kText, d) + ")"
	case 1:
		return "(" + w.expr(kText, d) + " + " + w.expr(kText, d) + ")"
	}
	if w.loop {
		return "#"
	}
	return w.leaf(kText)
}

func (w *writer) span(depth int) string {
	d := depth - 1
	switch w.Intn(3) {
	case 0:
		return "(" + w.expr(kTime, d) + " - " + w.expr(kTime, d) + ")"
	case 1:
		return "(" + w.expr(kSpan, d) + w.pick(" + ", " - ") + w.expr(kSpan, d) + ")"
	}
	return "(" + w.expr(kSpan, d) + " * " + w.pick("2", "3", "0") + ")"
}

func (w *writer) items(depth int) string {
	if w.loop {
		return w.leaf(kList)
	}
	list := w.expr(kList, depth-1)
	w.loop = true
	defer func() { w.loop = false }()
	return w.pick("filter("+list+", # != "+w.leaf(kText)+")", "map("+list+", upper(#))")
}

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

// TestUnknownNeverLies makes some inputs unknown or lower bounds: whatever is
// still decided must hold for every value that they could have.
func TestUnknownNeverLies(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	voc := vocabulary()
	decided, undecided := 0, 0
	for decided < 20_000 {
		w := writer{Rand: r, sound: true}
		src := w.expr(kBool, 2+r.Intn(3))
		table := engine.NewMetricTable()
		p, _ := Compile(src, AnyKind, voc, table)
		if p == nil {
			continue
		}
		for range 4 {
			base := newWorld(r)
			hidden := hide(r, base, table)
			v, err := p.Expression().Eval(hidden.facts)
			if err != nil || v.Kind == engine.Unknown {
				undecided++
				continue
			}
			for range 5 {
				full := hidden.complete(r, table)
				got, err := p.Expression().Eval(full)
				if err != nil {
					continue
				}
				if !got.Equal(v) {
					t.Fatalf("%s was %s with unknowns and is %s %s with values", src, v.Text(), got.Text(), got.Str)
				}
				decided++
			}
		}
	}
	t.Logf("decided %d, undecided %d", decided, undecided)
}

// hiddenWorld is a world of which not everything is known.
type hiddenWorld struct {
	world   *world
	facts   *engine.Facts
	metrics metricValues
	props   map[string]bool
	attrs   map[string]bool
	noGroup bool
	noJoin  bool
}

func hide(r *rand.Rand, w *world, table *engine.MetricTable) *hiddenWorld {
	h := &hiddenWorld{world: w, metrics: w.metrics(table), props: map[string]bool{}, attrs: map[string]bool{}}
	for i, v := range h.metrics {
		switch r.Intn(3) {
		case 0:
			v.AtLeast = true
			h.metrics[i] = v
		case 1:
			h.metrics[i] = engine.UnknownValue(engine.NotCovered)
		}
	}
	f := w.facts(h.metrics)
	var kept []engine.Prop
	for _, p := range f.Event.Props {
		if h.props[p.Name] = r.Intn(2) == 0; !h.props[p.Name] {
			kept = append(kept, p)
		}
	}
	f.Event.Props = kept
	for k := range w.attrNames() {
		if h.attrs[k] = r.Intn(2) == 0; h.attrs[k] {
			delete(f.Member.Attrs, k)
		}
	}
	if h.noGroup = r.Intn(3) == 0; h.noGroup {
		f.Group = nil
	}
	if h.noJoin = r.Intn(3) == 0; h.noJoin {
		f.Member.JoinedAt = 0
	}
	h.facts = f
	return h
}

func (w *world) attrNames() map[string]bool {
	return map[string]bool{"city": true, "age": true, "rate": true, "vip": true}
}

// complete gives every unknown a random value and every bound one not below it.
func (h *hiddenWorld) complete(r *rand.Rand, table *engine.MetricTable) *engine.Facts {
	other := newWorld(r)
	metrics := metricValues{}
	random := other.metrics(table)
	for i, v := range h.metrics {
		switch {
		case v.Kind == engine.Unknown:
			v = random[i]
		case v.AtLeast:
			v.AtLeast = false
			v.Num += int64(r.Intn(4)) * engine.Micro
			if v.Kind == engine.Int {
				v.Num = h.metrics[i].Num + int64(r.Intn(4))
			}
		}
		metrics[i] = v
	}
	f, o := h.world.facts(metrics), other.facts(metrics)
	for i, p := range f.Event.Props {
		if h.props[p.Name] {
			f.Event.Props[i] = o.Event.Props[i]
		}
	}
	for k, hidden := range h.attrs {
		if hidden {
			f.Member.Attrs[k] = o.Member.Attrs[k]
		}
	}
	if h.noGroup {
		f.Group = o.Group
		f.Member.Groups = o.Member.Groups
	}
	if h.noJoin {
		f.Member.JoinedAt = o.Member.JoinedAt
	}
	return f
}
