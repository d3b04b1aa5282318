package expression

import "github.com/expr-lang/expr/ast"

func (c *checker) arithmetic(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	if a.kind == kBad || b.kind == kBad {
		return bad
	}
	k := arithKind(n.Operator, a.kind, b.kind)
	if k == kBad {
		c.arithProblem(n, a, b)
		return bad
	}
	if n.Operator == "/" || n.Operator == "%" {
		c.divisor(n, b)
	}
	return &node{op: opArith, kind: k, name: n.Operator, kids: []*node{a, b}}
}

// arithKind is the kind of a op b, kBad where there is none.
func arithKind(op string, a, b kind) kind {
	for _, k := range []kind{a, b} {
		if k == kBool || k == kList || k == kNone {
			return kBad
		}
	}
	switch {
	case a == kAny || b == kAny:
		return anyArith(op, a, b)
	case a.number() && b.number():
		return numberArith(op, a, b)
	case op == "+" && a == kText && b == kText:
		return kText
	}
	return timeArith(op, a, b)
}

func anyArith(op string, a, b kind) kind {
	known := max(a, b)
	switch {
	case op == "%" && (known == kAny || known == kInt):
		return kInt
	case op == "/" && (known == kAny || known.number()):
		return kReal
	case op == "+":
		return kAny
	case op == "-" && known != kText:
		return kAny
	case op == "*" && (known == kAny || known.number() || known == kSpan):
		return kAny
	}
	return kBad
}

func numberArith(op string, a, b kind) kind {
	switch {
	case op == "%" && (a != kInt || b != kInt):
		return kBad
	case op == "/", op == "*" && a == kDec && b == kDec:
		return kReal
	}
	return widest(a, b)
}

func timeArith(op string, a, b kind) kind {
	switch {
	case op == "-" && a == kTime && b == kTime:
		return kSpan
	case (op == "+" || op == "-") && a == kTime && b == kSpan, op == "+" && a == kSpan && b == kTime:
		return kTime
	case (op == "+" || op == "-") && a == kSpan && b == kSpan:
		return kSpan
	case op == "*" && (a == kSpan && b == kInt || a == kInt && b == kSpan):
		return kSpan
	}
	return kBad
}

func (c *checker) arithProblem(n *ast.BinaryNode, a, b *node) {
	code := "arith_kinds"
	switch {
	case n.Operator == "%" && a.kind.number() && b.kind.number():
		code = "remainder_integers"
	case n.Operator == "+" && (a.kind == kText || b.kind == kText):
		code = "join_text"
	case a.kind == kTime && b.kind.number() || b.kind == kTime && a.kind.number():
		code = "time_number"
	case n.Operator == "/" && a.kind == kSpan:
		code = "span_division"
	}
	c.problemAt(n, code, n.Operator, a.kind.words(), b.kind.words())
}

// divisor reports a division by what is always 0; others are looked at by the finder,
// which sees what guards them.
func (c *checker) divisor(n *ast.BinaryNode, b *node) {
	if !pure(b) {
		return
	}
	if v, ok := newReasoner(c.source, c.voc, nil).constant(b); ok && v.Num == 0 {
		c.problemAt(n, "divides_by_zero", n.Operator)
	}
}
