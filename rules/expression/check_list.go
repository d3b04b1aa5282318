package expression

import "github.com/expr-lang/expr/ast"

// element types # inside a list function.
func (c *checker) element(n *ast.PointerNode) *node {
	if n.Name != "" {
		c.problemAt(n, "outside_pointer", n.Name)
		return bad
	}
	if c.loop == nil {
		c.problemAt(n, "stray_hash")
		return bad
	}
	return &node{op: opElement, kind: *c.loop, elem: kAny, name: "#"}
}

// checkLoop types any, all, none, one, count, filter, map and sum over one list.
func checkLoop(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	if c.loop != nil {
		c.problemAt(n, "nested_list_function", s.name)
		return bad
	}
	list := c.check(args[0])
	if !c.need(list, "list_needed", []any{s.name + "()"}, kList) {
		return bad
	}
	elem := kAny
	if list.kind == kList {
		elem = list.elem
	}
	body := &node{op: opElement, kind: elem, name: "#", lo: list.lo, hi: list.hi}
	if len(args) == 2 {
		predicate, ok := args[1].(*ast.PredicateNode)
		if !ok {
			return c.outside(n)
		}
		c.loop = &elem
		body = c.check(predicate.Node)
		c.loop = nil
	}
	return c.loopNode(s, list, body)
}

// loopNode checks a body's kind and gives the kind of the whole.
func (c *checker) loopNode(s *functionSpec, list, body *node) *node {
	out := &node{op: opLoop, name: s.name, kids: []*node{list, body}}
	wanted := []kind{kBool}
	switch s.name {
	case "any", "all", "none", "one":
		out.kind = kBool
	case "count":
		out.kind = kInt
	case "filter":
		out.kind, out.elem = kList, elemOf(list)
	case "map":
		out.kind, out.elem = kList, body.kind
		wanted = []kind{kBool, kInt, kDec, kReal, kText, kTime, kSpan}
	case "sum":
		wanted = []kind{kInt, kDec, kReal}
		out.kind = body.kind
	}
	if !c.need(body, "loop_body", []any{s.name + "()", kindsWords(wanted)}, wanted...) {
		return bad
	}
	return out
}

func elemOf(list *node) kind {
	if list.kind == kList {
		return list.elem
	}
	return kAny
}

func kindsWords(kinds []kind) any {
	set := Kinds(0)
	for _, k := range kinds {
		set |= Want(k.engine())
	}
	return set.words()
}
