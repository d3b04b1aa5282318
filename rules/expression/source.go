package expression

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser/lexer"

	"github.com/bylaw-dev/bylaw/engine"
)

// source is an expression's text in the forms that the steps need.
type source struct {
	text   string // as written
	mapped string // full-width punctuation replaced, rune for rune: what expr reads
	runes  []rune // of text
	lines  []int  // rune offset at which each line begins
	mended bool   // mapped has operators that are not written so
	tokens []lexer.Token
	match  []int // for each bracket token its partner; -1 for others
	spans  map[ast.Node]tokenSpan
	found  []engine.Problem
}

func newSource(text string) *source {
	s := &source{text: text, runes: []rune(text), lines: []int{0}, spans: map[ast.Node]tokenSpan{}}
	for i, r := range s.runes {
		if r == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// report adds a problem at a range of rune offsets. The words are in messages.go.
func (s *source) report(lo, hi int, code string, args ...any) *engine.Problem {
	m := messages[code]
	line := sort.SearchInts(s.lines, lo+1) - 1
	p := engine.Problem{
		Code: code, Line: line + 1, Column: lo - s.lines[line] + 1, Warning: m.warning,
		Message: m.say(args), Hint: m.advise(args),
	}
	if last := sort.SearchInts(s.lines, max(hi, lo+1)) - 1; last == line {
		p.End = hi - s.lines[line] + 1
	}
	s.found = append(s.found, p)
	return &s.found[len(s.found)-1]
}

// failed is whether a problem was found that is not only a warning.
func (s *source) failed() bool { return hasErrors(s.found) }

func hasErrors(problems []engine.Problem) bool {
	for _, p := range problems {
		if !p.Warning {
			return true
		}
	}
	return false
}

// slice is the text of a range.
func (s *source) slice(lo, hi int) string { return string(s.runes[lo:hi]) }

// Range turns the place of a problem back into rune offsets [from, to) of the
// text that was compiled; to is the line's end for a problem over several lines.
func Range(text string, p engine.Problem) (from, to int) {
	rest, offset := text, 0
	for range p.Line - 1 {
		line, after, ok := strings.Cut(rest, "\n")
		if !ok {
			break
		}
		offset += utf8.RuneCountInString(line) + 1
		rest = after
	}
	line, _, _ := strings.Cut(rest, "\n")
	from = offset + max(p.Column, 1) - 1
	to = offset + utf8.RuneCountInString(line)
	if p.End > 0 {
		to = offset + p.End - 1
	}
	return from, max(from, to)
}

// tokenAt is the index of the token that begins at a rune offset, -1 if none does.
func (s *source) tokenAt(from int) int {
	i := sort.Search(len(s.tokens), func(i int) bool { return s.tokens[i].From >= from })
	if i < len(s.tokens) && s.tokens[i].From == from && s.tokens[i].Kind != lexer.EOF {
		return i
	}
	return -1
}

// pairBrackets finds each bracket's partner.
func (s *source) pairBrackets() {
	s.match = make([]int, len(s.tokens))
	var open []int
	for i, t := range s.tokens {
		s.match[i] = -1
		if t.Kind != lexer.Bracket {
			continue
		}
		if strings.Contains("([{", t.Value) {
			open = append(open, i)
		} else if n := len(open); n > 0 {
			s.match[i], s.match[open[n-1]] = open[n-1], i
			open = open[:n-1]
		}
	}
}

// problemAt reports a problem with a node of the tree.
func (s *source) problemAt(n ast.Node, code string, args ...any) *engine.Problem {
	lo, hi := s.span(n)
	return s.report(lo, hi, code, args...)
}
