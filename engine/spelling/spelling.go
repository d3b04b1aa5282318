// Package spelling finds the word that was meant. Whoever answers a wrong name with
// "did you mean" asks here, so that one slip gets one answer everywhere.
package spelling

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxSlips is how many letters may be wrong in a long word.
const maxSlips = 4

// Nearest is the known word closest to a wrong one, "" when none is close enough
// to be a slip. Equally close words are decided by their order.
func Nearest(word string, known []string) string {
	letters := utf8.RuneCountInString(word)
	best, least := "", min(1+letters/5, maxSlips)
	lower := strings.ToLower(word)
	for _, k := range known {
		if d := distance(lower, strings.ToLower(k), least); d <= least && d < letters && k != word {
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
