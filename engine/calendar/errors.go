package calendar

import "strings"

// Error says what is wrong with a text that an operator wrote and what to write
// instead, in both languages. Codes are stable; the texts are not.
type Error struct {
	Code  string // such as window_syntax, cron_range, cron_never, holiday_unknown
	Field string // the cron field's English name, empty elsewhere
	Input string // the offending text as written
	En    string
	Zh    string
}

// Error returns the English text.
func (e *Error) Error() string { return e.En }

// didYouMean returns the English and Chinese tails that offer a suggestion, both
// empty when there is none.
func didYouMean(suggestion string) (en, zh string) {
	if suggestion == "" {
		return "", ""
	}
	return `; did you mean "` + suggestion + `"?`, `；是不是想写 "` + suggestion + `"？`
}

// closest returns the candidate nearest to s, or "" when none is near enough to
// be a slip of the fingers.
func closest(s string, candidates []string) string {
	s = strings.ToLower(s)
	best, limit := "", 1+len(s)/4
	if len(s) > 40 {
		return ""
	}
	for _, c := range candidates {
		if d := editDistance(s, c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// editDistance counts the single-byte insertions, deletions and replacements
// between two short texts.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
