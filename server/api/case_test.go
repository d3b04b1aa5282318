package api

import (
	"fmt"
	"strings"
	"testing"
)

// newest is the position of a rule's newest decision, about a member where one
// is named.
func (c *clocked) newest(rule, member string) int64 {
	c.t.Helper()
	path := "/api/v1/rules/" + rule + "/decisions?limit=1"
	if member != "" {
		path = "/api/v1/members/app:" + member + "/decisions?limit=1&rule=" + rule
	}
	position, ok := c.as("viewer", "GET", path, "").want(200).get("items", 0, "position").(float64)
	if !ok {
		c.t.Fatalf("%s decided nothing", rule)
	}
	return int64(position)
}

// tells turns a decision into a case, which is green, and answers its text.
func (c *clocked) tells(rule, ask string) string {
	c.t.Helper()
	a := c.as("operator", "POST", "/api/v1/rules/"+rule+"/cases", ask).want(200)
	document, _ := a.get("document").(string)
	cases, _ := a.get("cases").([]any)
	if len(cases) == 0 {
		c.t.Fatalf("no case: %s", a.Body)
	}
	a.is(true, "cases", len(cases)-1, "ok")
	return document[strings.LastIndex(document, "- name:"):]
}

// contains holds a case to what must and must not stand in it.
func (c *clocked) contains(text string, wants ...string) {
	c.t.Helper()
	for _, want := range wants {
		no := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == no {
			c.t.Errorf("%q is not as wanted in\n%s", want, text)
		}
	}
}

func atPosition(position int64, more string) string {
	return fmt.Sprintf(`{"position":%d%s}`, position, more)
}

// TestCaseOfImportedHistory: what was imported is counted and decided nothing.
func TestCaseOfImportedHistory(t *testing.T) {
	c := withClock(t)
	c.goesLive("third", `key: third
kind: reward
title: {en: Third, zh: 第三次}
on: checkin.done
when: 'events("checkin.done", "all").count() >= 3'
once: member
then: [{grant_points: {amount: 10}}]
cases:
  - {name: mine, events: [{type: checkin.done, props: {mood: good}}], expect: {outcome: false}}
`)
	for i := range 5 {
		c.as("operator", "POST", "/api/v1/events?mode=history", fmt.Sprintf(`{"events":[{"id":"h%d","type":"checkin.done","at":%q,"member":{"channel":"app","external_id":"ada"},"props":{"mood":"bad"}}]}`,
			i, c.now.String())).want(200)
	}
	c.does("ada", "checkin.done", "")
	c.contains(c.tells("third", atPosition(c.newest("third", ""), "")), "history: true", "times: 2", "grant_points: {amount: 10}", "outcome: true", "!mood")
	c.does("ada", "checkin.done", "") // the points are for the one before, which the case tells too
	c.contains(c.tells("third", atPosition(c.newest("third", ""), "")), "outcome: true, effects: []")
}

// TestCaseOfADecisionThatWaited: the event that began it, and the time that passed.
func TestCaseOfADecisionThatWaited(t *testing.T) {
	c := withClock(t)
	c.goesLive("later", `key: later
kind: reward
title: {en: Later, zh: 稍后}
on: invite.joined
when: 'events("invite.left", "all").count() == 0'
after: 3d
then: [{grant_points: {amount: 10}}]
limits: {per_member: {times: 5, per: month}}
`)
	begun := c.does("ada", "invite.joined", `,"content":"somewhere"`)
	c.until("2026-03-20 12:00")
	text := c.tells("later", atPosition(c.newest("later", ""), ""))
	c.contains(text, `name: "invite.joined at`, "type: invite.joined", "after: 3d", "grant_points: {amount: 10}", "!bylaw.timer", "!somewhere")
	position, _ := begun.get("results", 0, "position").(float64)
	p := c.as("operator", "POST", "/api/v1/rules/later/cases", atPosition(int64(position), "")).want(422).problem()
	if p.Problems[0].Code != "no_case" || !strings.Contains(p.Problems[0].Message.En, "after:") || p.Problems[0].Hint.Zh == "" {
		t.Errorf("%+v", p.Problems)
	}
}

const byTheClock = `key: nine
kind: campaign
title: {en: Nine, zh: 九点}
every: "0 9 * * *"
when: 'silent_for("3d") and not ("called" in member.tags)'
then: [{add_tag: {tag: called}}]
limits: {per_member: {times: 1, per: month}}
`

// TestCaseOfASchedule: one position has decisions about several members.
func TestCaseOfASchedule(t *testing.T) {
	c := withClock(t)
	c.goesLive("nine", byTheClock)
	c.does("ada", "message.sent", "")
	c.does("bob", "message.sent", "")
	c.does("bob", "order.paid", "")
	c.until("2026-03-20 12:00")
	position := c.newest("nine", "ada")
	if position != c.newest("nine", "bob") {
		t.Fatal("the two were decided apart")
	}
	c.contains(c.tells("nine", atPosition(position, `,"member":"app:bob"`)), `name: "schedule at`, "order.paid", "add_tag: {tag: called}", "!bob", "after: ")
	c.contains(c.tells("nine", atPosition(position, `,"member":"app:ada"`)), "message.sent", "(2)", "!order.paid")
	c.tells("nine", atPosition(position, ""))
	c.does("eve", "message.sent", "")
	p := c.as("operator", "POST", "/api/v1/rules/nine/cases", atPosition(position, `,"member":"app:eve"`)).want(422).problem()
	if !strings.Contains(p.Problems[0].Message.En, "about that member") {
		t.Errorf("%+v", p.Problems)
	}
	c.as("operator", "POST", "/api/v1/rules/nine/cases", atPosition(position, `,"member":"app:nobody"`)).want(404)
}

// TestCaseOfAFailedHold: the grace runs from before the case's last event on.
func TestCaseOfAFailedHold(t *testing.T) {
	c := withClock(t)
	c.goesLive("active", `key: active
kind: tier
title: {en: Active, zh: 活跃}
on: message.sent
when: 'events("message.sent", "7d").count() >= 2'
tier: {to: active, hold: 'events("message.sent", "7d").count() >= 1', grace: 3d}
`)
	c.does("ada", "message.sent", "")
	c.does("ada", "message.sent", "")
	c.contains(c.tells("active", atPosition(c.newest("active", ""), "")), "outcome: true")
	c.until("2026-04-10 12:00")
	c.contains(c.tells("active", atPosition(c.newest("active", ""), "")), `name: "hold at`, "given: {member: {tier: active", "move_tier", "outcome: false", "after: ")
}

// TestCaseOfWhatWasStopped: an effect that made nothing must not have happened.
func TestCaseOfWhatWasStopped(t *testing.T) {
	c := withClock(t)
	c.as("operator", "PUT", "/api/v1/rewards/cards", `{"kind":"points","title":{"en":"Cards","zh":"卡"},"floor":0}`).want(201)
	c.goesLive("fee", `key: fee
kind: reward
title: {en: Fee, zh: 费用}
on: card.used
then: [{grant_points: {account: cards, amount: -5}}]
limits: {per_member: {times: 5, per: day}}
`)
	c.does("ada", "card.used", "")
	c.contains(c.tells("fee", atPosition(c.newest("fee", ""), "")), "outcome: true, not: [grant_points]")
}

// TestCaseOfALongHistory: of hundreds of events a case tells as few entries as do.
func TestCaseOfALongHistory(t *testing.T) {
	c := withClock(t)
	c.goesLive("leader", `key: leader
kind: reward
title: {en: Leader, zh: 领袖}
on: gathering.attended
when: 'events("content.liked", "12mo").count() >= 300'
then: [{grant_points: {amount: 10}}]
once: member
`)
	for from := 0; from < 450; from += 150 {
		var list []string
		for i := range 150 {
			list = append(list, fmt.Sprintf(`{"id":"l%d","type":"content.liked","at":%q,"content":"c%d","member":{"channel":"app","external_id":"ada"},"to":{"channel":"app","external_id":"fan%d"}}`,
				from+i, c.now.String(), i%7, i%5))
		}
		c.as("operator", "POST", "/api/v1/events", `{"events":[`+strings.Join(list, ",")+`]}`).want(200)
	}
	c.does("ada", "gathering.attended", "")
	c.contains(c.tells("leader", atPosition(c.newest("leader", ""), "")), "times: 300", "gathering.attended", "!fan", "!other-")
}

// TestCaseOfTheUnknown: a case hears of everything, and says so.
func TestCaseOfTheUnknown(t *testing.T) {
	c := withClock(t)
	c.goesLive("paid", `key: paid
kind: reward
title: {en: Paid, zh: 已付}
on: message.sent
when: 'events("order.paid", "12mo").count() >= 1'
then: [{grant_points: {amount: 10}}]
`)
	a := c.does("ada", "message.sent", "").is("unknown", "results", 0, "decisions", 0, "outcome")
	position, _ := a.get("results", 0, "position").(float64)
	p := c.as("operator", "POST", "/api/v1/rules/paid/cases", atPosition(int64(position), "")).want(422).problem()
	for _, want := range []string{`events("order.paid", "12mo").count()`, "was unknown there", "always reported"} {
		if !strings.Contains(p.Problems[0].Message.En, want) {
			t.Errorf("%q is missing: %+v", want, p.Problems)
		}
	}
	if !strings.Contains(p.Problems[0].Message.Zh, "未知") {
		t.Errorf("%+v", p.Problems)
	}
}

// TestNamesOfCases: none given is never in the way; one that is taken is said at
// its place.
func TestNamesOfCases(t *testing.T) {
	b, at := tryWorld(t)
	c := &clocked{bundle: b}
	for range 3 {
		c.tells("third", atPosition(at[2], ""))
	}
	c.contains(c.tells("third", atPosition(at[2], `,"name":"mine"`)), `name: "mine"`)
	p := b.as("operator", "POST", "/api/v1/rules/third/cases", atPosition(at[2], `,"name":"mine"`)).want(422).problem()
	if len(p.Problems) != 1 || p.Problems[0].Code != "same_name" || p.Problems[0].Path != "/name" {
		t.Errorf("%+v", p.Problems)
	}
}
