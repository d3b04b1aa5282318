package expression

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxSlips is how many letters may be wrong in a long word.
const maxSlips = 4

// nearest is the known word closest to a wrong one, "" when none is close enough
// to be a slip. Equally close words are decided by their order.
func nearest(word string, known []string) string {
	best, least := "", min(1+len([]rune(word))/4, maxSlips)
	lower := strings.ToLower(word)
	for _, k := range known {
		if d := distance(lower, strings.ToLower(k), least); d <= least && k != word {
			best, least = k, d-1
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours;
// more than limit is limit+1.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 || len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	var rows [3][65]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(y) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		// Only cells this near the diagonal can stay within the limit.
		from, to := max(1, i-limit), min(len(y), i+limit)
		row[from-1] = i
		if from > 1 {
			row[from-1] = limit + 1
		}
		if to < len(y) {
			row[to+1] = limit + 1
		}
		for j := from; j <= to; j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		if slices.Min(row[from-1:to+1]) > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

// maxSuggestions is how many problems of one expression get a suggestion: looking
// through a large workspace's names is the dearest part of checking.
const maxSuggestions = 20

// meant adds "did you mean" to a problem when a known word is near.
func (c *checker) meant(p *engine.Problem, word string, known []string) bool {
	if p == nil || c.suggestions == maxSuggestions {
		return false
	}
	c.suggestions++
	near := nearest(word, known)
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
