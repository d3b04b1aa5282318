package cli

import (
	"fmt"
	"strings"
	"testing"
)

// TestRulesPublish puts drafts in force on a server: at once, and by a job where
// the windows are built from a long log.
func TestRulesPublish(t *testing.T) {
	s := at(t)
	s.env = append(s.env, "BYLAW_PUBLISH_PATIENCE=0s")
	s, stop := serving(t, s)
	defer stop()
	var lines strings.Builder
	for i := range 2400 {
		fmt.Fprintf(&lines, `{"id":"e%d","type":"message.sent","member":{"channel":"c","external_id":"m%d"},"at":"2026-01-01T00:00:00Z"}`+"\n", i, i%3)
	}
	s.in = lines.String()
	s.must(t, "event", "send", "--mode", "history")
	document := func(when string) string {
		return write(t, t.TempDir(), "talked.yaml", "key: talked\nkind: reward\ntitle: {en: Talked, zh: 发过言}\non: message.sent\nwhen: |\n  "+when+"\nthen:\n  - grant_points: {amount: 10}\n")
	}
	s.must(t, "rules", "apply", "--draft", document("event.group == \"hall\""))
	if out := s.must(t, "rules", "publish", "talked", "--percent", "50"); strings.TrimSpace(out) != "talked: version 1 is live" {
		t.Errorf("at once: %q", out)
	}
	s.must(t, "rules", "apply", "--draft", document("events(\"message.sent\", \"all\").count() >= 3"))
	byJob := s.run(t, "rules", "publish", "talked", "--shadow")
	if byJob.code != exitOK || strings.TrimSpace(byJob.out) != "talked: version 2 is shadow" || !strings.Contains(byJob.err, "its windows are built first (job ") {
		t.Errorf("by a job: %+v", byJob)
	}
	if r := s.run(t, "rules", "publish", "nothing"); r.code == exitOK || !strings.Contains(r.err, "nothing") {
		t.Errorf("a rule that is not there: %+v", r)
	}
	s.env = append(s.env, "LANG=zh_CN.UTF-8")
	if out := s.must(t, "rules", "publish", "talked", "--drop-pending"); strings.TrimSpace(out) != "talked：第 2 版状态为 live" {
		t.Errorf("in Chinese: %q", out)
	}
}
