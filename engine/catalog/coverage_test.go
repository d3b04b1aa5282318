package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

const lineCount = 201

func TestEveryRequirementIsServed(t *testing.T) {
	lines := Coverage()
	if len(lines) != lineCount {
		t.Fatalf("requirements.md has %d lines, want %d", len(lines), lineCount)
	}
	for i, l := range lines {
		if l.Number != i+1 {
			t.Fatalf("line %d of requirements.md has the number %d", i+1, l.Number)
		}
		if l.Text.En == "" || l.Text.Zh == "" || l.Text.En == l.Text.Zh {
			t.Errorf("line %d is not \"term — need\": %+v", l.Number, l.Text)
		}
	}
	for _, problem := range findGaps(lines) {
		t.Error(problem)
	}
}

// findGaps lists the lines that nothing serves.
func findGaps(lines []Line) []string {
	var out []string
	for _, l := range lines {
		if !l.Served() {
			out = append(out, fmt.Sprintf("line %d (%s) has no event type, no noun and no reason", l.Number, l.Text.En))
		}
	}
	return out
}

func TestGapsAreFound(t *testing.T) {
	lines := readLines("## A. Heading\n1. 词 — **a** need.\n\n2. 另 — other.\n")
	if len(lines) != 2 || lines[0].Text != (engine.Text{En: "a need.", Zh: "词"}) {
		t.Fatalf("read %+v", lines)
	}
	lines[0].Types = []string{"member.joined"}
	if gaps := findGaps(lines); len(gaps) != 1 {
		t.Errorf("one of two lines is served, found gaps %q", gaps)
	}
}

func TestServingNumbersExist(t *testing.T) {
	check := func(of string, list []int) {
		for i, n := range list {
			if n < 1 || n > lineCount {
				t.Errorf("%s serves line %d, there is none", of, n)
			}
			if i > 0 && list[i-1] >= n {
				t.Errorf("%s: the lines %v are not in order", of, list)
			}
		}
	}
	for key, typ := range Types() {
		if len(typ.Requirements) == 0 {
			t.Errorf("%s serves no line", key)
		}
		check(key, typ.Requirements)
	}
	for _, n := range Nouns() {
		if len(n.Requirements) == 0 {
			t.Errorf("noun %s serves no line", n.Key)
		}
		check(n.Key, n.Requirements)
	}
	last := 0
	for _, e := range elsewhere {
		check("a reason", []int{e.line})
		if e.line <= last {
			t.Errorf("the reason of line %d is not in order, or there are two", e.line)
		}
		last = e.line
	}
}

var quoted = regexp.MustCompile("`([^`]*)`")

func TestReasonsNameTypesThatServe(t *testing.T) {
	lines := Coverage()
	for _, e := range elsewhere {
		if e.en == "" || e.zh == "" {
			t.Errorf("the reason of line %d is missing in a language", e.line)
		}
		en, zh := typesIn(e.en), typesIn(e.zh)
		if !slices.Equal(en, zh) {
			t.Errorf("the reason of line %d names %v in English and %v in Chinese", e.line, en, zh)
		}
		for _, key := range en {
			if built[key].Key == "" {
				t.Errorf("the reason of line %d names %s, an unknown type", e.line, key)
			} else if !slices.Contains(lines[e.line-1].Types, key) {
				t.Errorf("the reason of line %d names %s, which does not say that it serves it", e.line, key)
			}
		}
	}
}

func typesIn(s string) []string {
	var out []string
	for _, m := range quoted.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}

func TestNounsAreWhatRulesChange(t *testing.T) {
	seen, changed := map[string]bool{}, map[engine.EffectKind]bool{}
	for _, n := range Nouns() {
		if seen[n.Key] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(n.Key) {
			t.Errorf("noun %q is there twice or misspelt", n.Key)
		}
		seen[n.Key] = true
		if n.Title.En == "" || n.Title.Zh == "" {
			t.Errorf("noun %s has no title in a language", n.Key)
		}
		for _, e := range n.Effects {
			if _, ok := engine.SchemaOf(e); !ok {
				t.Errorf("noun %s is changed by %q, which is no effect", n.Key, e)
			}
			changed[e] = true
		}
	}
	for _, s := range engine.EffectSchemas {
		if !changed[s.Kind] {
			t.Errorf("effect %s changes no noun, so it serves no requirement", s.Kind)
		}
	}
}
