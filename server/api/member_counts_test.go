package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestCountingForManyIsCountingForEach asks for what members did: for a few, whose
// events are read one after the other, and for all, for whom the log is read once.
// Who was merged did what both did, until that is undone.
func TestCountingForManyIsCountingForEach(t *testing.T) {
	b := community(t)
	const people = 70
	var events []string
	for i := range people {
		for n := range i % 7 {
			events = append(events, fmt.Sprintf(`{"id":"e%d-%d","type":"checkin.done","member":{"channel":"wecom","external_id":"p%d"},"props":{"activity":%q}}`, i, n, i, []string{"run", "read"}[n%2]))
		}
		events = append(events, fmt.Sprintf(`{"id":"m%d","type":"message.sent","member":{"channel":"wecom","external_id":"p%d"}}`, i, i))
	}
	b.as("operator", "POST", "/api/v1/events", `{"events":[`+strings.Join(events, ",")+`]}`).want(200)
	for _, i := range []int{6, 13, 20} {
		b.as("operator", "PUT", fmt.Sprintf("/api/v1/members/wecom:p%d/tags/few", i), "").want(200)
	}
	counts := func(where string, want int) {
		t.Helper()
		for narrow, n := range map[string]int{"": want, `"few" in member.tags and `: min(want, 3)} {
			if narrow != "" && want > 3 && want != 10 {
				continue
			}
			body, err := json.Marshal(map[string]string{"where": narrow + where})
			if err != nil {
				t.Fatal(err)
			}
			if got := b.as("viewer", "POST", "/api/v1/counts", string(body)).want(200).get("count"); fmt.Sprint(got) != fmt.Sprint(n) {
				t.Errorf("%s%s: %v, not %d", narrow, where, got, n)
			}
		}
	}
	all := func(six, twelve int) {
		t.Helper()
		counts(`events("checkin.done", "all").count() >= 6`, six)
		counts(`events("checkin.done", "30d").count() >= 12`, twelve)
		counts(`events("checkin.done", "7d", {activity: "run"}).count() >= 6`, twelve)
		counts(`events("message.sent", "7d").count() >= 2`, twelve)
	}
	all(10, 0)
	merge := b.as("operator", "POST", "/api/v1/members/wecom:p6/merge", `{"other":"wecom:p13"}`).want(200).get("merge")
	all(9, 1)
	check := b.as("viewer", "POST", "/api/v1/rules/check", `{"document":{"key":"x","kind":"reward","title":{"en":"X"},"on":"checkin.done","when":"events(\"checkin.done\", \"7d\").count() >= 12","then":[{"award_badge":{"badge":"star"}}]},"reach":true}`).want(200)
	check.is(1, "reach", "matches").is(true, "reach", "complete").is(people, "reach", "members") // all but one, and who was there before
	b.as("operator", "POST", "/api/v1/members/wecom:p6/unmerge", fmt.Sprintf(`{"merge":%.0f}`, merge)).want(200)
	all(10, 0)
}
