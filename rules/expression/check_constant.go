package expression

import (
	"math"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

func constant(v engine.Value) *node {
	return &node{op: opConst, kind: kindOf(v.Kind), value: v}
}

// literal types a literal. A decimal must be exact in millionths, as all
// decimals are stored.
func (c *checker) literal(n ast.Node) *node {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constant(engine.IntValue(int64(n.Value)))
	case *ast.StringNode:
		return constant(engine.StringValue(n.Value))
	case *ast.BoolNode:
		return constant(engine.BoolValue(n.Value))
	case *ast.FloatNode:
		v, ok := engine.DecimalOf(n.Value)
		if !ok || math.Abs(n.Value) > math.MaxInt64/engine.Micro {
			c.problemAt(n, "number_range")
			return bad
		}
		if math.Abs(float64(v.Num)/engine.Micro-n.Value) > math.Abs(n.Value)*1e-15 {
			c.problemAt(n, "decimal_places")
			return bad
		}
		return constant(v)
	}
	return bad
}

// list types a list of constants.
func (c *checker) list(n *ast.ArrayNode) *node {
	if len(n.Nodes) > MaxList {
		c.problemAt(n, "list_too_long", len(n.Nodes), MaxList)
		return bad
	}
	out := &node{op: opConst, kind: kList, elem: kAny, value: engine.Value{Kind: engine.List, List: []engine.Value{}}}
	ok := true
	for i, e := range n.Nodes {
		item := c.check(e)
		v, isConst := item.constant()
		switch {
		case item.kind == kBad:
			ok = false
			continue
		case !isConst || item.kind == kList:
			c.problemAt(e, "list_constant")
			ok = false
			continue
		case i == 0 || out.elem == kAny:
			out.elem = item.kind
		case out.elem != item.kind && !(out.elem.number() && item.kind.number()):
			c.problemAt(e, "list_mixed", out.elem.words(), item.kind.words())
			ok = false
		case item.kind == kDec:
			out.elem = kDec
		}
		out.value.List = append(out.value.List, v)
	}
	if !ok {
		return bad
	}
	return out
}

// negated folds the sign of a literal.
func negated(n *node) (*node, bool) {
	v, ok := n.constant()
	if !ok || !n.kind.number() || v.Num == math.MinInt64 {
		return nil, false
	}
	v.Num = -v.Num
	return constant(v), true
}

// text gives a literal text argument, or reports that one is needed.
func (c *checker) text(n ast.Node, code string, args ...any) (string, bool) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		c.problemAt(n, code, args...)
		return "", false
	}
	return s.Value, true
}
