package sqllint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStoreSpeaksPortableSQL(t *testing.T) {
	found, err := collect("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range lint(found) {
		t.Error(problem)
	}
	t.Logf("%d statements and %d other strings looked at", len(found.statements), len(found.fragments))
}

// lint lists every problem as `place: rule: what: why`.
func lint(found *collection) []string {
	var problems []string
	add := func(at text, broken []string) {
		for _, b := range broken {
			problems = append(problems, fmt.Sprintf("%s: %s", at.place, b))
		}
	}
	for _, statement := range found.statements {
		add(statement, lintStatement(statement.value))
	}
	for _, fragment := range found.fragments {
		add(fragment, matching(inFragments, fragment.value))
	}
	for _, call := range found.calls {
		add(call, matching(inCalls, call.value))
	}
	return problems
}

// lintStatement names the words first: a forbidden one may be all that keeps TiDB from parsing it.
func lintStatement(sql string) []string {
	broken := findForbidden(sql)
	if len(broken) > 0 {
		return broken
	}
	statements, err := parse(sql)
	if err != nil {
		return []string{"parse: " + err.Error()}
	}
	leave := allowances(sql)
	for _, statement := range statements {
		for _, wrong := range findShape(statement) {
			if name, _, _ := strings.Cut(wrong, ":"); !leave[name] {
				broken = append(broken, wrong)
			}
		}
	}
	return broken
}

// A case in testdata is a statement and the rule it breaks, or "fine": the lint must be able to fail, and to let pass.
func TestLintFindsWhatItShould(t *testing.T) {
	content, err := os.ReadFile("testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	unproven := map[string]bool{}
	for _, r := range forbidden {
		unproven[r.name] = true
	}
	for entry := range strings.SplitSeq(strings.TrimSpace(string(content)), "\n\n") {
		want, sql, _ := strings.Cut(entry, "\n")
		want = strings.TrimPrefix(want, "# ")
		delete(unproven, want)
		got := strings.Join(lintStatement(strings.ReplaceAll(sql, "{hole}", hole)), "; ")
		if want == "fine" && got != "" {
			t.Errorf("%s\nis fine, but the lint says: %s", sql, got)
		}
		if want != "fine" && !strings.HasPrefix(got, want+":") {
			t.Errorf("%s\nbreaks %q, but the lint says: %q", sql, want, got)
		}
	}
	for name := range unproven {
		t.Errorf("no case in testdata breaks the rule %q", name)
	}
}

// testdata/store is a small store with one fault on each line that says so in a comment.
func TestLintFindsFaultsInSources(t *testing.T) {
	found, err := collect("testdata/store")
	if err != nil {
		t.Fatal(err)
	}
	problems := strings.Join(lint(found), "\n")
	want := 0
	for _, name := range []string{"store.go", "migrations/mysql/0001_start.sql"} {
		path := filepath.Join("testdata/store", name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			_, rule, marked := strings.Cut(line, "fault: ")
			if !marked {
				continue
			}
			want++
			place := fmt.Sprintf("%s:%d:", path, i+1)
			if strings.HasSuffix(name, ".sql") {
				place = path + ":"
			}
			if !hasProblem(problems, place, rule) {
				t.Errorf("%s %s is not found in:\n%s", place, rule, problems)
			}
		}
	}
	if got := len(strings.Split(problems, "\n")); got != want {
		t.Errorf("%d problems for %d faults:\n%s", got, want, problems)
	}
}

func hasProblem(problems, place, rule string) bool {
	for line := range strings.SplitSeq(problems, "\n") {
		if strings.HasPrefix(line, place) && strings.Contains(line, " "+rule+":") {
			return true
		}
	}
	return false
}
