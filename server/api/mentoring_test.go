package api

import "testing"

// TestTheMentoringPack: what the pack's rules do, by their effects: each
// participant gets the advocate who has the fewest, once, for a month.
func TestTheMentoringPack(t *testing.T) {
	c := withClock(t)
	c.as("admin", "POST", "/api/v1/packs/mentoring/apply", "").want(200)
	c.as("operator", "POST", "/api/v1/rules/mentor-pair/publish", "{}").want(200)
	for who, tier := range map[string]string{"a1": "advocate", "a2": "advocate", "p1": "participant", "p2": "participant", "p3": "participant", "o1": "onlooker", "gone": "participant"} {
		c.does(who, "member.joined", "")
		c.as("operator", "PUT", "/api/v1/members/app:"+who+"/tiers/default", `{"to":"`+tier+`"}`).want(200)
	}
	c.does("gone", "member.left", "")
	c.until("2026-03-04 10:30") // a Wednesday
	mentors := map[any]int{}
	for _, who := range []string{"p1", "p2", "p3"} {
		a := c.as("viewer", "GET", "/api/v1/members/app:"+who+"/decisions?rule=mentor-pair", "").want(200).
			is("true", "items", 0, "outcome").is("assign_mentor", "items", 0, "effects", 0, "kind").is("advocate", "items", 0, "effects", 0, "fields", "tier").is(nil, "items", 0, "effects", 0, "reason")
		mentor := a.get("items", 0, "effects", 0, "ref")
		mentors[mentor]++
		c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).is(mentor, "mentor")
	}
	if len(mentors) != 2 || mentors[c.id("a1")] == 0 || mentors[c.id("a2")] == 0 {
		t.Errorf("mentors have %v, of %v and %v", mentors, c.id("a1"), c.id("a2"))
	}
	for _, who := range []string{"a1", "a2", "o1", "gone"} {
		c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).is(nil, "mentor")
		c.as("viewer", "GET", "/api/v1/members/app:"+who+"/decisions?rule=mentor-pair", "").want(200).is(nil, "items", 0)
	}
	// Who has no mentor, because there is nobody, keeps the chance; who had one does not get another.
	c.until("2026-03-11 10:30")
	c.as("viewer", "GET", "/api/v1/members/app:p1/decisions?rule=mentor-pair", "").want(200).is("cap", "items", 0, "reason").is(nil, "items", 2)
	c.until("2026-04-03 10:30") // the month is over
	for _, who := range []string{"p1", "p2", "p3"} {
		c.as("viewer", "GET", "/api/v1/members/app:"+who, "").want(200).is(nil, "mentor")
	}
}
