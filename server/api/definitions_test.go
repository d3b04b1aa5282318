package api

import (
	"strings"
	"testing"
)

func TestDefinitionsOfEveryKind(t *testing.T) {
	b := setup(t)
	tests := []struct{ path, body string }{
		{"/api/v1/groups/runners", `{"title":{"en":"Runners"},"capacity":2,"intake":"open"}`},
		{"/api/v1/ladders/writers", `{"title":{"zh":"作者"},"tiers":[{"key":"new","title":{"en":"New"}}]}`},
		{"/api/v1/rewards/first", `{"kind":"badge","title":{"en":"First"}}`},
		{"/api/v1/templates/hi", `{"body":{"en":"Hi {{ member.name }}","zh":"你好"}}`},
		{"/api/v1/channels/hook", `{"plugin":"webhook","config":{"url":"https://example.com"}}`},
		{"/api/v1/event-types/步行", `{"title":{"zh":"步行"},"subject":"member","fields":[{"name":"步数","type":"integer","non_negative":true}]}`},
		{"/api/v1/segments/regulars", `{"title":{"en":"Regulars"},"where":"member.rank >= 2"}`},
		{"/api/v1/attributes/city", `{"type":"string","title":{"en":"City"}}`},
	}
	for _, test := range tests {
		list, key := test.path[:strings.LastIndex(test.path, "/")], test.path[strings.LastIndex(test.path, "/")+1:]
		a := b.as("admin", "PUT", test.path, test.body).want(201).is(key, "key")
		tag := a.Header.Get("ETag")
		got := b.as("viewer", "GET", test.path, "").want(200)
		if got.Header.Get("ETag") != tag || tag == "" {
			t.Errorf("%s: ETag %q after %q", test.path, got.Header.Get("ETag"), tag)
		}
		// What was read can be written back as it is.
		b.as("admin", "PUT", test.path, string(got.Body), "If-Match: "+tag).want(200)
		b.as("admin", "PUT", test.path, test.body, "If-Match: "+tag).want(412)
		b.as("viewer", "GET", list, "").want(200)
		b.as("viewer", "GET", test.path, "", "If-None-Match: "+b.as("viewer", "GET", test.path, "").Header.Get("ETag")).want(304)
		b.as("foreign", "GET", test.path, "").want(404)
		b.as("admin", "DELETE", test.path, "", "If-Match: "+tag).want(412)
		b.as("admin", "DELETE", test.path, "").want(204)
		b.as("admin", "DELETE", test.path, "").want(404)
	}
	b.as("viewer", "GET", "/api/v1/ladders/default", "").want(200).is("onlooker", "tiers", 0, "key")
	b.as("admin", "DELETE", "/api/v1/ladders/default", "").want(409)
}

// Each body is wrong in one way or several; status and places are the contract.
func TestProblemsOfDefinitions(t *testing.T) {
	b := setup(t)
	long := strings.Repeat("x", 5000)
	tests := []struct{ path, body, places string }{
		{"groups/a", `{}`, "required /title"},
		{"groups/a", `{"title":{},"sise":3,"capacity":-1,"phase":"bloom","rules":["x"]}`, "out_of_range /capacity; unknown_value /phase; wrong_type /rules/0; unknown_field /sise; empty /title"},
		// One answer tells everything: of the key, of the structure and of what lies beyond it.
		{"groups/A", `{"title":{},"capacity":-1,"rules":[{},"x"]}`, "bad_format /group; out_of_range /capacity; wrong_type /rules/1; empty /title; empty /rules/0"},
		{"ladders/L", `{"title":{},"tiers":[{"key":"","title":{}},{"key":"a","title":{}}]}`, "bad_format /ladder; empty /tiers/0/key; empty /title; empty /tiers/0/title; empty /tiers/1/title"},
		{"channels/C", `{"plugin":"pigeon","per_minute":"x"}`, "bad_format /channel; wrong_type /per_minute; unknown_plugin /plugin"},
		{"groups/a", `{"title":{}}`, "empty /title"},
		{"groups/a", `{"title":{"en":"A"},"parent":"b","channel":"c","overflow_of":"a"}`, "unknown_group /parent; itself /overflow_of; unknown_channel /channel"},
		{"groups/a", `{"key":"b","title":{"en":"A"}}`, "other_key /key"},
		{"groups/A", `{"title":{"en":"A"}}`, "bad_format /group"},
		{"ladders/l", `{"title":{"en":"L"},"tiers":[]}`, "empty /tiers"},
		{"ladders/l", `{"title":{"en":"L"},"tiers":[{"key":"a","title":{"en":"x"}},{"key":"a","title":{}}]}`, "empty /tiers/1/title; duplicate_key /tiers/1/key"},
		{"rewards/r", `{"kind":"badge","title":{"en":"R"},"codes":["a","a"],"stock":3,"lasts":"5d","floor":0}`,
			"not_for_kind /codes; not_for_kind /stock; not_for_kind /lasts; not_for_kind /floor; both_given /stock; duplicate_key /codes/1"},
		{"rewards/r", `{"kind":"medal","title":{"en":"R"}}`, "unknown_value /kind"},
		{"templates/t", `{"body":{"en":"{{ member.nme }} {{ 1 + }}"}}`, ""},
		{"channels/c", `{"plugin":"pigeon"}`, "unknown_plugin /plugin"},
		{"channels/c", `{"plugin":"webhook","config":{"url":"http://x"}}`, "bad_url /config/url"},
		{"channels/c", `{"plugin":"webhook","config":[]}`, "wrong_type /config"},
		{"event-types/checkin.done", `{"title":{"en":"T"},"subject":"member"}`, "builtin /key"},
		{"event-types/bylaw.x", `{"title":{"en":"T"},"subject":"member"}`, "reserved_type /key"},
		{"event-types/t", `{"title":{"en":"T"},"subject":"pet","fields":[{"name":"a"}]}`, "required /fields/0/type; unknown_value /subject"},
		{"event-types/t", `{"title":{"en":"T"},"subject":"member","fields":[{"name":"a","type":"string","non_negative":true},{"name":"a","type":"bool","values":["x"]}]}`,
			"not_for_type /fields/0/non_negative; duplicate_key /fields/1/name; not_for_type /fields/1/values"},
		{"segments/s", `{"title":{"en":"S"},"where":"member.rnk >= 2 and"}`, ""},
		{"segments/s", `{"title":{"en":"S"},"where":"` + long + `"}`, "too_long /where"},
		{"attributes/x", `{"type":"number"}`, "unknown_value /type"},
		{"settings", `{"zone":"Mars/Base","currency":"yuan","lang":"fr"}`, "bad_format /currency; unknown_value /lang; unknown_zone /zone"},
		{"settings", `{"zone":"Mars/Base","currency":"CNY","lang":"zh","quiet_from":"22:00","workdays":{"2026-02-30":true}}`,
			"unknown_zone /zone; both_needed /quiet_to; bad_date /workdays/2026-02-30"},
	}
	for _, test := range tests {
		a := b.as("admin", "PUT", "/api/v1/"+test.path, test.body)
		if a.Status != 422 {
			t.Errorf("%s %.60s: status %d %s", test.path, test.body, a.Status, a.Body)
			continue
		}
		places := a.places()
		if test.places == "" { // the language's own codes; the place is ours
			for _, p := range a.problem().Problems {
				if !strings.HasPrefix(p.Path, "/body/en") && p.Path != "/where" || p.Column == 0 {
					t.Errorf("%s: %+v", test.path, p)
				}
			}
			continue
		}
		if places != test.places {
			t.Errorf("%s %.80s\n got %s\nwant %s", test.path, test.body, places, test.places)
		}
	}
}

// What a live rule needs cannot be taken away from it.
func TestBreakage(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/rewards/star", `{"kind":"badge","title":{"en":"Star"}}`).want(201)
	b.as("operator", "PUT", "/api/v1/rules/s", `{"key":"s","kind":"reward","title":{"en":"S","zh":"S"},"on":"checkin.done","then":[{"award_badge":{"badge":"star"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/s/publish", "").want(200)
	if a := b.as("admin", "DELETE", "/api/v1/rewards/star", "").want(409); a.places() != "breaks_rule /rules/s" {
		t.Error(a.places())
	}
	b.as("admin", "PUT", "/api/v1/rewards/star", `{"kind":"points","title":{"en":"Star"}}`).want(409)
	b.as("operator", "DELETE", "/api/v1/rules/s", "").want(204)
	b.as("admin", "DELETE", "/api/v1/rewards/star", "").want(204)
}

func TestChannelSecrets(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","config":{"url":"https://example.com"}}`).want(201)
	b.as("admin", "PUT", "/api/v1/channels/hook/secrets", `{"secrets":{"signing_key":"whsec_s3cr3t","old":null}}`).want(204)
	a := b.as("viewer", "GET", "/api/v1/channels/hook", "").want(200).is("[signing_key]", "secrets")
	b.as("admin", "PUT", "/api/v1/channels/nothing/secrets", `{"secrets":{}}`).want(404)
	b.as("admin", "POST", "/api/v1/channels/hook/test", `{"text":"hi"}`).want(200).is("delivered", "outcome")
	everything := string(a.Body) + b.log.String()
	for _, e := range append(b.audit(), b.world.audit...) {
		everything += e.Before + e.After
	}
	if strings.Contains(everything, "s3cr3t") {
		t.Error("the secret is shown, logged or audited")
	}
}
