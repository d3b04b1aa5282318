package api

import (
	"context"
	"testing"
)

const weeklyTag = `key: weekly
kind: campaign
title: {en: Weekly, zh: 每周}
every: '0 9 * * 1'
audience: 'events("message.sent", "all").count() >= 1'
then:
  - add_tag: {tag: met}
  - grant_points: {amount: 2}
limits: {per_member: {times: 2, per: ever}}
`

// TestRunNow lets a schedule act between its times: once for each run, under its
// limits, for its audience alone, and its own times stay.
func TestRunNow(t *testing.T) {
	c := withClock(t)
	c.now = moment("2026-03-03 12:00") // a Tuesday
	c.does("ann", "message.sent", "")
	c.does("bob", "checkin.done", "")
	run := func(headers ...string) *answer {
		return c.as("operator", "POST", "/api/v1/rules/weekly/run", "", headers...)
	}
	run().want(404)
	c.as("operator", "PUT", "/api/v1/rules/weekly", weeklyTag, "Content-Type: application/yaml").want(201)
	run().want(409) // never published
	c.as("operator", "POST", "/api/v1/rules/weekly/publish", "{}").want(200)
	c.until("2026-03-03 12:30")
	points := func(who string, n any) {
		t.Helper()
		c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).is(n, "accounts", "points", "balance")
	}
	points("ann", nil)
	run("Idempotency-Key: k1").want(202).is(c.now.String(), "at").is("weekly", "rule")
	run("Idempotency-Key: k1").want(202)
	for n := 1; n > 0; {
		var err error
		if n, err = c.machine.Tick(context.Background(), c.now); err != nil {
			t.Fatal(err)
		}
	}
	points("ann", 2)
	points("bob", nil)
	c.as("viewer", "GET", "/api/v1/rules/weekly/decisions", "").want(200).is(c.now.String(), "items", 0, "at").is("true", "items", 0, "outcome")
	c.as("owner", "GET", "/api/v1/audit?noun=rule&key=weekly", "").want(200).is("rule.run", "items", 0, "action").is("rule.publish", "items", 1, "action")
	c.until("2026-03-09 09:30") // Monday comes as ever
	points("ann", 4)
	run().want(202)
	c.until("2026-03-09 10:00")
	points("ann", 4) // twice and no more
	c.as("operator", "POST", "/api/v1/rules/weekly/pause", "").want(200)
	run().want(409)
	c.goesLive("hello", "key: hello\nkind: campaign\ntitle: {en: Hello}\non: message.sent\nthen:\n  - add_tag: {tag: said}\n")
	c.as("operator", "POST", "/api/v1/rules/hello/run", "").want(422).is("/every", "problems", 0, "path")
	if report, err := c.machine.Verify(context.Background(), "ws_a", nil); err != nil || len(report.Differences) > 0 {
		t.Errorf("a replay finds %+v: %v", report, err)
	}
}
