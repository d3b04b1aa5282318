package expression

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// The oracle is expr itself: its compiler must accept whatever our checker
// accepts, and its VM must agree wherever everything is known.

var exprTypes = map[engine.Kind]types.Type{
	engine.Bool: types.Bool, engine.Int: types.Int, engine.Decimal: types.Float64, engine.String: types.String,
	engine.Instant: types.TypeOf(time.Time{}), engine.Duration: types.TypeOf(time.Duration(0)),
	engine.List: types.TypeOf([]any{}), engine.Unknown: types.Any,
}

// counted is what events(...) gives expr.
type counted struct {
	Count    func() int       `expr:"count"`
	Sum      func(string) any `expr:"sum"`
	Avg      func(string) any `expr:"avg"`
	Min      func(string) any `expr:"min"`
	Max      func(string) any `expr:"max"`
	Distinct func(string) int `expr:"distinct"`
	Days     func() int       `expr:"days"`
	Streak   func() int       `expr:"streak"`
	First    func() time.Time `expr:"first"`
	Last     func() time.Time `expr:"last"`
}

type clock struct {
	Year    int `expr:"year"`
	Month   int `expr:"month"`
	Day     int `expr:"day"`
	Hour    int `expr:"hour"`
	Minute  int `expr:"minute"`
	Weekday int `expr:"weekday"`
}

// exprEnv makes expr's environment from a vocabulary.
func exprEnv(v *Vocabulary) types.Map {
	props := types.Map{types.Extra: types.Any}
	for _, f := range v.onFields() {
		props[f.Name] = exprTypes[f.Kind]
	}
	attrs := types.Map{types.Extra: types.Any}
	for k, a := range v.Attributes {
		attrs[k] = exprTypes[a.Kind]
	}
	tiers := types.Map{}
	for k := range v.Ladders {
		tiers[k] = types.String
	}
	env := types.Map{"period": types.String}
	parts := map[string]types.Map{"event": {"props": props}, "member": {"attrs": attrs, "tiers": tiers}, "group": {}}
	for _, s := range nameSpecs {
		k := s.kind.engine()
		if s.path == "score" {
			k = v.Score
		}
		typ := exprTypes[k]
		if s.elem == kText {
			typ = types.TypeOf([]string{})
		}
		put(env, parts, s.path, typ)
	}
	for name, p := range parts {
		env[name] = p
	}
	return env
}

func put(env types.Map, parts map[string]types.Map, path string, t types.Type) {
	for name, p := range parts {
		if len(path) > len(name) && path[:len(name)+1] == name+"." {
			p[path[len(name)+1:]] = t
			return
		}
	}
	env[path] = t
}

// oracleFacts are what the functions of the environment look at.
type oracleFacts struct {
	counted func(source, typ, window string, filter map[string]any) counted
	growth  float64
	ranks   map[string]int
	yes     bool
	today   time.Time
	before  time.Time
}

func exprOptions(v *Vocabulary, o *oracleFacts) []expr.Option {
	options := []expr.Option{expr.Env(exprEnv(v)), expr.DisableBuiltin("now"), expr.Timezone("Asia/Shanghai")}
	add := func(name string, f func(a ...any) (any, error), kinds ...any) {
		options = append(options, expr.Function(name, f, kinds...))
	}
	for name := range sources {
		add(name, func(a ...any) (any, error) {
			var filter map[string]any
			if len(a) == 3 {
				filter = a[2].(map[string]any)
			}
			return o.counted(name, a[0].(string), fmt.Sprint(a[1]), filter), nil
		}, new(func(string, string) counted), new(func(string, string, map[string]any) counted))
	}
	add("growth", func(...any) (any, error) { return o.growth, nil }, new(func(string, string) float64))
	add("tier", func(a ...any) (any, error) { return o.ranks[a[0].(string)], nil }, new(func(string) int))
	for _, name := range []string{"has_badge", "in_group", "purchased", "silent_for", "holiday"} {
		add(name, func(...any) (any, error) { return o.yes, nil }, new(func(string) bool))
	}
	add("workday", func(...any) (any, error) { return o.yes, nil }, new(func() bool))
	add("today", func(...any) (any, error) { return o.today, nil }, new(func() time.Time))
	add("previous", func(...any) (any, error) { return o.before, nil }, new(func(string) time.Time))
	add("invited", func(...any) (any, error) { return 2, nil }, new(func(string) int))
	add("known", func(a ...any) (any, error) { return a[0] != nil, nil }, new(func(any) bool))
	add("local", func(a ...any) (any, error) {
		l := calendar.LocalOf(a[0].(time.Time), shanghai)
		return clock{l.Year, l.Month, l.Day, l.Hour, l.Minute, l.Weekday}, nil
	}, new(func(time.Time) clock))
	add("min", func(a ...any) (any, error) { return extremeOfAny(-1, a), nil }, new(func(...any) any))
	add("max", func(a ...any) (any, error) { return extremeOfAny(1, a), nil }, new(func(...any) any))
	for name, how := range rounders {
		add(name, func(a ...any) (any, error) {
			switch x := a[0].(type) {
			case int:
				return x, nil
			case float64:
				return int(how(math.Round(x*engine.Micro) / engine.Micro)), nil
			}
			return nil, fmt.Errorf("%T", a[0])
		}, new(func(any) int))
	}
	return options
}

// extremeOfAny stands in for expr's own min and max, which take the kind of the
// first argument for that of all.
func extremeOfAny(want float64, a []any) any {
	if list, ok := a[0].([]any); ok {
		a = list
	}
	best := a[0]
	for _, x := range a {
		if (toFloat(x)-toFloat(best))*want > 0 {
			best = x
		}
	}
	return best
}

func toFloat(x any) float64 {
	if n, ok := x.(int); ok {
		return float64(n)
	}
	f, _ := x.(float64)
	return f
}

// compilesWithExpr is the standing test: whatever we accept, expr accepts.
func compilesWithExpr(t testing.TB, src string, v *Vocabulary) *vm.Program {
	t.Helper()
	s := newSource(src)
	s.scan()
	program, err := expr.Compile(s.mapped, exprOptions(v, &oracleFacts{})...)
	if err != nil {
		t.Fatalf("expr refuses what we accept: %s\n%v", src, err)
	}
	return program
}
