package expression

import (
	"errors"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// parse gives the tree of a text, or nil with problems in the source. Beside a tree
// there are problems, too, when it is that of a text that was mended.
func (s *source) parse() ast.Node {
	if s.scan(); s.failed() && !s.mended {
		return nil
	}
	tree := s.tree()
	if tree == nil {
		return nil
	}
	budget := MaxNodes
	if !countWalk(tree, &budget) {
		s.report(0, len(s.runes), "too_many_nodes", MaxNodes)
		return nil
	}
	return tree
}

var errParser = errors.New("expr's parser failed")

// parse has expr parse; a panic of its parser is an error.
func parse(text string) (n ast.Node, err error) {
	defer func() {
		if recover() != nil {
			n, err = nil, errParser
		}
	}()
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	if tree.Node == nil {
		return nil, errParser
	}
	return tree.Node, nil
}
