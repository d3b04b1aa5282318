package api

import (
	"fmt"
	"strings"
	"testing"
)

const greetsVeterans = `key: veterans\nkind: reward\ntitle: Veterans\non: checkin.done\nwhen: '%s'\nonce: member\nthen:\n  - add_tag: {tag: veteran}\n  - send: {channel: mail, text: Hello}\ncases: []\n`

// Checking with reach says whom of the members who are there a rule matches, in
// honest words, and beside the live rules what both write.
func TestCheckLooksAtMembersAndRules(t *testing.T) {
	b := setup(t)
	for i := range 3 {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"e%d","type":"checkin.done","member":{"channel":"app","external_id":"m%d"}}]}`, i, i)).want(200)
	}
	check := func(when string) *answer {
		return b.as("viewer", "POST", "/api/v1/rules/check", `{"reach":true,"document":"`+fmt.Sprintf(greetsVeterans, strings.ReplaceAll(when, `"`, `\"`))+`"}`).want(200)
	}
	check(`member.points > 5`).is("matches_nobody", "problems", 1, "code").is(5, "problems", 1, "line").
		is(3, "reach", "members").is(3, "reach", "never").is(true, "reach", "complete").
		is("it matches none of those who are here now: looked at all 3 members", "problems", 1, "message", "en")
	check(`events("checkin.done", "7d").count() >= 1`).is("matches_everybody", "problems", 1, "code").is(3, "reach", "matches")
	check(`event.origin == "poster"`).is("unknown_channel", "problems", 0, "code").is(nil, "problems", 1).is(3, "reach", "depends").
		is("gives 1 messages or tasks, once for each member, so at most 1 messages or tasks per member", "notes", 1, "message", "en")
	check(`member.points > 5 and member.points > 3`).is("implied", "problems", 0, "code").is("", "problems", 0, "fix", "text")

	other := `{"key":"other","kind":"reward","title":"x","on":"checkin.done","then":[{"remove_tag":{"tag":"veteran"}}]}`
	b.as("operator", "PUT", "/api/v1/rules/other", other).want(201)
	b.as("operator", "POST", "/api/v1/rules/other/publish", "{}").want(200)
	check(`event.origin == "poster"`).is("undone", "problems", 0, "code").is("at the same moment the rule \"other\" does the opposite: remove_tag veteran", "problems", 0, "message", "en")
	a := b.as("viewer", "POST", "/api/v1/rules/check", `{"document":"`+fmt.Sprintf(greetsVeterans, "member.pionts > 5")+`"}`).want(200)
	a.is("member.points", "problems", 0, "fix", "text").is(nil, "reach")
}
