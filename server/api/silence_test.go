package api

import (
	"net/url"
	"strconv"
	"testing"
	"time"
)

// silence is a community in which ada spoke 40 and 20 days ago, bo 40 days ago and
// an hour ago, and cai only 40 days ago; since then cai got votes, and a tag by hand.
func silence(t *testing.T) *bundle {
	b := setup(t)
	at := func(days int) string { return start.Add(-time.Duration(days) * 24 * time.Hour).String() }
	event := func(id, who, typ, at string) string {
		return `{"id":"` + id + `","type":"` + typ + `","at":"` + at + `","member":{"channel":"app","external_id":"` + who + `"}}`
	}
	b.as("owner", "POST", "/api/v1/events", `{"events":[`+event("1", "ada", "message.sent", at(40))+`,`+event("2", "bo", "message.sent", at(40))+`,`+
		event("3", "cai", "message.sent", at(40))+`,`+event("4", "ada", "message.sent", at(20))+`,`+event("5", "bo", "message.sent", start.Add(-time.Hour).String())+`,`+
		event("6", "cai", "vote.received", at(1))+`]}`).want(200)
	b.as("operator", "PUT", "/api/v1/members/app:cai/tags/vip", "").want(200)
	return b
}

// Members say when they were last heard of, and are sorted by it.
func TestMembersSayWhenTheyWereLastHeardOf(t *testing.T) {
	b := silence(t)
	b.as("viewer", "GET", "/api/v1/members/app:bo", "").want(200).is(start.Add(-time.Hour).String(), "newest_at")
	b.as("viewer", "GET", "/api/v1/members?sort=newest_at", "").want(200).is("ada", "items", 0, "identities", 0, "external_id").
		is("cai", "items", 1, "identities", 0, "external_id").is("bo", "items", 2, "identities", 0, "external_id")
	b.as("viewer", "GET", "/api/v1/members?sort=-newest_at", "").want(200).is("bo", "items", 0, "identities", 0, "external_id")
}

// Silence means to a filter what it means to a rule: what happened to somebody and
// what an operator did is no sign of life.
func TestFiltersKnowSilence(t *testing.T) {
	b := silence(t)
	for where, who := range map[string][]string{
		`silent_for("14d")`:     {"ada", "cai"},
		`not silent_for("14d")`: {"bo"},
		`silent_for("14d") and events("*", "30d").count() > 0`: {"ada"},
		`events("*", "60d").count() >= 2`:                      {"ada", "bo"},
		`silent_for("30d")`:                                    {"cai"},
		`events("vote.received", "7d").count() == 1`:           {"cai"},
	} {
		a := b.as("viewer", "GET", "/api/v1/members?sort=newest_at&where="+url.QueryEscape(where), "").want(200)
		for i, name := range append(who, "") {
			var want any
			if name != "" {
				want = name
			}
			if got := a.get("items", i, "identities", 0, "external_id"); got != want {
				t.Errorf("%s: place %d is %v, want %v", where, i, got, want)
			}
		}
		b.as("viewer", "POST", "/api/v1/counts", `{"where":`+strconv.Quote(where)+`}`).want(200).is(len(who), "count")
	}
}
