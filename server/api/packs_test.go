package api

import "testing"

// The packs are those that the gallery needs, each with an example that holds.
func TestPacks(t *testing.T) {
	b := setup(t)
	a := b.as("viewer", "GET", "/api/v1/packs", "").want(200)
	have := map[string]bool{}
	for _, p := range a.get("items").([]any) {
		m := p.(map[string]any)
		have[m["key"].(string)] = true
		for _, r := range m["rules"].([]any) {
			if len(r.(map[string]any)["examples"].([]any)) == 0 {
				t.Errorf("%v: a rule without an example: %v", m["key"], r.(map[string]any)["key"])
			}
		}
	}
	for _, key := range []string{"entry", "six-tiers", "mentoring", "checkin-streak", "valid-invitations", "greetings", "praise", "group-rescue", "creators", "lead-follow-up", "gatherings"} {
		if !have[key] {
			t.Errorf("the pack %s is missing", key)
		}
	}
}

// A pack's rules become drafts with what they need; what is there stays.
func TestApplyPack(t *testing.T) {
	b := setup(t)
	b.as("operator", "PUT", "/api/v1/rules/creator-posts", "key: creator-posts\nkind: reward\n", "Content-Type: application/yaml").want(201)
	b.as("viewer", "POST", "/api/v1/packs/creators/apply", "").want(403)
	b.as("operator", "POST", "/api/v1/packs/nothing/apply", "").want(404)
	b.as("operator", "POST", "/api/v1/packs/creators/apply", "").want(200).
		is("creator-badge", "rules", 0).is(nil, "rules", 1).is("creator-posts", "kept", 0).is("creator", "needs", 0, "key")
	b.as("viewer", "GET", "/api/v1/rules/creator-badge", "").want(200).is("draft", "state")
	b.as("viewer", "GET", "/api/v1/rules/creator-posts", "").want(200).is("key: creator-posts\nkind: reward\n", "document")
	b.as("viewer", "GET", "/api/v1/rewards/creator", "").want(200).is("badge", "kind")
	b.as("operator", "POST", "/api/v1/packs/creators/apply", "").want(200).is(nil, "rules", 0)
	if rows := b.audit(); rows[0].Action != "pack.apply" || rows[0].Key != "creators" {
		t.Errorf("row %+v", rows[0])
	}
	for _, p := range b.as("viewer", "GET", "/api/v1/packs", "").want(200).get("items").([]any) {
		key := p.(map[string]any)["key"].(string)
		b.as("operator", "POST", "/api/v1/packs/"+key+"/apply", "").want(200)
	}
}

// Whoever may not add channels copies a pack without them, and is told.
func TestApplyPackWithoutChannels(t *testing.T) {
	b := setup(t)
	b.as("operator", "POST", "/api/v1/packs/greetings/apply", "").want(200).is("group-chat", "left", 0, "key")
	b.as("admin", "GET", "/api/v1/channels/group-chat", "").want(404)
	b.as("admin", "POST", "/api/v1/packs/greetings/apply", "").want(200).is(nil, "left", 0).is("group-chat", "needs", 0, "key")
	b.as("operator", "POST", "/api/v1/packs/greetings/apply", "").want(200).is(nil, "left", 0)
}
