package expression

import "github.com/expr-lang/expr/ast"

// The bounds of an expression.
const (
	MaxBytes   = 4096
	MaxDepth   = 64  // brackets in brackets, and signs before one value
	MaxNodes   = 500 // counted by a walk that counts a shared node each time it is met
	MaxList    = 1000
	MaxPattern = 100  // characters
	MaxProgram = 200  // compiled instructions of a pattern
	MaxText    = 1024 // bytes of a text that a pattern looks at
)

// children are the parts of a node, in the order of the text.
func children(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	case *ast.ChainNode:
		return []ast.Node{n.Node}
	case *ast.MemberNode:
		return []ast.Node{n.Node, n.Property}
	case *ast.CallNode:
		return append([]ast.Node{n.Callee}, n.Arguments...)
	case *ast.BuiltinNode:
		return n.Arguments
	case *ast.PredicateNode:
		return []ast.Node{n.Node}
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		return n.Nodes
	}
	return moreChildren(n)
}

func moreChildren(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.MapNode:
		return n.Pairs
	case *ast.PairNode:
		return []ast.Node{n.Key, n.Value}
	case *ast.SequenceNode:
		return n.Nodes
	case *ast.VariableDeclaratorNode:
		return []ast.Node{n.Value, n.Expr}
	case *ast.SliceNode:
		kids := []ast.Node{n.Node}
		for _, k := range []ast.Node{n.From, n.To} {
			if k != nil {
				kids = append(kids, k)
			}
		}
		return kids
	}
	return nil
}

// countWalk takes a walk of the tree from the budget; false once it is used up.
// expr shares nodes (a?:b, 1<a<9), so a short text can be a walk without end. A
// list of literals counts as one: MaxList bounds it.
func countWalk(n ast.Node, budget *int) bool {
	if *budget--; *budget < 0 {
		return false
	}
	if list, ok := n.(*ast.ArrayNode); ok && allLiterals(list) {
		return true
	}
	for _, k := range children(n) {
		if !countWalk(k, budget) {
			return false
		}
	}
	return true
}

func allLiterals(list *ast.ArrayNode) bool {
	for _, n := range list.Nodes {
		if u, ok := n.(*ast.UnaryNode); ok && u.Operator == "-" {
			n = u.Node
		}
		switch n.(type) {
		case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		default:
			return false
		}
	}
	return true
}
