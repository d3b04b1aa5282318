package api

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// clocked is a bundle whose clock plans and rings.
type clocked struct {
	*bundle
	machine *machine.Machine
	sent    int
}

func withClock(t *testing.T) *clocked {
	c := &clocked{}
	c.bundle = setup(t, func(o *Options) { c.machine = o.Events.(*machine.Machine) })
	return c
}

// moment is a time of the workspace's clock, which is Shanghai's.
func moment(text string) engine.Time {
	x, err := time.ParseInLocation("2006-01-02 15:04", text, time.FixedZone("", 8*3600))
	if err != nil {
		panic(err)
	}
	return engine.TimeOf(x)
}

// until lets the clock run, half an hour at a time.
func (c *clocked) until(text string) {
	c.t.Helper()
	for end := moment(text); c.now < end; {
		c.now = min(end, c.now.Add(30*time.Minute))
		if err := c.machine.Schedule(context.Background(), "ws_a", c.now); err != nil {
			c.t.Fatal(err)
		}
		for {
			n, err := c.machine.Tick(context.Background(), c.now)
			if err != nil {
				c.t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
	}
}

// does sends one event of a member, now.
func (c *clocked) does(who, typ, more string) *answer {
	c.t.Helper()
	c.sent++
	return c.as("operator", "POST", "/api/v1/events?decisions=all", fmt.Sprintf(`{"events":[{"id":"e%d","type":%q,"at":%q,"member":{"channel":"app","external_id":%q}%s}]}`,
		c.sent, typ, c.now.String(), who, more)).want(200).is("accepted", "results", 0, "status")
}

// goesLive saves a rule and publishes it.
func (c *clocked) goesLive(key, document string) {
	c.t.Helper()
	c.as("operator", "PUT", "/api/v1/rules/"+key, document, "Content-Type: application/yaml").want(201)
	c.as("operator", "POST", "/api/v1/rules/"+key+"/publish", "{}").want(200)
}

// tries asks a rule about a member at a moment; "" is now.
func (c *clocked) tries(rule, who, at string) *answer {
	c.t.Helper()
	when := ""
	if at != "" {
		when = fmt.Sprintf(`,"at":%q`, moment(at).String())
	}
	return c.as("viewer", "POST", "/api/v1/rules/try", fmt.Sprintf(`{"rule":%q,"member":"app:%s"%s}`, rule, who, when)).want(200)
}

func (c *clocked) id(who string) any {
	return c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).get("id")
}

const monthly = "monthly@2026-03-01/2026-03-31"

// sixInSecond makes three groups, and m0 to m5 join the second on 1 February.
func (c *clocked) sixInSecond() {
	for _, g := range []string{"second", "core", "held-back"} {
		c.as("operator", "PUT", "/api/v1/groups/"+g, fmt.Sprintf(`{"title":{"en":%q}}`, g)).want(201)
	}
	c.now = moment("2026-02-01 10:00")
	for i := range 6 {
		c.does(fmt.Sprint("m", i), "group.joined", `,"group":"second"`)
	}
}

// TestTryAReview: a try just before a period ends says of each member what the
// review then froze: place, score and move.
func TestTryAReview(t *testing.T) {
	c := withClock(t)
	c.sixInSecond()
	c.goesLive("monthly", `key: monthly
kind: tier
title: {en: Monthly, zh: 每月}
review:
  every: month
  groups: [second, core, held-back]
  score: 'events("message.sent", period).count()'
  up: {top: 2, from: second, to: core, when: 'score >= 3'}
  down: {bottom: 2, from: second, to: held-back, when: 'score < 2'}
  exempt: 'member.id == "nobody"'
  notice: 7d
`)
	c.until("2026-03-01 10:00")
	for i := range 6 {
		for range i * i % 5 { // 0 1 4 4 1 0
			c.does(fmt.Sprint("m", i), "message.sent", `,"group":"second"`)
		}
	}
	c.until("2026-03-31 23:30")
	tried := map[any]*answer{}
	for i := range 6 {
		who := fmt.Sprint("m", i)
		tried[c.id(who)] = c.tries("monthly", who, "")
	}
	c.until("2026-04-01 01:00")
	if open := c.as("viewer", "GET", "/api/v1/reviews?rule=monthly&state=open", "").want(200); open.get("items", 0, "id") != monthly {
		t.Fatalf("%s", open.Body)
	}
	frozen := c.as("viewer", "GET", "/api/v1/reviews/"+url.PathEscape(monthly), "").want(200)
	ranking := frozen.get("body", "groups", 0, "ranking").([]any)
	moves := map[any]any{}
	for _, m := range frozen.get("body", "moves").([]any) {
		moves[m.(map[string]any)["member"]] = m.(map[string]any)["to"]
	}
	if len(ranking) != 6 || len(moves) != 4 {
		t.Fatalf("the test is not what it should be: %s", frozen.Body)
	}
	for i, x := range ranking {
		member := x.(map[string]any)["member"]
		a := tried[member].is("2026-03-01/2026-03-31", "review", "period").is("second", "review", "group").is(i+1, "review", "place").is(6, "review", "of").
			is(x.(map[string]any)["score"], "review", "standing", "score").is(moves[member], "review", "moves", 0, "to").is(nil, "review", "moves", 1)
		if want := map[bool]string{true: "true", false: "false"}[moves[member] != nil]; a.get("outcome") != want {
			t.Errorf("%v: %s", member, a.Body)
		}
	}
	// Asked later about that moment it says the same; of today it speaks of today.
	c.until("2026-04-20 10:00")
	for i := range 6 {
		who := fmt.Sprint("m", i)
		before := tried[c.id(who)]
		again := c.tries("monthly", who, "2026-03-31 23:30").is("2026-03-01/2026-03-31", "review", "period")
		if fmt.Sprint(again.get("review")) != fmt.Sprint(before.get("review")) {
			t.Errorf("%s\nthen %s", before.Body, again.Body)
		}
	}
	c.tries("monthly", "m2", "").is("2026-04-01/2026-04-30", "review", "period").is("false", "outcome")
}

// TestTryASchedule: a try at a planned time says what the firing did, and at
// another moment what it would have done then.
func TestTryASchedule(t *testing.T) {
	c := withClock(t)
	for i := range 4 {
		c.does(fmt.Sprint("m", i), "member.joined", "")
	}
	c.goesLive("nine", `key: nine
kind: campaign
title: {en: Nine, zh: 九点}
every: "0 9 * * *"
audience: '"vip" in member.tags'
when: 'events("message.sent", "7d").count() >= 1'
then: [{grant_points: {amount: 3}}]
`)
	for _, who := range []string{"m0", "m1"} {
		c.as("operator", "PUT", "/api/v1/members/app:"+who+"/tags/vip", "").want(200)
	}
	c.until("2026-03-10 12:00")
	c.does("m0", "message.sent", "")
	c.does("m2", "message.sent", "")
	c.until("2026-03-12 08:30")
	for who, want := range map[string]string{"m0": "true", "m1": "false", "m2": "false"} {
		a := c.tries("nine", who, "2026-03-12 08:30").is(want, "outcome").is("audience", "trace", 0, "part").is("when", "trace", 1, "part")
		if gives := a.get("effects", 0, "kind"); (gives == "grant_points") != (want == "true") {
			t.Errorf("%s: %s", who, a.Body)
		}
	}
	c.tries("nine", "m2", "").is("false", "trace", 0, "finding", "outcome").is("true", "trace", 1, "finding", "outcome")
	c.until("2026-03-12 10:00")
	fired := c.as("viewer", "GET", "/api/v1/members/app:m0/decisions?rule=nine", "").want(200)
	c.tries("nine", "m0", "2026-03-12 09:00").is("true", "outcome").is(fired.get("items", 0, "occurrence"), "occurrence").
		is(fired.get("items", 0, "effects", 0, "fields"), "effects", 0, "fields")
	for who, points := range map[string]any{"m0": 6, "m1": nil, "m2": nil} { // on the 11th too
		c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).is(points, "accounts", "points", "balance")
	}
	c.until("2026-03-20 08:00")
	c.tries("nine", "m0", "").is("false", "outcome")
	c.tries("nine", "m0", "2026-03-12 08:30").is("true", "outcome")
}

// TestTryAHold: what holds a tier is said for any day, as the daily look found it.
func TestTryAHold(t *testing.T) {
	c := withClock(t)
	c.as("operator", "PUT", "/api/v1/event-types/ran", `{"subject":"member","title":{"en":"Ran","zh":"跑"},"fields":[],"covered_from":"2020-01-01T00:00:00Z"}`).want(201)
	c.now = moment("2026-03-01 10:00")
	c.does("ada", "member.joined", "")
	c.goesLive("runner", `key: runner
kind: tier
title: {en: Runner, zh: 跑者}
on: ran
when: 'events("ran", "3d").count() >= 2'
tier: {to: participant, hold: 'events("ran", "3d").count() >= 1', grace: 2d}
`)
	c.until("2026-03-10 10:00")
	c.does("ada", "ran", "").is("false", "results", 0, "decisions", 0, "outcome")
	c.until("2026-03-10 11:00")
	c.does("ada", "ran", "").is("true", "results", 0, "decisions", 0, "outcome")
	c.until("2026-03-20 10:00")
	c.tries("runner", "ada", "2026-03-10 10:30").is("false", "outcome").is("true", "hold")
	c.tries("runner", "ada", "2026-03-10 11:00").is("true", "hold").is("hold", "trace", 1, "part").is("true", "trace", 1, "finding", "outcome")
	c.tries("runner", "ada", "2026-03-13 10:30").is("true", "hold").is(moment("2026-03-13 10:30"), "hold_at").is(moment("2026-03-10 11:00"), "at")
	c.tries("runner", "ada", "2026-03-13 11:30").is("false", "hold").is("false", "trace", 1, "finding", "outcome")
	c.tries("runner", "ada", "").is("false", "hold").is(c.now, "hold_at")
	tierAt := func(at string) any {
		return c.as("viewer", "POST", "/api/v1/rules/try", fmt.Sprintf(`{"document":"key: x\nkind: reward\ntitle: X\non: ran\nwhen: 'member.tier == \"participant\"'\nthen: [{grant_points: {amount: 1}}]","member":"app:ada","at":%q,"event":{"type":"ran"}}`,
			moment(at).String())).want(200).get("outcome")
	}
	// It failed first on the 14th's midnight, and two days later she fell.
	for at, want := range map[string]string{"2026-03-10 10:30": "false", "2026-03-10 11:30": "true", "2026-03-15 23:00": "true", "2026-03-16 01:00": "false"} {
		if got := tierAt(at); got != want {
			t.Errorf("at %s: %v, want %s", at, got, want)
		}
	}
}

// TestTryAThreshold: the answer is the one that the application got or would
// get, with its reasons, at any moment.
func TestTryAThreshold(t *testing.T) {
	c := withClock(t)
	c.as("operator", "PUT", "/api/v1/groups/hall", `{"title":{"en":"Hall"},"capacity":1}`).want(201)
	c.goesLive("door", "key: door\nkind: threshold\ntitle: {en: Door, zh: 门}\ngroup: hall\nwhen: 'member.points >= 5'\nthen: [{admit: {}}]\n")
	c.until("2026-03-05 10:00")
	for who, points := range map[string]int{"ada": 9, "bo": 7, "cy": 2} {
		c.does(who, "member.joined", "")
		c.as("operator", "POST", "/api/v1/members/app:"+who+"/points", fmt.Sprintf(`{"amount":%d}`, points)).want(200)
	}
	c.until("2026-03-06 10:00")
	tried := map[string]*answer{}
	for _, who := range []string{"ada", "bo", "cy"} {
		tried[who] = c.tries("door", who, "")
	}
	tried["ada"].is("admit", "answer").is("true", "outcome")
	tried["bo"].is("admit", "answer") // there is a seat yet
	tried["cy"].is("deny", "answer").is("false", "outcome").is(3, "trace", 0, "finding", "distance")
	apply := func(who string) *answer {
		return c.as("operator", "POST", "/api/v1/groups/hall/applications", fmt.Sprintf(`{"member":"app:%s"}`, who)).want(200)
	}
	for _, who := range []string{"ada", "cy"} {
		live := apply(who).is(tried[who].get("answer"), "answer")
		if fmt.Sprint(live.get("reasons")) != fmt.Sprint(tried[who].get("reasons")) {
			t.Errorf("%s is told %v, tried %v", who, live.get("reasons"), tried[who].get("reasons"))
		}
	}
	c.until("2026-03-07 10:00")
	full := c.tries("door", "bo", "").is("wait", "answer").is("no_seat", "reason")
	apply("bo").is("wait", "answer")
	if full.get("effects", 0) != nil && full.get("effects", 0, "kind") == "admit" && full.get("effects", 0, "reason") == nil {
		t.Errorf("there is no seat: %s", full.Body)
	}
	c.tries("door", "bo", "2026-03-06 09:00").is("admit", "answer")
	c.tries("door", "cy", "2026-03-06 09:00").is("deny", "answer")
	if text := fmt.Sprint(tried["cy"].get("reasons", 0, "zh")); !strings.Contains(text, "5") {
		t.Errorf("the reason says not what is needed: %s", text)
	}
}

// TestPersonalFieldsNeverDecide: what is personal may be named in texts alone, is
// not told by a try, and changes nothing of what is decided.
func TestPersonalFieldsNeverDecide(t *testing.T) {
	c := withClock(t)
	c.token("pii", auth.Token{Workspace: "ws_a", Role: auth.Operator, Scopes: []auth.Scope{auth.RulesRead, auth.MembersRead, auth.PersonalRead}})
	c.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","title":{"en":"Hook","zh":"钩子"},"config":{"url":"https://hook.example.com/x"}}`).want(201)
	c.as("operator", "PUT", "/api/v1/event-types/called", `{"subject":"member","title":{"en":"Called","zh":"来电"},"fields":[{"name":"phone","type":"string","personal":true},{"name":"line","type":"integer"}]}`).want(201)
	ask := func(who, when, text, more string) *answer {
		return c.as(who, "POST", "/api/v1/rules/try", fmt.Sprintf(`{"document":{"key":"x","kind":"reward","title":{"en":"X","zh":"某"},"on":"called","when":%q,"then":[{"send":{"channel":"hook","text":%q}}]}%s}`, when, text, more))
	}
	c.does("ada", "called", `,"props":{"phone":"+49 170 CANARY","line":3}`)
	c.as("operator", "PATCH", "/api/v1/members/app:ada", `{"name":"Ada CANARY"}`).want(200)
	about := `,"member":"app:ada"`
	for _, when := range []string{`member.name == "Ada CANARY"`, `known(member.name)`, `event.props.phone startsWith "+49"`, `known(event.props.phone)`, `member.attrs.phone == "x" or member.name != ""`} {
		ask("pii", when, "hello", about).want(422).is("personal_field", "problems", 0, "code").is("/when", "problems", 0, "path")
	}
	ask("viewer", "event.props.line == 3", "Hello {{ member.name }}", about).want(422).is("personal", "problems", 0, "code")
	for _, who := range []string{"ada", "bo"} { // one who has said both, one who has said nothing
		c.does(who, "called", `,"props":{"line":3}`)
		a := ask("pii", "event.props.line == 3", "Hello {{ member.name }}", `,"member":"app:`+who+`"`).want(200).is("true", "outcome").is("send", "effects", 0, "kind")
		if strings.Contains(string(a.Body), "CANARY") {
			t.Errorf("a try tells what is personal: %s", a.Body)
		}
	}
	pasted := ask("pii", "event.props.line == 3", "Hello", `,"member":"app:ada","event":{"type":"called","props":{"phone":"+49 170 CANARY","line":3}}`).want(200).is("true", "outcome")
	if strings.Contains(string(pasted.Body), "CANARY") {
		t.Errorf("a try tells what is personal: %s", pasted.Body)
	}
}
