package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

const findingsFile = "testdata/findings.txt"

// finding is a row of the table: a document that shows a finding, one that comes
// near and does not, and a rule that is live beside either.
type finding struct{ code, document, beside, near, says string }

func readFindings(t *testing.T) (list []finding) {
	t.Helper()
	data, err := os.ReadFile(findingsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(data), "=== ")[1:] {
		var f finding
		f.code, part, _ = strings.Cut(part, "\n")
		part, f.says, _ = strings.Cut(part, "--- says\n")
		part, f.near, _ = strings.Cut(part, "--- near\n")
		f.document, f.beside, _ = strings.Cut(part, "--- beside\n")
		list = append(list, f)
	}
	return list
}

// warnings are what is found in a document, which must have no errors.
func (f *finding) warnings(t *testing.T, document string) (said []string) {
	t.Helper()
	scope := town()
	scope.Defs.Groups["third"] = &engine.GroupDef{Key: "third"}
	if f.beside != "" {
		doc, _ := Parse([]byte(f.beside))
		rule, problems := Compile(doc, 1, scope, engine.NewMetricTable())
		if rule == nil {
			t.Fatalf("the rule beside it: %s", Format("", "en", problems))
		}
		scope.Live = []*engine.Rule{rule}
	}
	_, found := CheckSource([]byte(document), scope)
	for _, p := range found {
		if !p.Warning && p.Code != f.code {
			t.Errorf("an error: %s", Format("", "en", found))
		}
		if p.Code != f.code {
			continue
		}
		if p.Line == 0 || p.Column == 0 || p.Message.En == "" || p.Message.Zh == "" || p.Message.En == p.Message.Zh || p.Hint.En == "" || p.Hint.Zh == "" {
			t.Errorf("it lacks a place, a language or a suggestion: %+v", p)
		}
		line := fmt.Sprintf("%d:%d %s\n  %s\n  %s\n  %s\n", p.Line, p.Column, p.Message.En, p.Hint.En, p.Message.Zh, p.Hint.Zh)
		if p.Fix != (engine.Fix{}) {
			line += fmt.Sprintf("  %d-%d %q\n", p.Fix.From, p.Fix.To, p.Fix.Text)
		}
		said = append(said, line)
	}
	return said
}

// TestEveryFinding holds each thing that may look odd about a rule to its place,
// words in both languages and suggestion, and to silence beside it.
func TestEveryFinding(t *testing.T) {
	var out strings.Builder
	rows := readFindings(t)
	for _, f := range rows {
		got := strings.Join(f.warnings(t, f.document), "")
		beside := ""
		if f.beside != "" {
			beside = "--- beside\n" + f.beside
		}
		out.WriteString("=== " + f.code + "\n" + f.document + beside + "--- near\n" + f.near + "--- says\n" + got)
		t.Run(f.code, func(t *testing.T) {
			if got == "" {
				t.Errorf("it is not found in\n%s", f.document)
			}
			if got != f.says && !*update {
				t.Errorf("got\n%s\nwant\n%s", got, f.says)
			}
			if near := f.warnings(t, f.near); len(near) > 0 {
				t.Errorf("found where it is not:\n%s%s", f.near, near)
			}
		})
	}
	if *update {
		if err := os.WriteFile(findingsFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Each code of a warning that the sources have has a row.
func TestNoFindingIsWithoutARow(t *testing.T) {
	has := map[string]bool{}
	for _, f := range readFindings(t) {
		has[f.code] = true
	}
	codes := map[string]bool{}
	for pattern, find := range map[string]*regexp.Regexp{
		"[a-km-z]*.go":    regexp.MustCompile(`\.warn\([^\n]*?(?:sayf?\(|said\{code: )"([a-z_]+)"`),
		"l*.go":           regexp.MustCompile(`(?:sayf?\(|Code: )"([a-z_]+)"`),
		"expression/*.go": regexp.MustCompile(`"([a-z_]+)":[^\n]*\bwarning: true`),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range find.FindAllStringSubmatch(string(source), -1) {
				codes[m[1]] = true
			}
		}
	}
	if len(codes) < 35 {
		t.Errorf("only %d codes are found in the sources: %v", len(codes), codes)
	}
	for code := range codes {
		if !has[code] {
			t.Errorf("%s has no row in %s", code, findingsFile)
		}
	}
}
