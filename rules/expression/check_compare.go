package expression

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

func (c *checker) compare(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	if a.kind == kBad || b.kind == kBad {
		return bad
	}
	if !c.comparable(n, a, b) {
		return bad
	}
	if n.Operator == "==" || n.Operator == "!=" {
		c.equalityWarnings(n, a, b)
	}
	return &node{op: opCompare, kind: kBool, name: n.Operator, kids: []*node{a, b}}
}

// comparable checks that two kinds may stand on both sides of a comparison.
func (c *checker) comparable(n *ast.BinaryNode, a, b *node) bool {
	ordered := n.Operator != "==" && n.Operator != "!="
	for _, x := range []*node{a, b} {
		if x.kind == kList || x.kind == kNone {
			c.report(x.lo, x.hi, "compare_list", x.kind.words())
			return false
		}
	}
	same := a.kind == b.kind || a.kind == kAny || b.kind == kAny || a.kind.number() && b.kind.number()
	switch {
	case !same && c.notOfAny(n, a):
	case !same && (isTier(a) || isTier(b)):
		c.problemAt(n, "tier_compare")
	case !same && (a.kind == kTime || b.kind == kTime):
		c.problemAt(n, "compare_time", a.kind.words(), b.kind.words())
	case !same && (a.kind == kSpan || b.kind == kSpan):
		c.problemAt(n, "compare_span", a.kind.words(), b.kind.words())
	case !same:
		c.problemAt(n, "compare_kinds", a.kind.words(), b.kind.words())
	case ordered && (a.kind == kText || b.kind == kText):
		c.problemAt(n, "order_text", n.Operator)
	case ordered && (a.kind == kBool || b.kind == kBool):
		c.problemAt(n, "order_bool", n.Operator)
	default:
		return true
	}
	return false
}

func isTier(n *node) bool { return n.op == opCall && n.name == "tier" }

func (c *checker) equalityWarnings(n *ast.BinaryNode, a, b *node) {
	if a.kind == kReal || b.kind == kReal {
		c.problemAt(n, "decimal_equality")
	}
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		if v, ok := pair[1].constant(); ok {
			c.knownWord(pair[0], pair[1], v)
		}
	}
}

// knownWord warns when a name with a fixed set of words is compared to another.
func (c *checker) knownWord(name, literal *node, v engine.Value) {
	if name.op != opName || v.Kind != engine.String {
		return
	}
	words, about := c.wordsOf(name.name)
	if words == nil || slices.Contains(words, v.Str) {
		return
	}
	p := c.report(literal.lo, literal.hi, "unknown_word", v.Str, about)
	if !c.meant(p, v.Str, words) && len(words) > 0 {
		p.Hint = engine.Text{En: "it may be " + joinSome(words), Zh: "可以是 " + joinSome(words)}
	}
}

func (c *checker) in(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	if a.kind == kBad || b.kind == kBad {
		return bad
	}
	if !c.need(b, "in_needs_list", nil, kList) {
		return bad
	}
	if a.kind == kList || a.kind == kNone {
		c.report(a.lo, a.hi, "compare_list", a.kind.words())
		return bad
	}
	if elem := b.elem; b.kind == kList && elem != kAny && a.kind != kAny && elem != a.kind && !(elem.number() && a.kind.number()) {
		if !c.notOfAny(n, a) {
			c.problemAt(n, "in_kinds", elem.words(), a.kind.words())
		}
		return bad
	}
	if a.kind == kReal {
		c.problemAt(n, "decimal_equality")
	}
	if v, ok := b.constant(); ok {
		for _, item := range v.List {
			c.knownWord(a, b, item)
		}
	}
	if v, ok := a.constant(); ok && b.op == opName {
		c.knownWord(b, a, v)
	}
	return &node{op: opIn, kind: kBool, kids: []*node{a, b}}
}

func (c *checker) textOperator(n *ast.BinaryNode) *node {
	a, b := c.check(n.Left), c.check(n.Right)
	okA := c.textOperand(n, a)
	okB := c.textOperand(n, b)
	if !okA || !okB {
		return bad
	}
	return &node{op: opText, kind: kBool, name: n.Operator, kids: []*node{a, b}}
}

func (c *checker) textOperand(n *ast.BinaryNode, x *node) bool {
	if x.kind == kList && n.Operator == "contains" {
		c.report(x.lo, x.hi, "contains_list")
		return false
	}
	if x.kind == kBool && c.notOfAny(n, x) {
		return false
	}
	return c.need(x, "text_needed", []any{n.Operator}, kText)
}

func (c *checker) matches(n *ast.BinaryNode) *node {
	a := c.check(n.Left)
	ok := c.textOperand(n, a)
	pattern, isText := c.text(n.Right, "pattern_constant")
	if !isText || !c.pattern(n.Right, pattern) || !ok {
		return bad
	}
	return &node{op: opMatches, kind: kBool, kids: []*node{a}, value: engine.StringValue(pattern)}
}

// pattern checks a regular expression's size: matching costs the product of the
// compiled instructions and the text.
func (c *checker) pattern(n ast.Node, pattern string) bool {
	if count := utf8.RuneCountInString(pattern); count > MaxPattern {
		c.problemAt(n, "pattern_too_long", count, MaxPattern)
		return false
	}
	size, err := programSize(pattern)
	if err != nil {
		c.problemAt(n, "pattern_syntax", err.Error())
		return false
	}
	if size > MaxProgram {
		c.problemAt(n, "pattern_too_big", size, MaxProgram)
		return false
	}
	return true
}

func programSize(pattern string) (int, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0, err
	}
	_, err = regexp.Compile(pattern)
	return len(prog.Inst), err
}
