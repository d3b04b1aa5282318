package api

import (
	"fmt"
	"net/url"
	"testing"
)

// Words find members by id, identity and name, but not by what the caller is not shown.
func TestMembersAreFoundByWords(t *testing.T) {
	b := community(t)
	many(b)
	b.as("operator", "PATCH", lin, `{"name":"Lin Xiaojie 林小姐"}`).want(200)
	b.as("operator", "PUT", lin+"/identities/sms:13812345678", "").want(200)
	id := b.as("viewer", "GET", lin, "").get("id")
	finds := func(who, words, more string) *answer {
		return b.as(who, "GET", "/api/v1/members?q="+url.QueryEscape(words)+more, "").want(200)
	}
	for _, words := range []string{"xiao", "林小姐", "LIN jie", "wecom:wm1 lin", "2345", fmt.Sprint(id)} {
		finds("operator", words, "").is(id, "items", 0, "id").is(nil, "items", 1)
	}
	for _, words := range []string{"xiao", "2345", "林小姐"} {
		finds("analyst", words, "").is(nil, "items", 0)
	}
	finds("analyst", "138***78", "").is(id, "items", 0, "id")
	finds("operator", "nobody at all", "").is(nil, "items", 0)
	finds("operator", "wm", "&sort=-points&where="+url.QueryEscape("member.points > 17")).is(19, "items", 0, "accounts", "points", "balance").is(nil, "items", 2)
	b.as("viewer", "POST", "/api/v1/counts", `{"q":"wecom:wm0"}`).want(200).is(10, "count")

	seen, cursor := map[string]bool{}, "" // page by page, each once
	for range 12 {
		a := finds("operator", "wecom:wm1", "&limit=2&cursor="+url.QueryEscape(cursor))
		for i := range 2 {
			if one, is := a.get("items", i, "id").(string); is {
				if seen[one] {
					t.Errorf("%s comes twice", one)
				}
				seen[one] = true
			}
		}
		if cursor, _ = a.get("next").(string); cursor == "" {
			break
		}
	}
	if len(seen) != 11 || cursor != "" {
		t.Errorf("%d found, 11 are there; cursor %q", len(seen), cursor)
	}
}

// A change of many is checked before it begins: everything wrong at once.
func TestChangesOfManyAreChecked(t *testing.T) {
	b := community(t)
	path := "/api/v1/member-changes"
	id := b.as("viewer", "GET", lin, "").get("id")
	b.as("operator", "POST", path, fmt.Sprintf(`{"members":[%q],"add_tag":"vip"}`, id)).want(202).is("bulk", "kind").is(1, "total")
	for body, place := range map[string]string{
		`{}`: "/", `{"add_tag":"a","remove_tag":"b"}`: "/", `{"where":"member.pionts > 1","add_tag":"a"}`: "/where",
		`{"members":["nobody"],"add_tag":"a"}`: "/members/0", `{"where":"member.points > 1","points":{"amount":0}}`: "/points/amount",
		`{"points":{"amount":1,"account":"gold"}}`: "/points/account", `{"points":{"amount":1,"expires":"0d"}}`: "/points/expires",
		fmt.Sprintf(`{"members":[%q],"q":"x","add_tag":"a"}`, id): "/members",
	} {
		p := b.as("operator", "POST", path, body).want(422).problem()
		if len(p.Problems) == 0 || p.Problems[0].Path != place {
			t.Errorf("%s: %+v, want one at %s", body, p.Problems, place)
		}
	}
	b.as("analyst", "POST", path, `{"add_tag":"a"}`).want(403)
}
