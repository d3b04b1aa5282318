package api

import (
	"fmt"
	"testing"
)

const (
	joyousGroups = `{"key":"joy","kind":"reward","title":{"en":"Joyous group","zh":"欢乐群"},"on":"checkin.done","subject":"group","when":"event.props.n > 3","then":[{"create_task":{"to":"user","text":"Look at it"}}]}`
)

// A rule is called by its title wherever its decisions are shown, also when it
// is paused, a draft again or deleted; and a group is not taken for a member.
func TestRulesAreCalledByTheirTitles(t *testing.T) {
	b := setup(t)
	for _, rule := range [][2]string{{"odd", oddCheckins}, {"pay", payBack}, {"joy", joyousGroups}} {
		b.published(rule[0], rule[1])
	}
	b.as("operator", "PUT", "/api/v1/groups/runners", `{"title":{"en":"Runners"}}`).want(201)
	for i, typ := range []string{"checkin.done", "message.sent"} {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"%d","type":%q,"member":{"channel":"app","external_id":"m"},"group":"runners","props":{"n":5}}]}`, i, typ)).want(200)
	}
	titles := func() map[any]any {
		t.Helper()
		found := map[any]any{}
		a := b.as("viewer", "GET", "/api/v1/reports/decisions?group=rule", "").want(200)
		for i := range 3 {
			found[a.get("series", i, "of", "rule")] = a.get("series", i, "title", "zh")
		}
		return found
	}
	b.as("operator", "POST", "/api/v1/rules/odd/pause", "{}").want(200)
	b.as("operator", "POST", "/api/v1/rules/joy/pause", "{}").want(200)
	b.as("operator", "DELETE", "/api/v1/rules/pay", "").want(204)
	for key, want := range map[string]string{"odd": "单数", "joy": "欢乐群", "pay": "Pay（已删除）"} {
		if got := titles()[key]; got != want {
			t.Errorf("rule %s is called %v, not %s", key, got, want)
		}
	}
	b.as("analyst", "GET", "/api/v1/reports/decisions/rows?only=rule:joy", "").want(200).is("Joyous group", "items", 0, "title", "en").is(nil, "items", 0, "member")
	for _, path := range []string{"/api/v1/decisions", "/api/v1/rules/odd/decisions", "/api/v1/rules/joy/decisions", "/api/v1/members/app:m/decisions"} {
		a := b.as("viewer", "GET", path, "").want(200)
		for i := 0; a.get("items", i) != nil; i++ {
			if rule, title := a.get("items", i, "rule"), a.get("items", i, "title", "en"); title != map[any]any{"odd": "Odd", "joy": "Joyous group", "pay": "Pay (deleted)"}[rule] {
				t.Errorf("%s calls rule %v %v", path, rule, title)
			}
			if about := a.get("items", i, "about"); (about == "group") != (a.get("items", i, "rule") == "joy") {
				t.Errorf("%s: rule %v is about a %v", path, a.get("items", i, "rule"), about)
			}
			if member := a.get("items", i, "member"); (member == true) != (a.get("items", i, "rule") != "joy") {
				t.Errorf("%s: about a member %v: %v", path, member, a.get("items", i))
			}
		}
	}
}

// A definition that was deleted is still called by its title, and said to be deleted.
func TestReportsCallDeletedDefinitions(t *testing.T) {
	b := setup(t)
	b.as("operator", "PUT", "/api/v1/event-types/bread.baked", `{"subject":"member","title":{"en":"Baked bread","zh":"烤面包"}}`).want(201)
	b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"bread.baked","member":{"channel":"app","external_id":"m"}}]}`).want(200)
	b.as("operator", "DELETE", "/api/v1/event-types/bread.baked", "").want(204)
	b.as("viewer", "GET", "/api/v1/reports/events", "").want(200).is("Baked bread (deleted)", "series", 0, "title", "en").is("烤面包（已删除）", "series", 0, "title", "zh")
}

// Why of a decision, whomever it is about: of the group of somebody's event with
// the conditions as they were, by the clock with what it did.
func TestWhyOfADecision(t *testing.T) {
	b := setup(t)
	b.as("operator", "PUT", "/api/v1/groups/runners", `{"title":{"en":"Runners"}}`).want(201)
	b.published("joy", joyousGroups)
	b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"checkin.done","member":{"channel":"app","external_id":"m"},"group":"runners","props":{"n":5}}]}`).want(200)
	position := fmt.Sprint(int64(b.as("viewer", "GET", "/api/v1/rules/joy/decisions", "").want(200).is("runners", "items", 0, "subject").get("items", 0, "position").(float64)))
	a := b.as("viewer", "GET", "/api/v1/decisions/"+position+"/why?rule=joy&number=0", "").want(200)
	a.is("stored", "rules", 0, "source").is("true", "rules", 0, "outcome").is("Joyous group", "rules", 0, "title", "en").is(">", "rules", 0, "condition", "op").is(5, "rules", 0, "condition", "value")
	a.is("create_task", "rules", 0, "effects", 0, "kind").is("1", "event", "id")

	b.as("viewer", "GET", "/api/v1/decisions/"+position+"/why?rule=nothing", "").want(404)
	b.as("viewer", "GET", "/api/v1/decisions/1/why?rule=joy", "").want(404)
	b.as("foreign", "GET", "/api/v1/decisions/"+position+"/why?rule=joy", "").want(404)
	b.as("viewer", "GET", "/api/v1/decisions/x/why?rule=joy", "").want(404)
	b.as("viewer", "GET", "/api/v1/decisions/"+position+"/why", "").want(400)
}
