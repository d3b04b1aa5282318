package shape

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// meant is the hint "did you mean", or the list of what is known.
func meant(word string, known []string) engine.Text {
	if near := Nearest(word, known); near != "" {
		return engine.Text{En: fmt.Sprintf("did you mean %q?", near), Zh: fmt.Sprintf("是不是想写 %q？", near)}
	}
	if len(known) == 0 {
		return engine.Text{}
	}
	list := strings.Join(known[:min(len(known), 20)], ", ")
	return engine.Text{En: "known: " + list, Zh: "可用：" + list}
}

// Nearest finds the known word that differs least, "" when none is near.
func Nearest(word string, known []string) string {
	best, least := "", (len(word)+2)/3+1
	if len(word) > 64 {
		return ""
	}
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, drop or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
