package rules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

const trialDocument = `key: a
kind: reward
title: A
on: vote.received
when: event.props.value >= 1
then: [award_badge: {badge: nice-answer}, grant_points: {amount: 10}]
cases:
  - name: many
    given:
      member: {attrs: {city: Hangzhou, age: 30}, tags: [vip, ace], tier: active, groups: core, badges: nice-answer, points: 7}
      group: {size: 3, capacity: 5, phase: mature, stage: 2}
    events:
      - {type: order.paid, props: {amount: 12, order_id: o1}}
      - {type: vote.received, after: 1d, times: 2, group: core, content: c1, props: {value: 1, kind: answer}}
      - {type: vote.received, member: bob, to: ann, props: {value: 2}}
      - {type: vote.received, at: 2026-03-01 09:00, times: 2, props: {value: 3}}
    after: 2d
    expect: {outcome: true}
`

// TestNewTrial checks what a runner is given: times in the workspace's zone,
// events in order, values of their declared kinds, and the member as given.
func TestNewTrial(t *testing.T) {
	doc, found := CheckSource([]byte(trialDocument), town())
	if Failed(found) {
		t.Fatal(Format("", "en", found))
	}
	book := bookOf(t, doc)
	trial, err := NewTrial(doc, &doc.Cases[0], book, town())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range trial.Events {
		got = append(got, fmt.Sprintf("%s %s %s %s %s|%s", e.At, e.Type, e.Member.Key(), e.To.Key(), e.Group, e.Prop("amount").Key()))
	}
	want := []string{
		"2026-03-01T01:00:00Z vote.received case:member : |u:unknown",
		"2026-03-01T01:00:01Z vote.received case:member : |u:unknown",
		"2026-03-02T02:00:00Z order.paid case:member : |d:12",
		"2026-03-03T02:00:00Z vote.received case:member : core|u:unknown",
		"2026-03-04T02:00:00Z vote.received case:member : core|u:unknown",
		"2026-03-04T02:00:01Z vote.received case:bob case:ann |u:unknown",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if trial.Begin.String() != "2026-03-01T00:00:00Z" || trial.End.String() != "2026-03-06T02:00:01Z" {
		t.Errorf("from %s to %s", trial.Begin, trial.End)
	}
	m := trial.Member
	if m.Attrs["city"].Str != "Hangzhou" || m.Attrs["age"].Num != 30 || fmt.Sprint(m.Tags) != "[ace vip]" || m.Tiers["default"].Tier != "active" ||
		!m.InGroup("core") || m.Badges["nice-answer"] == 0 || m.Accounts["points"].Balance != 7 || m.JoinedAt >= trial.Begin {
		t.Errorf("member %+v", m)
	}
	if g := trial.Group; g == nil || g.Key != "core" || g.Size != 3 || g.Phase != "mature" {
		t.Errorf("group %+v", g)
	}
	if g := trial.Group; g.Stage != 2 || trial.Defs.Groups["core"].Capacity != 5 || town().Defs.Groups["core"].Capacity == 5 {
		t.Errorf("stage %d with %d seats, and the workspace's own %d", g.Stage, trial.Defs.Groups["core"].Capacity, town().Defs.Groups["core"].Capacity)
	}
	if covered := trial.Defs.EventTypes["vote.received"].CoveredFrom; covered == 0 || covered > m.NewestAt {
		t.Errorf("covered from %s, and the member's newest event is at %s", covered, m.NewestAt)
	}
}

func bookOf(t *testing.T, doc *Document) *engine.Rulebook {
	t.Helper()
	book, found := CompileAlone(doc, 1, town())
	if book == nil {
		t.Fatal(Format("", "en", found))
	}
	return book
}

// said answers every trial with the same result.
type answering struct {
	result *Result
	err    error
}

func (a answering) Run(context.Context, *Trial) (*Result, error) { return a.result, a.err }

func TestJudge(t *testing.T) {
	yes := engine.Decision{Outcome: engine.OutcomeTrue, Effects: []engine.Effect{
		{Kind: engine.AwardBadge, Fields: map[string]engine.Value{"badge": engine.StringValue("nice-answer")}},
		{Kind: engine.GrantPoints, Fields: map[string]engine.Value{"amount": engine.IntValue(10)}},
	}}
	done := engine.Decision{Outcome: engine.OutcomeTrue, Reason: engine.AlreadyDone}
	stopped := engine.Decision{Outcome: engine.OutcomeTrue, Effects: []engine.Effect{{Kind: engine.Draw, Reason: engine.NoStock}}}
	denied := engine.Decision{Outcome: engine.OutcomeFalse, Answer: "deny"}
	finding := &engine.Finding{Source: "a >= 3 and b", Op: "and", Outcome: engine.OutcomeFalse, Kids: []*engine.Finding{
		{Source: "a >= 3 and b", From: 0, To: 6, Op: ">=", Outcome: engine.OutcomeFalse, Text: engine.Text{En: "a is 2 of 3", Zh: "a 为 2，需要 3"}},
		{Source: "a >= 3 and b", From: 11, To: 12, Outcome: engine.OutcomeTrue},
	}}
	for _, c := range []struct {
		name, expect string
		result       Result
		want         string // problems in both languages
	}{
		{"as expected", "{outcome: true, effects: [award_badge, grant_points: {amount: 10}], not: [draw]}", Result{Decision: &yes}, ""},
		{"one effect without a list", "{effects: award_badge}", Result{Decision: &yes}, ""},
		{"false", "{outcome: true}", Result{Decision: &engine.Decision{Outcome: engine.OutcomeFalse}, Finding: finding},
			`:9:23: expected outcome true, got false (because a >= 3 is false (a is 2 of 3))
:9:23: 预期结果是 true，实际是 false (因为 a >= 3 为 false (a 为 2，需要 3))
`},
		{"nothing decided is false", "{outcome: false, effects: []}", Result{}, ""},
		{"nothing decided", "{outcome: true}", Result{},
			`:9:23: expected outcome true, got false (the rule decided nothing: the last event does not set it off)
:9:23: 预期结果是 true，实际是 false (规则没有判定：最后的事件不会触发它)
`},
		{"nothing decided, with the reason", "{outcome: true}", Result{Finding: finding},
			`:9:23: expected outcome true, got false (because a >= 3 is false (a is 2 of 3))
:9:23: 预期结果是 true，实际是 false (因为 a >= 3 为 false (a 为 2，需要 3))
`},
		{"other fields", "{effects: [grant_points: {amount: 20}]}", Result{Decision: &yes},
			`:9:24: expected grant_points {amount: 20}, got award_badge {badge: nice-answer}, grant_points {amount: 10}
:9:24: 预期有 grant_points {amount: 20}，实际：award_badge {badge: nice-answer}、grant_points {amount: 10}
`},
		{"twice", "{effects: [award_badge, award_badge]}", Result{Decision: &yes},
			`:9:37: expected award_badge, got award_badge {badge: nice-answer}, grant_points {amount: 10}
:9:37: 预期有 award_badge，实际：award_badge {badge: nice-answer}、grant_points {amount: 10}
`},
		{"done already", "{effects: [award_badge]}", Result{Decision: &done},
			`:9:24: expected award_badge, got none (the decision says: already_done)
:9:24: 预期有 award_badge，实际：无 (判定说明：already_done)
`},
		{"an effect that made nothing did not happen", "{effects: [draw], not: [draw]}", Result{Decision: &stopped},
			`:9:24: expected draw, got draw (no_stock)
:9:24: 预期有 draw，实际：draw (no_stock)
`},
		{"nothing may happen", "{effects: []}", Result{Decision: &yes},
			`:9:23: expected no effects, got award_badge {badge: nice-answer}, grant_points {amount: 10}
:9:23: 预期没有效果，实际：award_badge {badge: nice-answer}、grant_points {amount: 10}
`},
		{"must not happen", "{not: [grant_points: {amount: 10}, grant_points: {amount: 11}]}", Result{Decision: &yes},
			`:9:20: this must not happen, and did: grant_points {amount: 10}
:9:20: 这不应发生，但发生了：grant_points {amount: 10}
`},
		{"an answer is an effect", "{outcome: false, effects: [deny], not: [admit]}", Result{Decision: &denied}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judged(t, c.expect, &c.result)
			if got := Format("", "en", v.Problems) + Format("", "zh", v.Problems); got != c.want || v.OK != (c.want == "") {
				t.Errorf("ok %v, got\n%s\nwant\n%s", v.OK, got, c.want)
			}
			if v.OK != (v.Accept == "") {
				t.Errorf("ok %v, and to accept: %q", v.OK, v.Accept)
			} else if !v.OK && !judged(t, v.Accept, &c.result).OK {
				t.Errorf("accepted as %s it is red", v.Accept)
			}
		})
	}
}

// judged is the verdict on a case that expects so, when that came.
func judged(t *testing.T, expect string, came *Result) Verdict {
	t.Helper()
	doc, _ := Parse([]byte("key: a\nkind: reward\ntitle: A\non: vote.received\nthen: [award_badge: {badge: nice-answer}]\ncases:\n  - name: x\n    events: [{type: vote.received}]\n    expect: " + expect + "\n"))
	if Failed(doc.Problems()) {
		t.Fatal(Format("", "en", doc.Problems()))
	}
	verdicts, err := RunCases(t.Context(), doc, bookOf(t, doc), town(), answering{result: came})
	if err != nil || len(verdicts) != 1 {
		t.Fatal(verdicts, err)
	}
	if came.Meets(&doc.Cases[0].Expect) != verdicts[0].OK {
		t.Errorf("%s: it is met, or not, against the verdict: %+v", expect, verdicts[0])
	}
	return verdicts[0]
}

func TestAcceptingLooksAtWhatTheCaseLooksAt(t *testing.T) {
	came := &Result{Decision: &engine.Decision{Outcome: engine.OutcomeTrue, Effects: []engine.Effect{
		{Kind: engine.GrantPoints, Fields: map[string]engine.Value{"amount": engine.IntValue(10), "account": engine.StringValue("points")}},
		{Kind: engine.Draw, Reason: engine.NoStock},
	}}}
	for expect, want := range map[string]string{
		"{outcome: false}":                             "{outcome: true, effects: [grant_points]}",
		"{effects: [grant_points: {amount: 20}]}":      "{outcome: true, effects: [{grant_points: {amount: 10}}]}",
		"{not: [grant_points: {account: points}]}":     "{outcome: true, effects: [{grant_points: {account: points}}]}",
		"{outcome: true, effects: [award_badge]}":      "{outcome: true, effects: [grant_points]}",
		"{outcome: true, effects: [], not: [reverse]}": "{outcome: true, effects: [grant_points]}",
	} {
		if got := judged(t, expect, came).Accept; got != want {
			t.Errorf("%s is accepted as %s, want %s", expect, got, want)
		}
	}
}

func TestRunCasesPassesErrorsOn(t *testing.T) {
	doc, _ := Parse([]byte(trialDocument))
	cause := errors.New("no store")
	if _, err := RunCases(t.Context(), doc, bookOf(t, doc), town(), answering{err: cause}); !errors.Is(err, cause) || err.Error() != `run case "many": no store` {
		t.Errorf("got %v", err)
	}
}

// TestPromotion checks that a tier rule is false for whoever is there already.
func TestPromotion(t *testing.T) {
	doc, found := Parse([]byte("key: a\nkind: tier\ntitle: A\non: message.sent\nwhen: 'true'\ntier: {to: active}\nthen: [add_tag: {tag: x}]\n"))
	if Failed(found) {
		t.Fatal(Format("", "en", found))
	}
	rule := bookOf(t, doc).Rules[0]
	if len(rule.Then) != 2 || rule.Then[0].Kind != engine.MoveTier || rule.Then[0].Fields[0].Key != "active" || rule.Then[1].Kind != engine.AddTag {
		t.Errorf("effects %+v", rule.Then)
	}
	for tier, want := range map[string]engine.Tri{"": engine.Yes, "onlooker": engine.Yes, "participant": engine.Yes, "active": engine.No, "leader": engine.No} {
		f := &engine.Facts{Defs: town().Defs, Member: &engine.Member{Tiers: map[string]engine.TierState{"default": {Tier: tier}}}, Steps: engine.MaxSteps}
		got, err := rule.When.Eval(f)
		if err != nil || got != want || rule.When.Explain(f).Outcome != want.Outcome() {
			t.Errorf("a member in %q: %v, %v, explained as %s", tier, got, err, rule.When.Explain(f).Outcome)
		}
	}
	nobody := &engine.Facts{Defs: town().Defs, Steps: engine.MaxSteps}
	if got, _ := rule.When.Eval(nobody); got != engine.Maybe || rule.When.Explain(nobody).Outcome != engine.OutcomeUnknown {
		t.Errorf("nobody: %v", got)
	}
}
