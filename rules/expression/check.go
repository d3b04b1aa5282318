package expression

import (
	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

// checker types a tree and reports every problem in it.
type checker struct {
	*source
	voc      *Vocabulary
	names    map[string]bool // names and functions read
	personal bool            // a personal name is read
	metrics  []*metricUse
	loop     *kind           // the kind of # inside a list function; nil outside
	warned   map[string]bool // what is said once a name
	underNot map[*ast.UnaryNode]*ast.BinaryNode

	suggestions int // given so far
}

func newChecker(s *source, v *Vocabulary) *checker {
	return &checker{source: s, voc: v, names: map[string]bool{}, warned: map[string]bool{},
		underNot: map[*ast.UnaryNode]*ast.BinaryNode{}}
}

// check types a node. It never gives nil; a node with a problem is of kind kBad.
func (c *checker) check(n ast.Node) *node {
	out := c.checkNode(n)
	if out == bad {
		return bad
	}
	out.lo, out.hi = c.span(n)
	return out
}

func (c *checker) checkNode(n ast.Node) *node {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		return c.literal(n)
	case *ast.IdentifierNode, *ast.MemberNode:
		return c.name(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.ArrayNode:
		return c.list(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	case *ast.PointerNode:
		return c.element(n)
	}
	return c.outside(n)
}

// outside refuses what expr knows and the language does not have.
func (c *checker) outside(n ast.Node) *node {
	code := "outside"
	switch n.(type) {
	case *ast.NilNode:
		code = "outside_nil"
	case *ast.MapNode:
		code = "outside_map"
	case *ast.ChainNode:
		return bad // refuseTokens reported the ?.
	case *ast.SliceNode:
		code = "outside_index"
	case *ast.SequenceNode, *ast.VariableDeclaratorNode:
		code = "outside_steps"
	}
	c.problemAt(n, code)
	return bad
}

// warnOnce reports once per key; nil when it was reported before.
func (c *checker) warnOnce(n ast.Node, key, code string, args ...any) *engine.Problem {
	if c.warned[key] {
		return nil
	}
	c.warned[key] = true
	return c.problemAt(n, code, args...)
}

// refuseTokens reports operators that leave no trace in the tree.
func (c *checker) refuseTokens() {
	for i, t := range c.tokens {
		if t.Kind != "Operator" {
			continue
		}
		switch t.Value {
		case "|":
			c.report(t.From, t.To, "outside_pipe")
		case "::":
			c.report(t.From, t.To, "outside_colons")
		case "?.":
			c.report(t.From, t.To, "outside_chain")
		case "if":
			if i == 0 || c.tokens[i-1].Value != "." {
				c.report(t.From, t.To, "outside_if")
			}
		}
	}
}

// result checks what the whole expression gives against what is wanted.
func (c *checker) result(n *node, want Kinds) {
	if n.kind == kBad || n.kind == kAny || want.Has(n.kind.engine()) {
		return
	}
	if n.kind == kInt && want.Has(engine.Decimal) {
		return
	}
	code := "wrong_result"
	switch {
	case (n.kind == kReal || n.kind == kDec) && want.Has(engine.Int):
		code = "integer_needed"
	case want == Want(engine.Bool):
		code = "condition_needed"
	}
	c.report(n.lo, n.hi, code, want.words(), n.kind.words())
}

// need checks that an operand is of one of some kinds; kAny always may be.
func (c *checker) need(n *node, code string, args []any, kinds ...kind) bool {
	if n.kind == kBad {
		return false
	}
	if n.kind == kAny {
		return true
	}
	for _, k := range kinds {
		if n.kind == k {
			return true
		}
	}
	c.report(n.lo, n.hi, code, append(args, n.kind.words())...)
	return false
}
