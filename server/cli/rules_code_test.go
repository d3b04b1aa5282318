package cli

import (
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// filesOf reads all files of a folder.
func filesOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(b)
	}
	return out
}

// odd are documents whose bytes editors and parsers like to change.
var odd = map[string]string{
	"crlf":     "key: crlf\r\nkind: reward\r\ntitle: {en: Lines, zh: 行}\r\non: message.sent\r\nthen:\r\n  - grant_points: {amount: 5}\r\n",
	"comments": "# before\nkey: comments   # a key\nkind: reward\n\n\ntitle: {zh: '注释', en: \"Comments\"}   \non: message.sent\t# a tab\nthen:\n    - grant_points: {amount: 5}   \n# after\n\n\n",
	"chinese":  "key: chinese\nkind: campaign\ntitle: {zh: 中文《规则》—“引号”, en: Chinese}\non: message.sent\nthen:\n  - create_task: {text: '请联系 {{ member.id }}：谢谢！🎉'}\n",
	"bare":     "key: bare\nkind: reward\ntitle: {en: Bare}\non: message.sent\nthen:\n  - grant_points: {amount: 5}",
	"bom":      "\ufeffkey: bom\nkind: reward\ntitle: {en: Mark}\non: message.sent\nthen:\n  - grant_points: {amount: 5}\n",
	"json":     "{ \"key\" : \"json\",\n\t\"kind\":\"reward\", \"title\":{\"en\":\"J\\u0041 <&>\"}, \"on\":\"message.sent\",\n \"then\":[{\"grant_points\":{\"amount\":5}}] }  \n\n",
}

// A workspace kept as files comes back byte for byte: every pack, and texts that
// are easily changed.
func TestAWorkspaceKeptAsFilesComesBackByteForByte(t *testing.T) {
	s, loose := at(t), t.TempDir()
	for name, text := range odd {
		write(t, loose, name+".yaml", text)
	}
	s.must(t, "rules", "apply", "rules/packs", loose)
	write(t, loose, "bare.yaml", odd["bare"]+"   # a draft")
	s.must(t, "rules", "apply", "--draft", filepath.Join(loose, "bare.yaml"))
	write(t, loose, "wip.yaml", "key: wip\nkind: campaign\ntitle: {en: Not yet, zh: 草稿}\non: message.sent\nthen:\n  - create_task: {text: x}\n")
	s.must(t, "rules", "apply", "--draft", filepath.Join(loose, "wip.yaml"))
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	s.must(t, "rules", "export", first)
	files := filesOf(t, first)
	for name, text := range odd {
		file := name + ".yaml"
		if name == "json" {
			file = "json.json"
		}
		if files[file] != text {
			t.Errorf("%s: %q became %q", name, text, files[file])
		}
	}
	if files["bare.draft.yaml"] == "" || files["wip.draft.yaml"] == "" || files["wip.yaml"] != "" {
		t.Errorf("the drafts are not there: %v", slices.Sorted(maps.Keys(files)))
	}
	if r := s.run(t, "rules", "apply", "--dry-run", "--prune", "--overwrite", first); r.code != exitOK || strings.Contains(r.out, "create") || strings.Contains(r.out, "delete") {
		t.Errorf("the workspace differs from its own export: %+v", r)
	}
	other := at(t)
	dry := other.run(t, "rules", "apply", "--dry-run", first)
	if out := other.must(t, "rules", "apply", first); out != dry.out || dry.code != exitChanges {
		t.Errorf("it did\n%s\nand said before (exit %d)\n%s", out, dry.code, dry.out)
	}
	other.must(t, "rules", "export", second)
	again := filesOf(t, second)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if again[name] != files[name] {
			t.Errorf("%s differs after another apply:\n%s\n%s", name, files[name], again[name])
		}
	}
	if len(again) != len(files) {
		t.Errorf("%d files became %d", len(files), len(again))
	}
	if r := other.run(t, "rules", "apply", "--dry-run", first); r.code != exitOK {
		t.Errorf("again: %+v", r)
	}
}

// The plan is exact, prune deletes what no file has, and a provided rule is
// changed by its files alone.
func TestRulesProvidedFromFiles(t *testing.T) {
	s, folder := at(t), t.TempDir()
	mine := t.TempDir()
	write(t, folder, "hello.yaml", goodRule)
	write(t, folder, "bye.yaml", strings.Replace(goodRule, "hello", "bye", 1))
	write(t, mine, "own.yaml", strings.Replace(goodRule, "hello", "own", 1))
	s.must(t, "rules", "apply", mine)
	s.must(t, "rules", "apply", "--provision", "git-main", folder)
	if r := s.run(t, "rules", "apply", "--provision", "git-main", "--dry-run", folder); r.code != exitOK {
		t.Errorf("nothing to do, and: %+v", r)
	}
	write(t, folder, "hello.yaml", strings.Replace(strings.Replace(goodRule, "amount: 5", "amount: 7", 2), "amount: 5", "amount: 7", 1))
	if r := s.run(t, "rules", "apply", folder); r.code != exitProblems || !strings.Contains(r.err, "git-main") || !strings.Contains(r.err, "--provision") {
		t.Errorf("somebody else changed a provided rule: %+v", r)
	}
	if err := os.Remove(filepath.Join(folder, "bye.yaml")); err != nil {
		t.Fatal(err)
	}
	want := "rule  hello  change\nrule  bye    delete\n"
	dry := s.run(t, "rules", "apply", "--provision", "git-main", "--prune", "--dry-run", folder)
	if plan := strings.Join(strings.Fields(dry.out), " "); dry.code != exitChanges || plan != strings.Join(strings.Fields(want), " ") {
		t.Errorf("the plan: %+v", dry)
	}
	if out := s.must(t, "rules", "apply", "--provision", "git-main", "--prune", folder); out != dry.out {
		t.Errorf("it did\n%s\nand said\n%s", out, dry.out)
	}
	if r := s.run(t, "rules", "diff", "--workspace", "default", "hello", "--from", "1", "--to", "live"); r.code != exitChanges || !strings.Contains(r.out, "/then/0/grant_points/amount: changed: 5 -> 7") {
		t.Errorf("diff of versions: %+v", r)
	}
	if out := s.must(t, "rules", "release", "--origin", "git-main"); out != "hello\n" {
		t.Errorf("released %q", out)
	}
	write(t, folder, "hello.yaml", goodRule)
	s.must(t, "rules", "apply", folder)
}

func TestApplyWritesNothingWhileACaseIsRed(t *testing.T) {
	s, folder := at(t), t.TempDir()
	write(t, folder, "a.yaml", goodRule)
	write(t, folder, "b.yaml", strings.Replace(strings.Replace(goodRule, "hello", "red", 1), "effects: []", "effects: [award_badge]", 1))
	if r := s.run(t, "rules", "apply", folder); r.code != exitProblems || !strings.Contains(r.err, "b.yaml:14:") || !strings.Contains(r.err, "nothing was written") {
		t.Fatalf("%+v", r)
	}
	if r := s.run(t, "rules", "apply", "--dry-run", filepath.Join(folder, "a.yaml")); !strings.Contains(r.out, "create") {
		t.Errorf("something was written: %+v", r)
	}
}

func TestDiffOfFiles(t *testing.T) {
	folder := t.TempDir()
	a := write(t, folder, "a.yaml", goodRule)
	b := write(t, folder, "b.yaml", strings.Replace(goodRule, "once: member\n", "when: 'member.tier == \"active\"'\nonce: member\nlimits: {cooldown: 1h}\n", 1))
	s := shell{}
	if r := s.run(t, "rules", "diff", a, a); r.code != exitOK || r.out != "" {
		t.Errorf("%+v", r)
	}
	r := s.run(t, "rules", "diff", a, b)
	for _, want := range []string{"--- " + a, "+limits: {cooldown: 1h}", `when: added: member.tier == "active"`, "/limits/cooldown: added:  -> 1h"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is missing: %+v", want, r)
		}
	}
	if r.code != exitChanges {
		t.Errorf("exit %d", r.code)
	}
	w := at(t)
	w.must(t, "rules", "apply", a)
	if r := w.run(t, "rules", "diff", "--workspace", "default", b); r.code != exitChanges || !strings.Contains(r.out, "--- live") {
		t.Errorf("with live: %+v", r)
	}
}

// What CI tools read counts the cases and says where one fails.
func TestJUnit(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.yaml", goodRule)
	write(t, folder, "b.yaml", strings.Replace(strings.Replace(goodRule, "hello", "red", 1), "effects: []", "effects: [award_badge]", 1))
	file := filepath.Join(t.TempDir(), "junit.xml")
	if r := (shell{}).run(t, "rules", "test", "--junit", file, folder); r.code != exitProblems {
		t.Fatalf("%+v", r)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 4 || got.Failures != 1 || len(got.Suites) != 2 || got.Suites[1].Failures != 1 {
		t.Fatalf("%s", raw)
	}
	f := got.Suites[1].Cases[1].Failure
	if f == nil || !strings.Contains(f.Text, "b.yaml:14:") || !strings.Contains(f.Message, "expected award_badge") {
		t.Errorf("%+v", f)
	}
}
