package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/auth"
)

const lin = "/api/v1/members/wecom:wm1"

// community has a member, a badge, a privilege and a group.
func community(t *testing.T, edit ...func(*Options)) *bundle {
	b := setup(t, edit...)
	b.as("operator", "POST", "/api/v1/events", checkin("first")).want(200)
	b.as("operator", "PUT", "/api/v1/rewards/star", `{"kind":"badge","title":{"en":"Star"}}`).want(201)
	b.as("operator", "PUT", "/api/v1/rewards/desk", `{"kind":"privilege","title":{"en":"Desk"},"lasts":"10d"}`).want(201)
	b.as("operator", "PUT", "/api/v1/groups/runners", `{"title":{"en":"Runners"},"capacity":2}`).want(201)
	return b
}

func TestMemberByHand(t *testing.T) {
	b := community(t)
	id := b.as("viewer", "GET", lin, "").want(200).get("id").(string)
	b.as("operator", "PATCH", lin, `{"attrs":{"city":"上海","age":7},"tags_add":["vip","new"],"zone":"Europe/Berlin","lang":"en"}`).want(200).
		is("上海", "attrs", "city").is("[new vip]", "tags").is("Europe/Berlin", "zone")
	b.as("operator", "PATCH", lin, `{"attrs":{"city":null},"tags_remove":["new"]}`).want(200).is(nil, "attrs", "city").is("[vip]", "tags")
	b.as("operator", "PUT", lin+"/tags/早起", "").want(200).is("[vip 早起]", "tags")
	b.as("operator", "DELETE", lin+"/tags/vip", "").want(200).is("[早起]", "tags")
	b.as("operator", "POST", lin+"/points", `{"amount":50,"reason":"helped","expires":"30d"}`).want(200).is(50, "accounts", "points", "balance")
	b.as("operator", "POST", lin+"/points", `{"amount":-20}`).want(200).is(30, "accounts", "points", "balance")
	b.as("viewer", "GET", lin+"/points?limit=1", "").want(200).is(-20, "items", 0, "amount").is(nil, "items", 1)
	b.as("operator", "PUT", lin+"/badges/star", "").want(200)
	b.as("viewer", "GET", lin+"/badges", "").want(200).is("star", "items", 0, "badge").is("Star", "items", 0, "title", "en")
	b.as("operator", "DELETE", lin+"/badges/star", "").want(200).is(nil, "badges", "star")
	b.as("operator", "PUT", lin+"/privileges/desk", "").want(200).is(start.Add(10*24*3600e9).String(), "privileges", "desk")
	b.as("operator", "PUT", lin+"/privileges/desk", `{"lasts":"2w"}`).want(200).is(start.Add(14*24*3600e9).String(), "privileges", "desk")
	b.as("operator", "DELETE", lin+"/privileges/desk", "").want(200).is(nil, "privileges", "desk")
	b.as("operator", "PUT", lin+"/tiers/default", `{"to":"active"}`).want(200).is("active", "tiers", "default", "tier")
	b.as("operator", "PUT", lin+"/consent", `{"channel":"email","given":false}`).want(200).is(false, "consent", "email", "given")
	b.as("operator", "POST", lin+"/notes", `{"text":"prefers evenings"}`).want(201).is("prefers evenings", "body", "text")
	b.as("operator", "GET", lin+"/notes", "").want(200).is("prefers evenings", "items", 0, "body", "text")
	b.as("operator", "PUT", lin+"/identities/email:a@b.c", "").want(200).is("email", "identities", 1, "channel")
	b.as("viewer", "GET", "/api/v1/members/email:a@b.c", "").want(200).is(id, "id")
	b.as("operator", "DELETE", lin+"/identities/email:a@b.c", "").want(200).is(nil, "identities", 1)
	b.as("operator", "DELETE", lin+"/identities/email:a@b.c", "").want(404)
	b.as("viewer", "GET", "/api/v1/members/"+id, "").want(200).is(id, "id")
}

func TestProblemsOfMembers(t *testing.T) {
	b := community(t)
	tests := []struct {
		method, path, body string
		status             int
		places             string
	}{
		{"GET", "/api/v1/members/nobody", "", 404, ""},
		{"GET", "/api/v1/members/wecom:nobody", "", 404, ""},
		{"PATCH", lin, `{"nick":"x","lang":"fr","tags_add":[""]}`, 422, "unknown_value /lang; unknown_field /nick; empty /tags_add/0"},
		{"PATCH", lin, `{"zone":"Mars"}`, 422, "unknown_zone /zone"},
		{"PATCH", lin, `[]`, 422, "wrong_type "},
		{"PATCH", lin, ``, 400, ""},
		{"POST", lin + "/points", `{}`, 422, "required /amount"},
		{"POST", lin + "/points", `{"amount":0}`, 422, "out_of_range /amount"},
		{"POST", lin + "/points", `{"amount":1.5}`, 422, "wrong_type /amount"},
		{"POST", lin + "/points", `{"amount":99999999999999999999}`, 422, "wrong_type /amount"},
		{"POST", lin + "/points", `{"amount":1,"account":"gold"}`, 422, "unknown_points /account"},
		{"POST", lin + "/points", `{"amount":1,"expires":"soon"}`, 422, "bad_format /expires"},
		{"POST", lin + "/points", `{"amount":1,"expires":"99999w"}`, 422, "bad_duration /expires"},
		{"PUT", lin + "/badges/nothing", ``, 422, "unknown_badge /badge"},
		{"PUT", lin + "/tiers/default", `{"to":"king"}`, 422, "unknown_tier /to"},
		{"PUT", lin + "/tiers/nothing", `{"to":"king"}`, 404, ""},
		{"PUT", lin + "/identities/noColon", ``, 422, "bad_identity /identity"},
		{"POST", lin + "/merge", `{"other":"wecom:nobody"}`, 422, "unknown_member /other"},
		{"POST", lin + "/merge", `{"other":"wecom:wm1"}`, 409, ""},
		{"PUT", lin + "/consent", `{"given":"yes"}`, 422, "wrong_type /given"},
		{"POST", lin + "/notes", `{"text":"` + strings.Repeat("x", 5001) + `"}`, 422, "too_long /text"},
		{"GET", "/api/v1/members?limit=0", "", 400, "out_of_range /limit"},
		{"GET", "/api/v1/members?limit=ten&sort=age&lmit=3", "", 400, "unknown_value /sort; wrong_type /limit; unknown_parameter /lmit"},
		{"GET", "/api/v1/members?cursor=abc", "", 400, "bad_cursor /cursor"},
		{"GET", "/api/v1/members?where=%ZZ", "", 400, ""},
		{"GET", "/api/v1/members?where=member.rank+%3E%3D", "", 422, ""},
		{"DELETE", lin, `{"why":1}`, 400, ""},
	}
	for _, test := range tests {
		a := b.as("admin", test.method, test.path, test.body)
		if a.Status != test.status || test.places != "" && a.places() != test.places {
			t.Errorf("%s %s %.60s\n got %d %s\nwant %d %s\n%s", test.method, test.path, test.body, a.Status, a.places(), test.status, test.places, a.Body)
		}
	}
}

func TestIfMatchOnMembers(t *testing.T) {
	b := community(t)
	tag := b.as("viewer", "GET", lin, "").Header.Get("ETag")
	b.as("operator", "PATCH", lin, `{"tags_add":["a"]}`, "If-Match: "+tag).want(200)
	b.as("operator", "PATCH", lin, `{"tags_add":["b"]}`, "If-Match: "+tag).want(412).problem()
	b.as("operator", "PUT", lin+"/tiers/default", `{"to":"active"}`, "If-Match: "+tag).want(412)
	b.as("operator", "PATCH", lin, `{"tags_add":["b"]}`, "If-Match: *").want(200).is("[a b]", "tags")
}

// Personal fields are shown to whoever has the scope, and to nobody else.
func TestPersonalFields(t *testing.T) {
	b := community(t)
	b.token("curious", auth.Token{Workspace: "ws_a", Role: auth.Viewer, Scopes: []auth.Scope{auth.MembersRead, auth.PersonalRead}})
	b.as("operator", "PATCH", lin, `{"name":"林小姐"}`).want(200).is("林小姐", "name")
	b.as("viewer", "GET", lin, "").want(200).is(nil, "name")
	b.as("analyst", "GET", "/api/v1/members", "").want(200).is(nil, "items", 0, "name")
	b.as("curious", "GET", lin, "").want(200).is("林小姐", "name")
	b.as("analyst", "GET", lin+"/notes", "").want(403)
	if a := b.as("analyst", "GET", lin+"/timeline", "").want(200); strings.Contains(string(a.Body), "林小姐") {
		t.Errorf("the log holds a name: %s", a.Body)
	}
	if a := b.as("viewer", "GET", "/api/v1/members?where="+url.QueryEscape(`member.name == "林小姐"`), ""); a.Status != 422 {
		t.Errorf("a condition reads a name: %d %s", a.Status, a.Body)
	}
	b.as("admin", "DELETE", lin, "").want(204)
	b.as("viewer", "GET", lin, "").want(404)
	if strings.Contains(b.log.String(), "林小姐") || strings.Contains(b.log.String(), "wm1") {
		t.Errorf("the request log names a person:\n%s", b.log)
	}
}

func TestMergeAndUndo(t *testing.T) {
	b := community(t)
	b.as("operator", "POST", "/api/v1/events", strings.Replace(checkin("x"), "wm1", "wm2", 1)).want(200)
	b.as("operator", "POST", "/api/v1/members/wecom:wm2/points", `{"amount":7}`).want(200)
	one, two := b.as("viewer", "GET", lin, "").get("id"), b.as("viewer", "GET", "/api/v1/members/wecom:wm2", "").get("id")
	a := b.as("operator", "POST", lin+"/merge", `{"other":"wecom:wm2"}`).want(200).is(7, "member", "accounts", "points", "balance")
	b.as("viewer", "GET", "/api/v1/members/wecom:wm2", "").want(200).is(one, "id")
	b.as("viewer", "GET", "/api/v1/members", "").want(200).is(nil, "items", 1)
	b.as("operator", "POST", lin+"/unmerge", fmt.Sprintf(`{"merge":%v}`, a.get("merge"))).want(200)
	b.as("viewer", "GET", "/api/v1/members/wecom:wm2", "").want(200).is(two, "id").is(7, "accounts", "points", "balance")
}

// What was known and written of both people is there after a merge, in order, and
// each has their own again when it is undone.
func TestAMergeKeepsWhatWasWritten(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/call", `{"key":"call","kind":"reward","title":{"en":"Call"},"on":"message.sent","then":[{"create_lead":{"text":"call {{ member.name }}"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/call/publish", "").want(200)
	says := func(who, id string) {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":%q,"type":"message.sent","member":{"channel":"wecom","external_id":%q}}]}`, id, who)).want(200)
	}
	const two, three = "/api/v1/members/wecom:wm2", "/api/v1/members/wecom:wm3"
	says("wm1", "a1")
	says("wm2", "b1")
	says("wm3", "c1")
	b.as("operator", "PATCH", two, `{"name":"Bo"}`).want(200)
	b.as("operator", "POST", lin+"/notes", `{"text":"of one"}`).want(201)
	b.as("operator", "POST", two+"/notes", `{"text":"of two"}`).want(201)
	b.as("operator", "POST", three+"/notes", `{"text":"of three"}`).want(201)
	says("wm1", "a2")
	texts := func(path string, in ...any) (all []string) {
		for next := ""; ; {
			a := b.as("operator", "GET", path+next, "").want(200)
			for i := 0; a.get("items", i) != nil; i++ {
				all = append(all, fmt.Sprint(a.get(append([]any{"items", i}, in...)...)))
			}
			cursor, _ := a.get("next").(string)
			if cursor == "" {
				return all
			}
			next = "&cursor=" + url.QueryEscape(cursor)
		}
	}
	are := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", what, got, want)
		}
	}
	first := b.as("operator", "POST", two+"/merge", `{"other":"wecom:wm3"}`).want(200).get("merge")
	second := b.as("operator", "POST", lin+"/merge", `{"other":"wecom:wm2"}`).want(200).get("merge")
	for _, limit := range []string{"1", "2", "100"} {
		are("notes", texts(lin+"/notes?limit="+limit, "body", "text"), "of three", "of two", "of one")
		are("messages", texts(lin+"/timeline?type=message.sent&limit="+limit, "id"), "a2", "c1", "b1", "a1")
		are("events", texts("/api/v1/events?member=wecom:wm1&type=message.sent&limit="+limit, "id"), "a2", "c1", "b1", "a1")
		are("decisions", texts(lin+"/decisions?limit="+limit, "rule"), "call", "call", "call", "call")
		are("leads", texts("/api/v1/leads?member=wecom:wm1&limit="+limit, "rule"), "call", "call", "call", "call")
	}
	b.as("operator", "GET", lin, "").want(200).is("Bo", "name")
	b.as("operator", "GET", "/api/v1/members?q=bo", "").want(200).is("Bo", "items", 0, "name")
	says("wm1", "a3")
	if list := texts("/api/v1/leads?member=wecom:wm1", "body", "text"); !slices.Contains(list, "call Bo") {
		t.Errorf("a text names %v", list)
	}
	b.as("operator", "POST", lin+"/unmerge", fmt.Sprintf(`{"merge":%v}`, second)).want(200).is(nil, "name")
	are("notes of one", texts(lin+"/notes?limit=9", "body", "text"), "of one")
	are("notes of two", texts(two+"/notes?limit=9", "body", "text"), "of three", "of two")
	are("messages of one", texts(lin+"/timeline?type=message.sent&limit=9", "id"), "a3", "a2", "a1")
	b.as("operator", "POST", two+"/unmerge", fmt.Sprintf(`{"merge":%v}`, first)).want(200)
	are("notes of three", texts(three+"/notes?limit=9", "body", "text"), "of three")
	are("decisions of three", texts(three+"/decisions?limit=9", "rule"), "call")
}

// many makes members wm00 to wm19 with as many points as their number; every
// third has a tag.
func many(b *bundle) {
	var events []string
	for i := range 20 {
		events = append(events, fmt.Sprintf(`{"id":"m%d","type":"member.joined","member":{"channel":"wecom","external_id":"wm%02d"}}`, i, i))
	}
	b.as("operator", "POST", "/api/v1/events", `{"events":[`+strings.Join(events, ",")+`]}`).want(200)
	for i := range 20 {
		path := fmt.Sprintf("/api/v1/members/wecom:wm%02d", i)
		if i > 0 {
			b.as("operator", "POST", path+"/points", fmt.Sprintf(`{"amount":%d}`, i)).want(200)
		}
		if i%3 == 0 {
			b.as("operator", "PUT", path+"/tags/third", "").want(200)
		}
	}
}

// pages walks a list to its end.
func pages(b *bundle, path string) (ids []string) {
	b.t.Helper()
	next := ""
	for range 100 {
		a := b.as("viewer", "GET", path+next, "").want(200)
		for i := 0; a.get("items", i) != nil; i++ {
			ids = append(ids, fmt.Sprint(a.get("items", i, "identities", 0, "external_id")))
		}
		cursor, _ := a.get("next").(string)
		if cursor == "" {
			return ids
		}
		next = "&cursor=" + url.QueryEscape(cursor)
	}
	b.t.Fatal("the list has no end")
	return nil
}

func TestListMembers(t *testing.T) {
	b := setup(t)
	many(b)
	third := "&where=" + url.QueryEscape(`"third" in member.tags`)
	if ids := pages(b, "/api/v1/members?limit=3"); len(ids) != 20 {
		t.Error(ids)
	}
	if ids := pages(b, "/api/v1/members?limit=2"+third); len(ids) != 7 {
		t.Error(ids)
	}
	if ids := pages(b, "/api/v1/members?limit=2&sort=-points"+third); strings.Join(ids, " ") != "wm18 wm15 wm12 wm09 wm06 wm03 wm00" {
		t.Error(ids)
	}
	if ids := pages(b, "/api/v1/members?limit=7&sort=points"); len(ids) != 20 || ids[0] != "wm00" || ids[19] != "wm19" {
		t.Error(ids)
	}
	// Everybody in the order of joining is read another way than some of them, and comes out the same.
	for _, order := range []string{"joined_at", "-joined_at"} {
		whole, some := pages(b, "/api/v1/members?limit=3&sort="+order), pages(b, "/api/v1/members?limit=100&sort="+order+"&where="+url.QueryEscape("member.points >= 0"))
		if len(whole) != 20 || !slices.Equal(whole, some) {
			t.Errorf("%s: %v, with a condition that holds for all %v", order, whole, some)
		}
	}
	b.as("admin", "PUT", "/api/v1/segments/third", `{"title":{"en":"T"},"where":"\"third\" in member.tags or member.attrs.city == \"x\""}`)
	b.as("viewer", "GET", "/api/v1/segments/nothing/count", "").want(404)
	// A cursor is for the list that gave it.
	cursor := b.as("viewer", "GET", "/api/v1/members?limit=2", "").get("next").(string)
	for _, path := range []string{"/api/v1/members?sort=points", "/api/v1/members?x=1", "/api/v1/tasks?"} {
		if a := b.as("viewer", "GET", path+"&cursor="+cursor, ""); a.Status != 400 {
			t.Errorf("%s takes another list's cursor: %d", path, a.Status)
		}
	}
	if a := b.as("foreign", "GET", "/api/v1/members?cursor="+cursor, ""); a.Status != 400 {
		t.Errorf("another workspace takes the cursor: %d %s", a.Status, a.Body)
	}
}

func TestCountSegment(t *testing.T) {
	b := setup(t)
	many(b)
	b.as("admin", "PUT", "/api/v1/attributes/city", `{"type":"string"}`).want(201)
	b.as("operator", "PATCH", "/api/v1/members/wecom:wm01", `{"attrs":{"city":"x"}}`).want(200)
	b.as("operator", "PATCH", "/api/v1/members/wecom:wm02", `{"attrs":{"city":"y"}}`).want(200)
	b.as("operator", "PUT", "/api/v1/segments/x", `{"title":{"en":"X"},"where":"member.attrs.city == \"x\""}`).want(201)
	b.as("viewer", "GET", "/api/v1/segments/x/count", "").want(200).is(1, "count").is(18, "unknown")
	b.as("operator", "PATCH", "/api/v1/members/wecom:wm01", `{"attrs":{"city":7}}`).want(422).is("wrong_type", "problems", 0, "code")
}

// A filter may count what members did, as rules do.
func TestFilterCounts(t *testing.T) {
	b := setup(t)
	many(b)
	for i := range 4 {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"p%d","type":"order.paid","at":"2026-03-02T01:0%d:00Z","member":{"channel":"wecom","external_id":"wm0%d"},"props":{"amount":%d.5}}]}`, i, i, i/2, i)).want(200)
	}
	for where, want := range map[string]string{
		`events("order.paid", "all").count() >= 2`:                           "wm00 wm01",
		`events("order.paid", "all").sum("amount") > 2`:                      "wm01",
		`purchased("30d") and member.points == 1`:                            "wm01",
		`events("message.sent", "all").count() >= 1`:                         "",
		`"third" in member.tags and events("order.paid", "all").count() > 0`: "wm00",
	} {
		if ids := pages(b, "/api/v1/members?limit=5&where="+url.QueryEscape(where)); strings.Join(ids, " ") != want {
			t.Errorf("%s: %v, want %s", where, ids, want)
		}
	}
}
