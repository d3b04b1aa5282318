package rules

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHostileDocuments reads documents of the largest size that are made to
// hurt; each must be refused or read in a moment.
func TestHostileDocuments(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, MaxDocument/len(s)) }
	many := func(format func(int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < MaxDocument-40; i++ {
			b.WriteString(format(i))
		}
		return b.String()
	}
	for name, src := range map[string]string{
		"brackets":         fill("["),
		"braces":           fill("{"),
		"json brackets":    `{"a":` + fill("[")[:MaxDocument-10],
		"dashes":           fill("- "),
		"unknown fields":   many(func(i int) string { return "k" + strconv.Itoa(i) + ": 1\n" }),
		"same field":       fill("key: a\n"),
		"json same field":  "{" + fill(`"k":1,`)[:MaxDocument-10],
		"effects":          "then:\n" + many(func(int) string { return "- x\n" }),
		"deep cases":       "cases:\n" + many(func(int) string { return "- {events: [{times: x}]}\n" }),
		"quotes":           "when: '" + fill("''")[:MaxDocument-20] + "'",
		"escapes":          `when: "` + fill(`\n`)[:MaxDocument-20] + `"`,
		"block":            "when: |\n" + fill(" a\n")[:MaxDocument-10],
		"aliases":          "a: &a [x]\n" + fill("- *a\n")[:MaxDocument-20],
		"comments":         fill("# \n"),
		"flow pairs":       "then: [" + fill("{a: b},")[:MaxDocument-20] + "]",
		"question marks":   fill("? "),
		"colons":           fill(": "),
		"indented":         many(func(i int) string { return strings.Repeat(" ", i) + "a:\n" }),
		"full-width":       fill("："),
		"carriage returns": fill("\r"),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if _, found := Parse([]byte(src)); !Failed(found) {
				t.Error("nothing is wrong with it")
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			} else if took > 100*time.Millisecond {
				t.Logf("took %v", took)
			}
		})
	}
}
