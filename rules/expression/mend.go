package expression

import (
	"errors"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// A text with ≥ or 且 or = in it is refused for that, and whatever else is wrong
// with it should be said in the same breath. So the operator that is meant takes the
// place of the one that is written, when there is room for it among the spaces
// around: every other rune keeps its place, and problems theirs.

// mend is an operator at a range of rune offsets that should be another.
type mend struct {
	from, to int
	op       string
}

// terse are the spellings of operators that take least room.
var terse = map[string]string{"and": "&&", "or": "||", "not": "!"}

// mendAll puts operators in their places; not ok, and nothing done, when one has no room.
func mendAll(text []rune, all []mend) (out []rune, ok bool) {
	out = slices.Clone(text)
	for _, m := range all {
		op := m.op
		if s := terse[op]; s != "" {
			op = s
		}
		for len(op) > m.to-m.from && m.from > 0 && out[m.from-1] == ' ' {
			m.from--
		}
		for len(op) > m.to-m.from && m.to < len(out) && out[m.to] == ' ' {
			m.to++
		}
		if len(op) > m.to-m.from {
			return text, false
		}
		for i := m.from; i < m.to; i++ {
			out[i] = ' '
		}
		copy(out[m.from:], []rune(op))
	}
	return out, true
}

// mostMends bounds how often a text is parsed again.
const mostMends = 20

// tree has expr read the text, again after each mend.
func (s *source) tree() ast.Node {
	for range mostMends {
		tokens, err := lexer.Lex(file.NewSource(s.mapped))
		if err != nil {
			s.refused(err)
			return nil
		}
		s.tokens = tokens
		s.pairBrackets()
		tree, err := parse(s.mapped)
		if err == nil {
			return tree
		}
		known := len(s.found)
		if s.refused(err); len(s.found) == known || !s.mendSyntax(err) {
			return nil
		}
	}
	return nil
}

// refused reports what expr does not read, unless it reads what was never written.
func (s *source) refused(err error) {
	if !s.mended {
		s.syntax(err)
	}
}

// mendSyntax corrects the operator that was just reported, if it is one.
func (s *source) mendSyntax(err error) bool {
	var e *file.Error
	if !errors.As(err, &e) || e.From < 0 || e.To > len(s.runes) || e.From >= e.To {
		return false
	}
	op := ""
	switch s.found[len(s.found)-1].Code {
	case "single_equals":
		op = "=="
	case "operator_case":
		op = lowerOperator(string([]rune(s.mapped)[e.From:e.To]))
	default:
		return false
	}
	out, ok := mendAll([]rune(s.mapped), []mend{{e.From, e.To, op}})
	s.mapped = string(out)
	return ok
}
