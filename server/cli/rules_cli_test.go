package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodRule = `key: hello
kind: reward
title: {en: Hello, zh: 你好}
on: message.sent
once: member
then:
  - grant_points: {amount: 5}
cases:
  - name: the first message
    events: [{type: message.sent}]
    expect: {outcome: true, effects: [grant_points: {amount: 5}]}
  - name: the second gives nothing
    events: [{type: message.sent, times: 2}]
    expect: {effects: []}
`

func TestRulesCheckFindsEveryProblem(t *testing.T) {
	folder := t.TempDir()
	good := write(t, folder, "good.yaml", goodRule)
	bad := write(t, folder, "bad.yaml", strings.Replace(strings.Replace(goodRule, "message.sent\n", "message.sent\nwhen: member.teir == \"active\"\n", 1), "amount: 5}\ncases", "amuont: 5}\ncases", 1))
	s := shell{}
	if r := s.run(t, "rules", "check", good); r.code != exitOK || r.out != "" {
		t.Errorf("a good rule: %+v", r)
	}
	r := s.run(t, "rules", "check", folder)
	if r.code != exitProblems || !strings.Contains(r.out, bad+":5:") || !strings.Contains(r.out, "teir") || !strings.Contains(r.out, "amuont") || !strings.Contains(r.err, "1 of 2 files") {
		t.Errorf("%+v", r)
	}
	type file struct {
		File, Rule string
		Problems   []struct {
			Line    int
			Message struct{ En, Zh string }
		}
	}
	all := decode[[]file](t, s.run(t, "rules", "check", "--json", folder).out)
	if len(all) != 2 || all[0].File != bad || len(all[0].Problems) < 2 || all[0].Problems[0].Message.Zh == "" || len(all[1].Problems) != 0 {
		t.Errorf("%+v", all)
	}
	s.in = goodRule
	s.must(t, "rules", "check", "-")
	s.env = []string{"LANG=zh_CN"}
	if r := s.run(t, "rules", "check", bad); !strings.Contains(r.out, "是不是") && !strings.Contains(r.out, "没有") {
		t.Errorf("in Chinese: %+v", r)
	}
}

func TestRulesTestShowsEachCase(t *testing.T) {
	folder := t.TempDir()
	good := write(t, folder, "good.yaml", goodRule)
	out := shell{}.must(t, "rules", "test", good)
	if !strings.Contains(out, "ok   "+good+": the first message\n") || !strings.Contains(out, "the second gives nothing") {
		t.Error(out)
	}
	write(t, folder, "wrong.yaml", strings.Replace(strings.Replace(goodRule, "hello", "wrong", 1), "effects: [grant_points: {amount: 5}]}", "effects: [grant_points: {amount: 6}]}", 1))
	r := shell{}.run(t, "rules", "test", folder)
	if r.code != exitProblems || !strings.Contains(r.out, "FAIL "+filepath.Join(folder, "wrong.yaml")+": the first message") || !strings.Contains(r.out, "grant_points {amount: 6}") || !strings.Contains(r.err, "4 cases, 1 failed") {
		t.Errorf("%+v", r)
	}
	type verdict struct {
		Rule, Case string
		OK         bool
	}
	if all := decode[[]verdict](t, shell{}.run(t, "rules", "test", "--json", folder).out); len(all) != 4 || !all[0].OK || all[2].OK {
		t.Errorf("%+v", all)
	}
}

func TestBundledPacksAreFoundByName(t *testing.T) {
	s := shell{}
	if r := s.run(t, "rules", "check", "rules/packs"); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "rules", "test", "rules/packs/stackexchange-badges"); r.code != exitOK || !strings.Contains(r.out, "nice-answer.yaml") {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "rules", "check", "rules/packs/stackexchange-badges/nice-answer.yaml"); r.code != exitOK || !strings.Contains(r.err, "1 files") {
		t.Errorf("one file of a bundled pack: %+v", r)
	}
}

func TestApplyAndExportAreEachOthersInverse(t *testing.T) {
	s := at(t)
	dry := s.run(t, "rules", "apply", "--dry-run", "rules/packs/checkin-streak")
	if dry.code != exitChanges || !strings.Contains(dry.err, "nothing was written") || !strings.Contains(dry.out, "create") {
		t.Fatalf("%+v", dry)
	}
	if out := s.must(t, "rules", "apply", "rules/packs/checkin-streak"); out != dry.out {
		t.Errorf("it did\n%s\nand said before\n%s", out, dry.out)
	}
	if out := s.must(t, "rules", "apply", "rules/packs/checkin-streak"); strings.Contains(out, "create") || strings.Contains(strings.ReplaceAll(out, "unchanged", ""), "change") {
		t.Errorf("again:\n%s", out)
	}
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	files := s.must(t, "rules", "export", first)
	if !strings.Contains(files, filepath.Join(first, "checkin-daily.yaml")) || !strings.Contains(files, filepath.Join(first, "pack.yaml")) {
		t.Fatal(files)
	}
	s.must(t, "rules", "check", first)
	if r := s.run(t, "rules", "export", first); r.code != exitUsage || !strings.Contains(r.err, "--force") {
		t.Errorf("over files that are there: %+v", r)
	}
	other := at(t)
	other.must(t, "rules", "apply", first)
	other.must(t, "rules", "export", second)
	for _, path := range strings.Fields(files) {
		name := filepath.Base(path)
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s differs after another apply (%v, %v):\n%s\n%s", name, errA, errB, a, b)
		}
	}
}

func TestApplyWritesNothingWhenOneRuleIsWrong(t *testing.T) {
	s := at(t)
	folder := t.TempDir()
	write(t, folder, "a.yaml", goodRule)
	write(t, folder, "b.yaml", strings.Replace(goodRule, "amount: 5}\ncases", "amuont: 5}\ncases", 1))
	if r := s.run(t, "rules", "apply", folder); r.code != exitProblems || !strings.Contains(r.err, "amuont") {
		t.Fatalf("%+v", r)
	}
	out := filepath.Join(t.TempDir(), "x")
	if files := s.must(t, "rules", "export", out); strings.Contains(files, "hello.yaml") {
		t.Errorf("something was written: %s", files)
	}
}

func TestApplyKeepsWhatTheWorkspaceHas(t *testing.T) {
	s := at(t)
	folder := t.TempDir()
	pack := "key: p\ntitle: {en: P, zh: 包}\nrequires:\n  groups:\n    - {key: main, title: {en: Main, zh: 主群}, capacity: 100}\nrules: []\n"
	write(t, folder, "pack.yaml", pack)
	s.must(t, "rules", "apply", folder)
	write(t, folder, "pack.yaml", strings.Replace(pack, "100", "200", 1))
	if r := s.run(t, "rules", "apply", folder); r.code != exitOK || !strings.Contains(r.out, "keep") || !strings.Contains(r.err, "--overwrite") {
		t.Errorf("%+v", r)
	}
	if out := s.must(t, "rules", "apply", "--overwrite", folder); !strings.Contains(out, "change") {
		t.Error(out)
	}
	if out := s.must(t, "rules", "apply", folder); !strings.Contains(out, "unchanged") {
		t.Error(out)
	}
}

func TestVerifyOfAnEmptyWorkspace(t *testing.T) {
	if out := at(t).must(t, "verify"); !strings.Contains(out, "replayed 0 events") {
		t.Error(out)
	}
}

// The rule that README.md teaches with is fine and does what it says.
func TestTheRuleOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "cat > third-message.yaml <<'EOF'\n")
	rule, _, ends := strings.Cut(rest, "\nEOF\n")
	if !found || !ends {
		t.Fatal("README.md has no third-message.yaml")
	}
	folder := t.TempDir()
	write(t, folder, "pack.yaml", "key: readme\ntitle: {en: Readme, zh: 说明}\nrequires:\n  channels:\n    - {key: log, plugin: logfile}\nrules: [third-message.yaml]\n")
	write(t, folder, "third-message.yaml", rule+"\n")
	if r := (shell{}).run(t, "rules", "test", folder); r.code != exitOK || !strings.Contains(r.err, "2 cases, 0 failed") || !strings.Contains(string(text), "2 cases, 0 failed") {
		t.Errorf("%+v", r)
	}
}

// Against a workspace, check looks at its members and at its live rules.
func TestCheckAgainstAWorkspace(t *testing.T) {
	s := at(t)
	s.must(t, "rules", "apply", "rules/packs/checkin-streak")
	file := filepath.Join(t.TempDir(), "again.yaml")
	rule := "key: again\nkind: reward\ntitle: Again\non: checkin.done\nwhen: member.points > 5\nonce: member\nthen: [grant_points: {amount: 5}, award_badge: {badge: thirty-days}]\ncases: []\n"
	if err := os.WriteFile(file, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	r := s.run(t, "rules", "check", "--workspace", "default", "--notes", file)
	if r.code != exitOK || !strings.Contains(r.out, "checkin-streak-30\" awards the badge") || !strings.Contains(r.out, "so at most 5 points per member") {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "rules", "check", file); r.code == exitOK || strings.Contains(r.out, "awards the badge") {
		t.Errorf("without a workspace: %+v", r) // the badge is not known
	}
}
