package expression

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// maxSuggestions is how many problems of one expression get a suggestion: looking
// through a large workspace's names is the dearest part of checking.
const maxSuggestions = 20

// meant adds "did you mean" to a problem when a known word is near.
func (c *checker) meant(p *engine.Problem, word string, known []string) bool {
	if p == nil || c.suggestions == maxSuggestions {
		return false
	}
	c.suggestions++
	near := spelling.Nearest(word, known)
	if near != "" {
		p.Hint = didYouMean(near)
		p.Fix = c.instead(p, word, near)
	}
	return near != ""
}

// instead writes another word where a problem is, without its quotes.
func (s *source) instead(p *engine.Problem, word, by string) engine.Fix {
	from, to := Range(s.text, *p)
	if to-from == len([]rune(word))+2 && s.slice(from+1, to-1) == word {
		from, to = from+1, to-1
	}
	if to == 0 || s.slice(from, to) != word || strings.ContainsAny(by, "\"'`\\") {
		return engine.Fix{}
	}
	return engine.Fix{From: from, To: to, Text: by}
}

func didYouMean(word string) engine.Text {
	return engine.Text{En: fmt.Sprintf("did you mean %q?", word), Zh: fmt.Sprintf("是不是想写 %q？", word)}
}
