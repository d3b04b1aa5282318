package expression

import (
	"errors"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// syntaxWords recognise what expr's lexer and parser say.
var syntaxWords = []struct {
	pattern *regexp.Regexp
	code    string
}{
	{regexp.MustCompile(`^unexpected token Operator\("="\)`), "single_equals"},
	{regexp.MustCompile(`^unexpected token (?:EOF|end of expression)`), "ends_early"},
	{regexp.MustCompile(`^unexpected end of expression`), "ends_early"},
	{regexp.MustCompile(`^unexpected token Operator\("#+"\)`), "stray_hash"},
	{regexp.MustCompile(`^unexpected token (?:Identifier|Operator)\("(AND|And|OR|Or|NOT|Not|IN|In|是)"\)`), "operator_case"},
	{regexp.MustCompile(`^unexpected token Operator\("(if|let|else)"\)`), "outside_word"},
	{regexp.MustCompile(`^unexpected token \w+\((.*)\)$`), "unexpected"},
	{regexp.MustCompile(`^literal not terminated`), "open_string"},
	{regexp.MustCompile(`^unrecognized character: U\+\w+ '(.*)'`), "odd_character"},
	{regexp.MustCompile(`^bad number syntax: (.*)$`), "bad_number"},
	{regexp.MustCompile(`^invalid (?:integer|hex|binary|octal) literal`), "number_range"},
	{regexp.MustCompile(`^(?:integer|float) literal is too large`), "number_range"},
	{regexp.MustCompile(`^invalid float literal`), "number_range"},
	{regexp.MustCompile(`^Operator \((.*)\) and coalesce expressions`), "mixed_coalesce"},
	{regexp.MustCompile(`^expected name`), "name_after_dot"},
	{regexp.MustCompile(`^expected at least (\d+) arguments`), "few_arguments"},
	{regexp.MustCompile(`^a map key must be`), "bad_filter_key"},
	{regexp.MustCompile(`^invalid char escape`), "bad_escape"},
}

// syntax reports what expr's lexer or parser refused.
func (s *source) syntax(err error) {
	var e *file.Error
	if !errors.As(err, &e) {
		s.report(0, len(s.runes), "syntax")
		return
	}
	lo := min(max(e.From, 0), len(s.runes))
	hi := min(max(e.To, lo), len(s.runes))
	for _, w := range syntaxWords {
		m := w.pattern.FindStringSubmatch(e.Message)
		if m == nil {
			continue
		}
		var args []any
		for _, g := range m[1:] {
			args = append(args, g)
		}
		if w.code == "operator_case" {
			args = append(args, lowerOperator(m[1]))
		}
		if w.code == "number_range" {
			lo, hi = s.numberBefore(lo)
		}
		s.report(lo, hi, w.code, args...)
		return
	}
	s.report(lo, hi, "syntax")
}

// lowerOperator is the operator that a word in capitals, or 是, is meant to be.
func lowerOperator(word string) string {
	return strings.NewReplacer("是", "==").Replace(strings.ToLower(word))
}

// numberBefore is the range of the last number up to a place: expr reports one
// that is too large at the token after it.
func (s *source) numberBefore(at int) (lo, hi int) {
	for i := len(s.tokens) - 1; i >= 0; i-- {
		if t := s.tokens[i]; t.Kind == lexer.Number && t.From <= at {
			return t.From, t.To
		}
	}
	return at, at
}
