package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// said is a message with its hint, in both languages.
type said struct {
	code    string
	message engine.Text
	hint    engine.Text
	word    string // to be replaced
	by      string // with this
}

func say(code, en, zh string) said {
	return said{code: code, message: engine.Text{En: en, Zh: zh}}
}

// sayf is say with the same arguments for both languages.
func sayf(code, en, zh string, args ...any) said {
	return say(code, fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...))
}

func (s said) hinted(en, zh string) said {
	s.hint = engine.Text{En: en, Zh: zh}
	return s
}

// meant adds "did you mean" when a known word is near.
func (s said) meant(word string, known []string) said {
	if near := spelling.Nearest(word, known); near != "" {
		s.word, s.by = word, near
		return s.hinted(fmt.Sprintf("did you mean %q?", near), fmt.Sprintf("是不是想写 %q？", near))
	}
	return s
}

// problems gathers what is wrong with one document.
type problems struct{ list []engine.Problem }

// add reports a problem with a whole value.
func (p *problems) add(n *node, s said) { p.put(n, s, false) }

func (p *problems) warn(n *node, s said) { p.put(n, s, true) }

func (p *problems) put(n *node, s said, warning bool) {
	problem := engine.Problem{Code: s.code, Path: n.path, Message: s.message, Hint: s.hint, Warning: warning}
	setRange(&problem, n.src, n.from, n.to)
	if s.word != "" {
		problem.Fix = n.instead(s.word, s.by)
	}
	p.list = append(p.list, problem)
}

// instead writes another word in a value's place, within its quotes.
func (n *node) instead(word, by string) engine.Fix {
	from, to := n.from, n.to
	if to-from == len(word)+2 {
		from, to = from+1, to-1
	}
	if from < 0 || to > len(n.src.text) || n.src.text[from:to] != word || strings.ContainsAny(by, "\"'\\:#") {
		return engine.Fix{}
	}
	return engine.Fix{From: n.src.runesTo(from), To: n.src.runesTo(to), Text: by}
}

// runesTo counts the runes before a byte offset.
func (s *source) runesTo(offset int) int { return utf8.RuneCountInString(s.text[:offset]) }

// addRange reports a problem with part of a scalar, in runes of its value.
func (p *problems) addRange(n *node, from, to int, problem engine.Problem) {
	problem.Path = n.path
	problem.Line, problem.Column, problem.End = n.span(from, to)
	if fix := &problem.Fix; fix.To > 0 { // of the value: moved to the document
		from, last := n.sourceOffset(fix.From), n.sourceOffset(fix.To-1)
		fix.From, fix.To = n.src.runesTo(from), n.src.runesTo(last)+1
	}
	p.list = append(p.list, problem)
}

// span finds part of a scalar, in runes of its value, in the document.
func (n *node) span(from, to int) (line, column, end int) {
	start := n.sourceOffset(from)
	stop := start
	if to > from {
		last := n.sourceOffset(to - 1)
		stop = last + len(firstRune(n.src.text[last:]))
	}
	var p engine.Problem
	setRange(&p, n.src, start, stop)
	return p.Line, p.Column, p.End
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

func setRange(p *engine.Problem, src *source, from, to int) {
	p.Line, p.Column = src.place(from)
	if line, column := src.place(to); line == p.Line && column > p.Column {
		p.End = column
	}
}

// sorted gives the problems by place, errors before warnings, each once.
func sorted(list []engine.Problem) []engine.Problem {
	slices.SortStableFunc(list, func(a, b engine.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(rank(a), rank(b)))
	})
	return slices.CompactFunc(list, func(a, b engine.Problem) bool { return a == b })
}

func rank(p engine.Problem) int {
	if p.Warning {
		return 1
	}
	return 0
}

// Failed is whether any of the problems is an error and not just a warning.
func Failed(list []engine.Problem) bool {
	return slices.ContainsFunc(list, func(p engine.Problem) bool { return !p.Warning })
}

// Format writes problems one a line for a terminal: "file:3:7: message (hint)".
// Lang is en or zh.
func Format(file, lang string, list []engine.Problem) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%s:%d:%d: ", file, p.Line, p.Column)
		if p.Warning {
			b.WriteString(engine.Text{En: "warning: ", Zh: "提醒："}.In(lang))
		}
		b.WriteString(p.Message.In(lang))
		if hint := p.Hint.In(lang); hint != "" {
			fmt.Fprintf(&b, " (%s)", hint)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// quoteList writes words as "a", "b" or "c" in English, "a"、"b" in Chinese.
func quoteList(words []string) (en, zh string) { return join(words, " or ") }

// quoteAll is quoteList with and.
func quoteAll(words []string) (en, zh string) { return join(words, " and ") }

func join(words []string, last string) (en, zh string) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	zh = strings.Join(quoted, "、")
	if len(quoted) < 2 {
		return zh, zh
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + last + quoted[len(quoted)-1], zh
}
