package expression

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser/lexer"
)

// Leaf is one condition of an expression: what and, or and not join together.
type Leaf struct {
	Text   string // as written
	From   int    // in runes of the expression
	To     int
	Place  string // the way down the tree: "and/2/or/1"; "" where the expression is one condition
	Tokens string // the condition without layout, to compare by
	Left   string // what is compared or asked about, without layout: the same in a condition that was changed
}

// Leaves takes an expression apart without knowing any names. Not ok where it
// cannot be read.
func Leaves(text string) (list []Leaf, ok bool) {
	if len(text) > MaxBytes {
		return nil, false
	}
	s := newSource(text)
	tree := s.parse()
	if tree == nil || s.failed() {
		return nil, false
	}
	s.leaves(tree, "", &list)
	return list, true
}

func (s *source) leaves(n ast.Node, place string, out *[]Leaf) {
	switch x := n.(type) {
	case *ast.BinaryNode:
		if op := joins[x.Operator]; op != "" {
			for i, k := range operands(n, op) {
				s.leaves(k, down(place, op)+"/"+strconv.Itoa(i+1), out)
			}
			return
		}
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			s.leaves(x.Node, down(place, "not"), out)
			return
		}
	}
	lo, hi := s.span(n)
	*out = append(*out, Leaf{Text: string(s.runes[lo:hi]), From: lo, To: hi, Place: place, Tokens: s.words(lo, hi), Left: s.left(n)})
}

var joins = map[string]string{"and": "and", "&&": "and", "or": "or", "||": "or"}

func down(place, op string) string {
	if place == "" {
		return op
	}
	return place + "/" + op
}

// operands flattens a chain of one operator.
func operands(n ast.Node, op string) []ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok && joins[b.Operator] == op {
		return append(operands(b.Left, op), operands(b.Right, op)...)
	}
	return []ast.Node{n}
}

// left is what a comparison looks at, else the whole condition's first name.
func (s *source) left(n ast.Node) string {
	if b, ok := n.(*ast.BinaryNode); ok {
		n = b.Left
	}
	lo, hi := s.span(n)
	return s.words(lo, hi)
}

// words writes the tokens within a range, one space between.
func (s *source) words(lo, hi int) string {
	var b strings.Builder
	for _, t := range s.tokens {
		if t.Kind != lexer.EOF && t.From >= lo && t.To <= hi {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(string(s.runes[t.From:t.To]))
		}
	}
	return b.String()
}
