package rules

import (
	"sort"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

// source is a document's text with the start of each line, so that byte offsets
// become lines and columns and back. Lines end at \n, \r\n or \r.
type source struct {
	text  string
	lines []int // byte offset of each line's first character
}

func newSource(text string) *source {
	s := &source{text: text, lines: []int{0}}
	if strings.HasPrefix(text, byteOrderMark) {
		s.lines[0] = len(byteOrderMark)
	}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// place gives the line and the column in runes, both from 1, of a byte offset.
func (s *source) place(offset int) (line, column int) {
	line = sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > offset })
	if line == 0 {
		return 1, 1
	}
	return line, utf8.RuneCountInString(s.text[s.lines[line-1]:offset]) + 1
}

// offset gives the byte offset of a line and column, clamped to the line.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return len(s.text)
	}
	at := s.lines[line-1]
	end := at + len(s.line(line))
	for ; column > 1 && at < end; column-- {
		_, size := utf8.DecodeRuneInString(s.text[at:end])
		at += size
	}
	return at
}

// line gives a line's text without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return firstLine(s.text[s.lines[n-1]:])
}

// firstLine is what comes before the first line end.
func firstLine(text string) string {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	if i := strings.IndexByte(text, '\r'); i >= 0 {
		text = text[:i]
	}
	return text
}

// rest gives what follows an offset on its line.
func (s *source) rest(offset int) string {
	return firstLine(s.text[offset:])
}
