package expression

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

// call types a call of one of our functions, or of a method of events(...).
func (c *checker) call(n *ast.CallNode) *node {
	switch f := n.Callee.(type) {
	case *ast.IdentifierNode:
		return c.function(n, f.Value, n.Arguments)
	case *ast.MemberNode:
		return c.method(n, f)
	}
	return c.outside(n)
}

// builtin types a call of a function that expr has too.
func (c *checker) builtin(n *ast.BuiltinNode) *node {
	return c.function(n, n.Name, n.Arguments)
}

func (c *checker) function(n ast.Node, name string, args []ast.Node) *node {
	spec := functionByName[name]
	if spec == nil {
		if hint, ok := insteadOf[name]; ok {
			c.problemAt(n, "outside_function", name, hint)
			return bad
		}
		p := c.problemAt(n, "unknown_function", name)
		c.meant(p, name, functionNames())
		return bad
	}
	if len(args) < spec.least || len(args) > spec.most {
		c.problemAt(n, "argument_count", spec.usage, len(args))
		return bad
	}
	c.names[name+"()"] = true
	return spec.check(c, spec, n, args)
}

func functionNames() []string { return slices.Sorted(maps.Keys(functionByName)) }

// insteadOf says what to write instead of functions that expr has and we don't.
var insteadOf = map[string]engine.Text{
	"now":       {En: "write now without parentheses", Zh: "直接写 now，不带括号"},
	"first":     {En: `write events(...).first()`, Zh: `请写 events(...).first()`},
	"last":      {En: `write events(...).last()`, Zh: `请写 events(...).last()`},
	"find":      {En: "write any() or filter()", Zh: "请用 any() 或 filter()"},
	"reduce":    {En: "write sum() or count()", Zh: "请用 sum() 或 count()"},
	"mean":      {En: `write events(...).avg("field")`, Zh: `请写 events(...).avg("字段")`},
	"median":    {En: `write events(...).avg("field")`, Zh: `请写 events(...).avg("字段")`},
	"int":       {En: "write floor(), ceil() or round()", Zh: "请用 floor()、ceil() 或 round()"},
	"float":     {En: "numbers need no conversion", Zh: "数字不需要转换"},
	"string":    {En: "in a text, {{ }} writes any value", Zh: "在文案里用 {{ }} 即可写出任何值"},
	"hasPrefix": {En: `write x startsWith "a"`, Zh: `请写 x startsWith "a"`},
	"hasSuffix": {En: `write x endsWith "a"`, Zh: `请写 x endsWith "a"`},
	"indexOf":   {En: `write x contains "a"`, Zh: `请写 x contains "a"`},
	"type":      {En: "kinds are known when a rule is checked", Zh: "类型在检查规则时已确定"},
	"get":       {En: "write the name with dots: member.points", Zh: "用点写出名称：member.points"},
	"sort":      {En: "lists keep their order; write min() or max()", Zh: "列表保持原顺序；可用 min() 或 max()"},
	"repeat":    {}, "replace": {}, "split": {}, "join": {}, "keys": {}, "values": {}, "toJSON": {}, "fromJSON": {},
	"sortBy": {}, "groupBy": {}, "uniq": {}, "concat": {}, "flatten": {}, "reverse": {}, "take": {}, "lastIndexOf": {},
	"trimPrefix": {}, "trimSuffix": {}, "splitAfter": {}, "toBase64": {}, "fromBase64": {}, "timezone": {}, "toPairs": {},
	"fromPairs": {}, "findIndex": {}, "findLast": {}, "findLastIndex": {}, "bitand": {}, "bitor": {}, "bitxor": {},
	"bitnand": {}, "bitnot": {}, "bitshl": {}, "bitshr": {}, "bitushr": {},
}

func (s *functionSpec) node(k kind, kids ...*node) *node {
	return &node{op: opCall, kind: k, name: s.name, kids: kids}
}

func checkKnown(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	x := c.check(args[0])
	if x.kind == kBad {
		return bad
	}
	if _, ok := x.constant(); ok {
		c.problemAt(args[0], "never_unknown")
	}
	return s.node(kBool, x)
}

func checkLen(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	x := c.check(args[0])
	if !c.need(x, "len_needs", nil, kText, kList) {
		return bad
	}
	return s.node(kInt, x)
}

func checkCase(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	x := c.check(args[0])
	if !c.need(x, "text_needed", []any{s.name + "()"}, kText) {
		return bad
	}
	return s.node(kText, x)
}

func checkAbs(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	x := c.check(args[0])
	if !c.need(x, "number_needed", []any{s.name + "()"}, kInt, kDec, kReal) {
		return bad
	}
	return s.node(x.kind, x)
}

func checkRound(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	x := c.check(args[0])
	if !c.need(x, "number_needed", []any{s.name + "()"}, kInt, kDec, kReal) {
		return bad
	}
	return s.node(kInt, x)
}

func checkMinMax(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	var kids []*node
	k, ok := kInt, true
	for _, a := range args {
		x := c.check(a)
		allowed := []kind{kInt, kDec, kReal}
		if len(args) == 1 {
			allowed = []kind{kList}
		}
		if !c.need(x, "number_needed", []any{s.name + "()"}, allowed...) {
			ok = false
			continue
		}
		switch {
		case x.kind == kAny || x.kind == kList || k == kAny:
			k = kAny
		default:
			k = widest(k, x.kind)
		}
		kids = append(kids, x)
	}
	if !ok {
		return bad
	}
	return s.node(k, kids...)
}
