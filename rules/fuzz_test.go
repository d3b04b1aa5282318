package rules

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// endless is longer than checking anything takes, on the busiest machine.
const endless = 5 * time.Second

// FuzzCheck checks rules whose expressions are anything, beside other live
// rules: every problem has its place and words, and every edit that is offered
// leaves a document that can be read and lacks that problem.
func FuzzCheck(f *testing.F) {
	const n = `events("message.sent", "30d").count()`
	for _, seed := range [][3]string{
		{n + " >= 8", n + " >= 10", "10"}, {"member.points > 5 and member.points < 3", "true", "member.points / event.props.length"},
		{"(member.points > 3) and (member.points > 5)", "member.tier == \"activ\"", "member.pionts"}, {`member.tags contains "x"`, "", "1 / 0"},
		{`any(member.tags, # == "a" or # != "a")`, n + " in [1, 2]", "-5"}, {"known(event.props.x) ? 1 > 2 : member.left", "member.points > 1 or", "min(event.props.length, 3)"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	scope := town()
	for _, file := range []string{"praise/praise-liked.yaml", "six-tiers/to-active.yaml", "checkin-streak/checkin-daily.yaml"} {
		data, err := packs.FS.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		doc, _ := Parse(data)
		if rule, _ := Compile(doc, 1, Scope{Defs: scope.Defs}, engine.NewMetricTable()); rule != nil {
			scope.Live = append(scope.Live, rule)
		}
	}
	f.Fuzz(func(t *testing.T, when, hold, amount string) {
		quoted := func(s string) string {
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		lines := []string{"key: a", "kind: tier", "title: 好", "on: message.sent", "when: '" + strings.ReplaceAll(when, "'", "''") + "'", "tier: {to: active, hold: " + quoted(hold) + "}",
			"then:", "  - grant_points: {amount: " + quoted(amount) + "}", "  - send: {channel: mail, text: " + quoted("{{ "+amount+" }}") + "}", ""}
		checkAnything(t, strings.Join(lines, "\n"), scope)
		checkAnything(t, fmt.Sprintf(`{"key": "a", "kind": "reward", "title": "x", "on": "message.sent", "when": %s, "once": %s, "then": [{"grant_points": {"amount": %s}}]}`,
			quoted(when), quoted(hold), quoted(amount)), scope)
	})
}

func checkAnything(t *testing.T, src string, scope Scope) {
	t.Helper()
	start := time.Now()
	_, found := CheckSource([]byte(src), scope)
	if took := time.Since(start); took > endless {
		t.Fatalf("took %v", took)
	}
	runes := []rune(src)
	_, unread := Parse([]byte(src))
	for _, p := range found {
		if p.Line < 1 || p.Column < 1 || p.Message.En == "" || p.Message.Zh == "" || p.Code == "" {
			t.Fatalf("a problem without place or words: %+v", p)
		}
		if p.Fix.To == 0 {
			continue
		}
		if p.Fix.From < 0 || p.Fix.From > p.Fix.To || p.Fix.To > len(runes) {
			t.Fatalf("an edit out of place: %+v", p)
		}
		edited := string(runes[:p.Fix.From]) + p.Fix.Text + string(runes[p.Fix.To:])
		doc, broken := Parse([]byte(edited))
		if doc.Key == "" || Failed(broken) && !Failed(unread) {
			t.Fatalf("%s\n%+v\nleaves\n%s\n%s", src, p, edited, Format("", "en", broken))
		}
	}
}

// FuzzCases reads documents with cases and plays them on the machine, a few
// events each: whatever is written, there is a verdict or an error.
func FuzzCases(f *testing.F) {
	for _, file := range []string{"entry/entry-task.yaml", "half-month-review/half-month-review.yaml", "six-tiers/to-active.yaml", "checkin-streak/checkin-streak-7.yaml", "greetings/mid-autumn.yaml", "silent-care/care-task.yaml"} {
		data, err := packs.FS.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("key: a\nkind: reward\ntitle: 好\non: message.sent\nwhen: member.points > 5\nthen: [add_tag: {tag: x}]\ncases:\n  - given: {member: {points: {default: 6}, tags: [y], tier: active, groups: core}}\n    events: [{type: message.sent, times: 2, after: 1d, to: b, group: core, props: {length: 3}}]\n    after: 3d\n    expect: {outcome: true, effects: [add_tag: {tag: x}], not: [send]}\n"))
	scope := town()
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, found := CheckSource(src, scope)
		if Failed(found) || !bearable(doc) {
			return
		}
		book, found := CompileAlone(doc, 1, scope)
		if book == nil {
			t.Fatalf("checked without errors and does not compile: %s", Format("", "en", found))
		}
		verdicts, err := RunCases(t.Context(), doc, book, scope, player{&Pack{}, doc})
		if err == nil && len(verdicts) != len(doc.Cases) {
			t.Fatalf("%d verdicts of %d cases", len(verdicts), len(doc.Cases))
		}
		for _, v := range verdicts {
			if !v.OK && len(v.Problems) == 0 {
				t.Fatalf("case %q fails and nobody says why", v.Case)
			}
		}
	})
}

// bearable keeps a case to what can be played many times a second.
func bearable(doc *Document) bool {
	events, passes := 0, time.Duration(0)
	for _, c := range doc.Cases {
		passes += c.After
		for _, e := range c.Events {
			events += e.Times
			passes += e.After * time.Duration(e.Times)
			if e.At != "" {
				return false
			}
		}
	}
	return len(doc.Cases) <= 3 && events <= 50 && passes >= 0 && passes <= 60*24*time.Hour && doc.Every == ""
}
