package expression

import (
	"math"
	"math/bits"

	"github.com/bylaw-dev/bylaw/engine"
)

func (g *generator) arith(n *node) code {
	a, b := n.kids[0], n.kids[1]
	switch {
	case n.kind == kAny:
		return code{kind: kAny, v: arithAny(n.name, g.as(a, kAny).v, g.as(b, kAny).v)}
	case n.kind == kText:
		return code{kind: kText, s: concat(g.compile(a).s, g.compile(b).s)}
	case n.kind == kReal:
		return code{kind: kReal, r: realArith(n.name, g.as(a, kReal).r, g.as(b, kReal).r)}
	}
	return code{kind: n.kind, n: intArith(n.name, g.operand(n, a), g.operand(n, b))}
}

// operand compiles a side of 64-bit arithmetic: the other number of a product
// with a decimal or a duration stays an integer, everything else is widened.
func (g *generator) operand(n, side *node) numFn {
	switch {
	case n.name == "%" || n.kind == kInt:
		return g.as(side, kInt).n
	case n.kind == kDec && (n.name != "*" || side.kind == kDec):
		return g.as(side, kDec).n
	}
	return g.compile(side).n
}

func intArith(op string, a, b numFn) numFn {
	do := intOps[op]
	return func(f *engine.Facts, it *engine.Value) (int64, mark) {
		x, m := a(f, it)
		y, k := b(f, it)
		if m != exact || k != exact {
			return 0, join(m, k)
		}
		return do(x, y)
	}
}

var intOps = map[string]func(x, y int64) (int64, mark){"+": addInt, "-": subInt, "*": mulInt, "%": modInt}

func addInt(x, y int64) (int64, mark) {
	if s := x + y; (s > x) == (y > 0) {
		return s, exact
	}
	return 0, overflow
}

func subInt(x, y int64) (int64, mark) {
	if d := x - y; (d < x) == (y > 0) {
		return d, exact
	}
	return 0, overflow
}

func mulInt(x, y int64) (int64, mark) {
	hi, lo := bits.Mul64(absInt(x), absInt(y))
	negative := x < 0 != (y < 0)
	switch {
	case hi != 0 || lo > 1<<63 || lo == 1<<63 && !negative:
		return 0, overflow
	case negative:
		return -int64(lo), exact
	}
	return int64(lo), exact
}

func modInt(x, y int64) (int64, mark) {
	if y == 0 {
		return 0, dividedByZero
	}
	return x % y, exact
}

func absInt(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func realArith(op string, a, b realFn) realFn {
	return func(f *engine.Facts, it *engine.Value) (float64, mark) {
		x, m := a(f, it)
		y, k := b(f, it)
		if m != exact || k != exact {
			return 0, join(m, k)
		}
		return realOp(op, x, y)
	}
}

func realOp(op string, x, y float64) (float64, mark) {
	var z float64
	switch op {
	case "+":
		z = x + y
	case "-":
		z = x - y
	case "*":
		z = x * y
	default:
		if y == 0 {
			return 0, dividedByZero
		}
		z = x / y
	}
	if math.IsInf(z, 0) || math.IsNaN(z) {
		return 0, overflow
	}
	return z, exact
}

func (g *generator) negate(n *node) code {
	x := n.kids[0]
	if n.kind == kReal {
		r := g.as(x, kReal).r
		return code{kind: kReal, r: func(f *engine.Facts, it *engine.Value) (float64, mark) {
			v, m := r(f, it)
			return -v, m.usable()
		}}
	}
	if n.kind == kAny {
		zero := func(*engine.Facts, *engine.Value) (engine.Value, mark) { return engine.IntValue(0), exact }
		return code{kind: kAny, v: arithAny("neg", zero, g.as(x, kAny).v)}
	}
	zero := constInt(0).n
	return code{kind: n.kind, n: intArith("-", zero, g.compile(x).n)}
}

// arithAny computes with values whose kinds are known only now.
func arithAny(op string, a, b anyFn) anyFn {
	return func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		x, m := a(f, it)
		y, k := b(f, it)
		if m != exact || k != exact {
			return nothing, join(m, k)
		}
		if op == "neg" {
			if y.Kind != engine.Int && y.Kind != engine.Decimal && y.Kind != engine.Duration {
				return nothing, wrongType
			}
			n, m := subInt(0, y.Num)
			return engine.Value{Kind: y.Kind, Num: n}, m
		}
		return arithValues(op, x, y, f)
	}
}

func arithValues(op string, x, y engine.Value, f *engine.Facts) (engine.Value, mark) {
	a, b := kindOf(x.Kind), kindOf(y.Kind)
	k := kBad
	if a != kAny && b != kAny {
		k = arithKind(op, a, b)
	}
	switch k {
	case kBad:
		return nothing, wrongType
	case kText:
		s, m := joinTexts(f, x.Str, y.Str)
		return engine.StringValue(s), m
	case kReal:
		r, m := realOp(op, x.Float(), y.Float())
		v, ok := decimalOf(r)
		if m == exact && !ok {
			m = overflow
		}
		return engine.DecimalValue(v), m
	case kDec:
		for _, v := range []*engine.Value{&x, &y} {
			if v.Kind == engine.Int && op != "*" {
				wide, ok := v.As(engine.Decimal)
				if !ok {
					return nothing, overflow
				}
				*v = wide
			}
		}
	}
	n, m := intOps[op](x.Num, y.Num)
	return engine.Value{Kind: k.engine(), Num: n}, m
}

// concat joins two texts. Its steps grow with the result, so that a rule cannot
// build texts without end.
func concat(a, b textFn) textFn {
	return func(f *engine.Facts, it *engine.Value) (string, mark) {
		x, m := a(f, it)
		y, k := b(f, it)
		if m != exact || k != exact {
			return "", join(m, k)
		}
		return joinTexts(f, x, y)
	}
}

func joinTexts(f *engine.Facts, x, y string) (string, mark) {
	if !step(f, (len(x)+len(y))/16) {
		return "", tired
	}
	return x + y, exact
}

// step takes steps from the rule's budget; false once it is used up.
func step(f *engine.Facts, n int) bool {
	f.Steps -= 1 + n
	return f.Steps >= 0
}
