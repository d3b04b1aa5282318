package cli

import (
	"fmt"
	"strings"
	"testing"
)

// TestWhy asks a running server from the command line: as a tree in words, in
// Chinese, as JSON, and about who nearly matched.
func TestWhy(t *testing.T) {
	s, stop := serving(t, at(t))
	defer stop()
	file := write(t, t.TempDir(), "chatty.yaml", `key: chatty
kind: reward
title: {en: Chatty, zh: 健谈}
on: message.sent
when: |
  events("message.sent", "all").count() >= 3
    and not member.left
then:
  - grant_points: {amount: 10}
`)
	s.must(t, "rules", "apply", "--workspace", "default", file)
	var lines strings.Builder
	for i := range 8 {
		fmt.Fprintf(&lines, `{"id":"e%d","type":"message.sent","member":{"channel":"c","external_id":"m%d"}}`+"\n", i, i%3)
	}
	s.in = lines.String()
	s.must(t, "event", "send")

	out := s.must(t, "why", "c:m0", "--rule", "chatty", "--event", "e3")
	for _, want := range []string{
		"event e3 (message.sent,", `rule chatty "Chatty", version 1, decided again`, "[ ] no  not matched: ",
		"[ ] no  all of: 1 of 2 conditions met", `├─ [ ] no  `, " 2 of 3 times so far, 1 to go   [events(\"message.sent\", \"all\").count() >= 3 6:3]",
		"└─ [x] yes has not left the community, as needed", "what to do: see which and how far away it is",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	out = s.must(t, "why", "c:m0", "--rule", "chatty", "--event", "e6")
	if !strings.Contains(out, "stored at ") || !strings.Contains(out, "grant_points") || !strings.Contains(out, ": done") {
		t.Errorf("a stored decision:\n%s", out)
	}
	if out = s.must(t, "why", "c:m1", "--json", "--rule", "chatty"); decode[whyAnswer](t, out).Rules[0].Rule != "chatty" {
		t.Error(out)
	}
	if out = s.must(t, "why", "c:m1"); !strings.Contains(out, "[x] yes chatty: matched") && !strings.Contains(out, "[ ] no  chatty: not matched") {
		t.Errorf("one line a rule:\n%s", out)
	}
	out = s.must(t, "rules", "near", "chatty")
	if !strings.Contains(out, "3 members looked at, 2 match") || !strings.Contains(out, "2 of 3 times so far, 1 to go") {
		t.Errorf("near misses:\n%s", out)
	}
	if all := s.must(t, "rules", "near", "chatty", "--all"); all != out {
		t.Errorf("of all, as a job:\n%s", all)
	}
	if one := s.must(t, "rules", "near", "chatty", "--all", "--where", `member.points > 5`, "--json"); decode[nearAnswer](t, one).Looked != 2 {
		t.Errorf("of some, as a job:\n%s", one)
	}
	if r := s.run(t, "rules", "near", "chatty", "--all", "--cursor", "x"); r.code != exitUsage {
		t.Errorf("%+v", r)
	}
	s.env = append(s.env, "LANG=zh_CN.UTF-8")
	out = s.must(t, "why", "c:m0", "--rule", "chatty", "--event", "e3")
	if !strings.Contains(out, "[ ] 否 全部：2 项条件满足 1 项") || !strings.Contains(out, "怎么办：") {
		t.Errorf("in Chinese:\n%s", out)
	}
	if r := s.run(t, "why", "c:nobody", "--rule", "chatty"); r.code != exitProblems {
		t.Errorf("%+v", r)
	}
}
