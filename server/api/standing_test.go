package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// TestAReviewIsWorked: what a review went by, how each place came about, an appeal
// with the officer's word, and one confirmation.
func TestAReviewIsWorked(t *testing.T) {
	c := withClock(t)
	c.sixInSecond()
	c.goesLive("monthly", `key: monthly
kind: tier
title: {en: Monthly, zh: 每月}
review:
  every: month
  groups: [second, core, held-back]
  score: 'events("message.sent", period).count() + 2 * events("invite.joined", period).count()'
  up: {top: 1, from: second, to: core, when: 'score >= 3'}
  down: {bottom: 3, from: second, to: held-back, when: 'score < 2'}
  back: {from: held-back, to: second, when: 'score >= 1'}
  exempt: '"shielded" in member.tags'
  notice: 7d
  min_group: 5
`)
	c.until("2026-03-01 10:00")
	c.as("operator", "PUT", "/api/v1/members/app:m0/tags/shielded", "").want(200)
	for i := range 6 {
		for range i % 5 { // 0 1 2 3 4 0
			c.does(fmt.Sprint("m", i), "message.sent", `,"group":"second"`)
		}
	}
	c.until("2026-04-01 01:00")
	path := "/api/v1/reviews/" + url.PathEscape(monthly)
	rev := c.as("viewer", "GET", path, "").want(200)
	rev.is("Monthly", "plan", "title", "en").is("month", "plan", "every").is("second", "plan", "places", 0).is(7*24*3600, "plan", "notice").is(5, "plan", "min_group").
		is(1, "plan", "up", "count").is("core", "plan", "up", "to").is("score >= 3", "plan", "up", "when").is(3, "plan", "down", "count").is(nil, "plan", "back", "count")

	standing := func(who string) *answer { return c.as("viewer", "GET", path+"/standings/app:"+who, "").want(200) }
	standing("m4").is("second", "place").is("monthly", "rule").is(1, "version").is(4, "score", "value").is("+", "score", "op").is(4, "score", "kids", 0, "value").
		is("true", "up", "outcome").is("false", "down", "outcome").is(nil, "back").is("false", "exempt", "outcome")
	standing("m1").is(1, "score", "value").is("true", "down", "outcome").is("false", "up", "outcome")
	standing("m0").is(0, "score", "value").is("true", "exempt", "outcome")
	// What happened since changes nothing of how it came about, nor does a new version.
	c.does("m1", "message.sent", `,"group":"second"`)
	c.as("operator", "PUT", "/api/v1/members/app:m0/tags/other", "").want(200)
	c.as("operator", "DELETE", "/api/v1/members/app:m0/tags/shielded", "").want(200)
	standing("m1").is(1, "score", "value")
	standing("m0").is("true", "exempt", "outcome")
	c.does("stranger", "message.sent", "")
	c.as("viewer", "GET", path+"/standings/app:stranger", "").want(404)
	c.as("viewer", "GET", path+"/standings/app:nobody", "").want(404)
	c.as("viewer", "GET", "/api/v1/reviews/nothing/standings/app:m1", "").want(404)
	c.as("foreign", "GET", path+"/standings/app:m1", "").want(404)
	c.token("work", auth.Token{Workspace: "ws_a", Role: auth.Owner, Scopes: []auth.Scope{auth.WorkRead}})
	c.as("work", "GET", path+"/standings/app:m1", "").want(403)

	move := func(a *answer, who string) map[string]any {
		for _, m := range a.get("body", "moves").([]any) {
			if m := m.(map[string]any); m["member"] == c.id(who) {
				return m
			}
		}
		t.Fatalf("%s has no move: %s", who, a.Body)
		return nil
	}
	has := func(a *answer, who, field string, want any) {
		t.Helper()
		if got := move(a, who)[field]; got != want {
			t.Errorf("%s of %s is %v, want %v", field, who, got, want)
		}
	}
	if moves := rev.get("body", "moves").([]any); len(moves) != 3 { // m4 rises, m1 and m5 fall; m0 is shielded
		t.Fatalf("%s", rev.Body)
	}
	appeal := func(who, text string) *answer {
		return c.as("operator", "POST", path+"/appeals", fmt.Sprintf(`{"member":"app:%s","text":%q}`, who, text)).want(200)
	}
	has(appeal("m1", "I was ill"), "m1", "state", "appealed")
	has(appeal("m5", "I was away"), "m5", "appeal", "I was away")
	c.as("viewer", "POST", path+"/appeals", `{"member":"app:m1","text":"x"}`).want(403)
	c.as("viewer", "POST", path+"/appeals/app:m1", `{"uphold":true}`).want(403)
	c.as("operator", "POST", path+"/appeals/app:m1", `{}`).want(422)
	word := func(who, body string) *answer {
		return c.as("operator", "POST", path+"/appeals/app:"+who, body).want(200)
	}
	upheld := word("m1", `{"uphold":true,"text":"we know"}`)
	has(upheld, "m1", "state", "upheld")
	has(upheld, "m1", "word", "we know")
	has(upheld, "m1", "appeal", "I was ill")
	refused := word("m5", `{"uphold":false,"text":"rules are rules"}`)
	has(refused, "m5", "state", "proposed")
	has(refused, "m5", "word", "rules are rules")
	has(refused, "m5", "appeal", "I was away")
	for _, row := range c.audit() {
		if strings.Contains(row.After, "ill") || strings.Contains(row.After, "we know") {
			t.Errorf("the audit log repeats what was said: %+v", row)
		}
	}
	c.as("operator", "POST", path+"/confirm", `{}`).want(200).is(true, "body", "confirmed")
	group := func(who string) any {
		return c.as("viewer", "GET", "/api/v1/members/app:"+who+"/groups", "").want(200).get("items", 0, "group")
	}
	if group("m4") != "second" {
		t.Error("moved within the notice")
	}
	c.until("2026-04-08 01:00")
	for who, want := range map[string]string{"m0": "second", "m1": "second", "m2": "second", "m3": "second", "m4": "core", "m5": "held-back"} {
		if got := group(who); got != want {
			t.Errorf("%s is in %v, want %s", who, got, want)
		}
	}
	done := c.as("viewer", "GET", path, "").want(200).is("done", "state")
	has(done, "m5", "state", "moved")
	has(done, "m1", "state", "upheld")
}
