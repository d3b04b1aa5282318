package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (c *checker) unary(n *ast.UnaryNode) *node {
	x := c.check(n.Node)
	if n.Operator == "not" || n.Operator == "!" {
		if x.kind == kBad {
			return bad
		}
		if x.kind != kBool && x.kind != kAny {
			c.notProblem(n, x)
			return bad
		}
		return &node{op: opNot, kind: kBool, kids: []*node{x}}
	}
	if !c.need(x, "sign_needs_number", []any{n.Operator}, kInt, kDec, kReal) {
		return bad
	}
	if n.Operator == "+" {
		return x
	}
	if folded, ok := negated(x); ok {
		return folded
	}
	return &node{op: opNegate, kind: x.kind, kids: []*node{x}}
}

func (c *checker) binary(n *ast.BinaryNode) *node {
	switch n.Operator {
	case "and", "&&":
		return c.logic(n, opAnd)
	case "or", "||":
		return c.logic(n, opOr)
	}
	c.watchNot(n)
	switch n.Operator {
	case "==", "!=", "<", "<=", ">", ">=":
		return c.compare(n)
	case "in":
		return c.in(n)
	case "contains", "startsWith", "endsWith":
		return c.textOperator(n)
	case "matches":
		return c.matches(n)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(n)
	case "??":
		return c.coalesce(n)
	}
	c.problemAt(n, "outside_operator", n.Operator)
	return bad
}

// watchNot remembers that the left side of an operator is a not, which binds
// tighter: not a == b is (not a) == b.
func (c *checker) watchNot(n *ast.BinaryNode) {
	u, ok := n.Left.(*ast.UnaryNode)
	if !ok || u.Operator != "not" && u.Operator != "!" || isNegatedSuffix(u) {
		return
	}
	if lo, _ := c.span(u); c.slice(lo, lo+1) != "(" {
		c.underNot[u] = n
	}
}

// notProblem reports a not before something that is no condition.
func (c *checker) notProblem(n *ast.UnaryNode, x *node) {
	outer := c.underNot[n]
	if outer == nil {
		c.report(x.lo, x.hi, "not_needs_condition", x.kind.words())
		return
	}
	lo, hi := c.span(outer)
	rest := strings.TrimSpace(c.slice(n.Location().To, hi))
	c.report(lo, hi, "not_binds", rest, outer.Operator)
}

// notOfAny reports not x == "a" where x is typed at run time, so that only the
// other side shows that not was meant for the whole.
func (c *checker) notOfAny(n *ast.BinaryNode, left *node) bool {
	u, ok := n.Left.(*ast.UnaryNode)
	if !ok || c.underNot[u] != n || left.op != opNot || left.kids[0].kind != kAny {
		return false
	}
	c.notProblem(u, left.kids[0])
	return true
}

// isNegatedSuffix is whether not came from "not in", "not contains" ...
func isNegatedSuffix(u *ast.UnaryNode) bool {
	b, ok := u.Node.(*ast.BinaryNode)
	return ok && b.Location() == u.Location()
}

func (c *checker) logic(n *ast.BinaryNode, what op) *node {
	out := &node{op: what, kind: kBool}
	ok := true
	for _, side := range []ast.Node{n.Left, n.Right} {
		x := c.check(side)
		if !c.need(x, "logic_needs_condition", []any{n.Operator}, kBool) {
			ok = false
			continue
		}
		if x.op == what && x.kind == kBool {
			out.kids = append(out.kids, x.kids...)
			continue
		}
		out.kids = append(out.kids, x)
	}
	if !ok {
		return bad
	}
	return out
}

func (c *checker) conditional(n *ast.ConditionalNode) *node {
	if !n.Ternary {
		return bad // refuseTokens reported the if
	}
	if n.Cond == n.Exp1 {
		c.problemAt(n, "outside_elvis")
		return bad
	}
	cond, a, b := c.check(n.Cond), c.check(n.Exp1), c.check(n.Exp2)
	ok := c.need(cond, "choice_needs_condition", nil, kBool)
	k, fits := common(a, b)
	if !fits {
		c.problemAt(n, "branches_differ", a.kind.words(), b.kind.words())
	}
	if !ok || !fits || k == kBad {
		return bad
	}
	return &node{op: opChoose, kind: k, elem: commonElem(a, b), kids: []*node{cond, a, b}}
}

func (c *checker) coalesce(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	k, fits := common(a, b)
	if !fits {
		c.problemAt(n, "branches_differ", a.kind.words(), b.kind.words())
	}
	if !fits || k == kBad {
		return bad
	}
	if _, ok := a.constant(); ok {
		c.problemAt(n.Left, "never_unknown")
	}
	return &node{op: opElse, kind: k, elem: commonElem(a, b), kids: []*node{a, b}}
}

// common is the kind that two alternatives share.
func common(a, b *node) (kind, bool) {
	switch {
	case a.kind == kBad || b.kind == kBad:
		return kBad, true
	case a.kind == kNone || b.kind == kNone:
		return kBad, false
	case a.kind == b.kind:
		return a.kind, true
	case a.kind == kAny || b.kind == kAny:
		return kAny, true
	case a.kind.number() && b.kind.number():
		return widest(a.kind, b.kind), true
	}
	return kBad, false
}

func commonElem(a, b *node) kind {
	if a.elem == b.elem {
		return a.elem
	}
	return kAny
}

// widest is the number kind that holds both.
func widest(a, b kind) kind { return max(a, b) }
