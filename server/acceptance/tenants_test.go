package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// theirs stands in everything that the other workspace wrote, and in none of its
// keys, which an answer may repeat to who asked for them.
const theirs = "quokka"

// operation is a route as the API's description has it.
type operation struct {
	method, path, id, role string
	example                json.RawMessage
	query                  []string
}

// operations reads the description: a new route is tested by being there.
func operations(t *testing.T) (all []operation) {
	t.Helper()
	raw, err := os.ReadFile("../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	type parameter struct {
		Ref  string `json:"$ref"`
		Name string
		In   string
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Parameters map[string]parameter }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, body := range doc.Paths[path] {
			var o struct {
				OperationID string
				Role        string `json:"x-role"`
				Parameters  []parameter
				RequestBody struct {
					Content map[string]struct{ Example json.RawMessage }
				}
			}
			if method == "parameters" {
				continue
			}
			if err := json.Unmarshal(body, &o); err != nil {
				t.Fatal(err)
			}
			one := operation{strings.ToUpper(method), strings.TrimPrefix(path, "/api/v1"), o.OperationID, o.Role, o.RequestBody.Content["application/json"].Example, nil}
			for _, p := range o.Parameters {
				if p.Ref != "" {
					p = doc.Components.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
				}
				if p.In == "query" {
					one.query = append(one.query, p.Name)
				}
			}
			all = append(all, one)
		}
	}
	if len(all) < 150 {
		t.Fatalf("only %d routes are described", len(all))
	}
	return all
}

// neighbours are two workspaces of one server: default, whose ids are known to the
// other, and the other, which asks for them.
type neighbours struct {
	t   *testing.T
	s   *server
	own string            // the token of who asks
	ids map[string]string // default's, by the name that a path has for it
}

// settle gives default one of everything.
func settle(t *testing.T, s *server) *neighbours {
	n := &neighbours{t: t, s: s, ids: map[string]string{"rule": "rule-1", "group": "group-1", "ladder": "ladder-1", "badge": "badge-1", "privilege": "desk-1",
		"reward": "badge-1", "template": "text-1", "channel": "file-1", "event_type": "walk.done", "segment": "some-1", "attribute": "city-1", "tag": "tag-1",
		"role": "assistant", "identity": "other:x1", "pack": "praise", "report": "activity", "session": "s1", "review": "r1"}}
	titled := func(more string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"title":{"en":%q}%s}`, theirs+" title", more))
	}
	put := func(path string, body any) { s.call("PUT", path, body) }
	put("/channels/file-1", titled(`,"plugin":"logfile","config":{"file":"quokka.jsonl"}`))
	put("/groups/group-1", titled(`,"capacity":1,"channel":"file-1","address":"a1","intake":"open"`))
	put("/ladders/ladder-1", titled(`,"tiers":[{"key":"one","title":{"en":"quokka tier"}}]`))
	put("/rewards/badge-1", titled(`,"kind":"badge"`))
	put("/rewards/desk-1", titled(`,"kind":"privilege"`))
	put("/templates/text-1", json.RawMessage(`{"body":{"en":"quokka text"}}`))
	put("/event-types/walk.done", titled(`,"subject":"member"`))
	put("/segments/some-1", titled(`,"where":"member.points > 1"`))
	put("/attributes/city-1", titled(`,"type":"string"`))
	s.publish("rule-1", yaml("key: rule-1\nkind: reward\ntitle: {en: quokka rule}\non: walk.done\nthen:\n"+
		"  - award_badge: {badge: badge-1}\n  - create_task: {to: user, text: quokka task}\n  - create_lead: {text: quokka lead}\n  - give_link: {group: group-1}\n  - send: {channel: file-1, text: quokka message}\n"))
	for i := range 7 {
		s.call("POST", "/events", map[string]any{"events": []any{map[string]any{"id": fmt.Sprint("e", i), "type": "walk.done", "origin": theirs,
			"member": map[string]string{"channel": "file-1", "external_id": fmt.Sprint(theirs, i)}}}})
	}
	const who = "/members/file-1:" + theirs + "6"
	s.call("PATCH", who, map[string]any{"name": theirs + " name", "attrs": map[string]string{"city-1": theirs}, "tags_add": []string{"tag-1"}})
	put(who+"/identities/other:x1", nil)
	s.call("POST", who+"/notes", map[string]string{"text": theirs + " note"})
	put(who+"/suppressions/file-1", map[string]string{"reason": "manual"})
	for _, m := range []string{"6", "5"} { // one is let in, one waits
		s.call("POST", "/groups/group-1/applications", map[string]string{"member": "file-1:" + theirs + m})
	}
	s.call("POST", "/exports", json.RawMessage(`{"noun":"members","format":"csv"}`))
	n.find("member", who, "id")
	n.find("user", "/users", "")
	n.find("task", "/tasks", "items", "id")
	n.find("lead", "/leads", "items", "id")
	n.find("delivery", "/deliveries", "items", "id")
	n.find("job", "/jobs", "items", "id")
	n.find("token", "/tokens", "items", "id")
	n.find("position", "/decisions", "items", "position")
	return n
}

// find notes an id of default's.
func (n *neighbours) find(name, path string, in ...string) {
	n.t.Helper()
	if name == "user" {
		a := n.s.call("POST", path, map[string]string{"login": "an-1", "role": "viewer", "name": theirs + " user"})
		path, in = "/users/"+field(n.t, a.body, "id"), []string{"id"}
	}
	n.ids[name] = field(n.t, n.s.call("GET", path, nil).body, in...)
}

// field reads a field of JSON, of the first where there is a list.
func field(t *testing.T, body []byte, in ...string) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	for _, name := range in {
		m, _ := v.(map[string]any)
		if v = m[name]; name == "items" {
			list, _ := v.([]any)
			if len(list) == 0 {
				t.Fatalf("nothing in %.200s", body)
			}
			v = list[0]
		}
	}
	if v == nil {
		t.Fatalf("no %v in %.200s", in, body)
	}
	return fmt.Sprint(v)
}

// ask asks as the other workspace, and wants no byte of default's.
func (n *neighbours) ask(method, path string, body []byte) answer {
	n.t.Helper()
	mine := n.s.token
	n.s.token = n.own
	a, err := n.s.try(method, path, "application/json", body)
	n.s.token = mine
	if err != nil {
		n.t.Fatalf("%s %s: %v", method, path, err)
	}
	if bytes.Contains(a.body, []byte(theirs)) {
		n.t.Errorf("%s %s shows what is another workspace's: %d %.500s", method, path, a.status, a.body)
	}
	if a.status >= 500 {
		n.t.Errorf("%s %s: %d %.300s", method, path, a.status, a.body)
	}
	return a
}

// named asks for everything of default's by its address.
func (n *neighbours) named(o operation) {
	n.t.Helper()
	path, holes := o.path, strings.Count(o.path, "{")
	for name, id := range n.ids {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(id))
	}
	if strings.Contains(path, "{") {
		n.t.Errorf("%s: the test has no id for %s", o.id, path)
	}
	switch one := strings.HasSuffix(o.path, "}") && holes == 1; {
	case o.method == http.MethodPut && one, strings.Contains(o.path, "{pack}"), strings.Contains(o.path, "{report}"):
		return // makes one of its own; everybody has the same
	case strings.Contains(o.path, "{session}"):
		return // people's alone, which server/api tests
	case strings.Contains(o.path, "{position}"):
		path += "?rule=" + n.ids["rule"]
	}
	if a := n.ask(o.method, path, o.example); a.status != http.StatusNotFound {
		n.t.Errorf("%s %s answers %d: %.300s", o.method, path, a.status, a.body)
	}
}

// listed asks for lists of what default has.
func (n *neighbours) listed(o operation) {
	n.t.Helper()
	n.ask(o.method, o.path, nil)
	for _, q := range o.query {
		if id := n.ids[q]; id != "" {
			n.ask(o.method, o.path+"?"+q+"="+url.QueryEscape(id), nil)
		}
	}
	n.ask(o.method, o.path+"?ids="+n.ids["member"]+"&q="+theirs, nil)
}

// spoken names what is default's within bodies.
func (n *neighbours) spoken() {
	n.t.Helper()
	n.ask("POST", "/events", []byte(`{"events":[{"id":"m1","type":"message.sent","member":{"channel":"c","external_id":"me"}}]}`))
	n.ask("PUT", "/groups/mine", []byte(`{"title":{"en":"Mine"}}`))
	member := n.ids["member"]
	for _, x := range []struct{ method, path, body string }{
		{"POST", "/members/c:me/merge", `{"other":"` + member + `"}`},
		{"POST", "/groups/mine/members", `{"member":"` + member + `"}`},
		{"POST", "/groups/mine/applications", `{"member":"` + member + `"}`},
		{"PUT", "/groups/mine/officers/assistant/" + member, `{}`},
		{"PUT", "/members/c:me/badges/badge-1", ``},
		{"PUT", "/members/c:me/privileges/desk-1", ``},
		{"PUT", "/members/c:me/tiers/ladder-1", `{"to":"one"}`},
		{"POST", "/rules/try", `{"rule":"rule-1","member":"c:me"}`},
		{"POST", "/backtests", `{"rule":"rule-1","from":"2026-01-01T00:00:00Z","to":"2027-01-01T00:00:00Z"}`},
	} {
		if a := n.ask(x.method, x.path, []byte(x.body)); a.status < 400 {
			n.t.Errorf("%s %s %s answers %d: %.300s", x.method, x.path, x.body, a.status, a.body)
		}
	}
	n.ask("POST", "/member-changes", []byte(`{"ids":["`+member+`"],"add_tag":"mine"}`))
	n.ask("POST", "/templates/preview", []byte(`{"body":{"en":"{{ member.name }}"},"member":"`+member+`"}`))
	a := n.ask("POST", "/events", []byte(`{"events":[{"id":"m2","type":"message.sent","member":{"id":"`+member+`"}}]}`))
	var out struct{ Results []result }
	if a.decode(n.t, &out); len(out.Results) != 1 || out.Results[0].Status != "invalid" {
		n.t.Errorf("an event of another workspace's member: %.300s", a.body)
	}
}

// picture is what default sees of itself.
func (n *neighbours) picture() string {
	var all []string
	for _, path := range []string{"/members?limit=100", "/members/" + n.ids["member"] + "/notes", "/rules", "/groups", "/groups/group-1/members", "/groups/group-1/waiting", "/ladders",
		"/rewards", "/templates", "/channels", "/event-types", "/segments", "/attributes", "/tasks", "/leads", "/decisions", "/audit", "/tokens", "/users"} {
		body := n.s.call("GET", path, nil).body
		if path == "/tokens" { // which says when they were used
			body = fmt.Appendf(nil, "%d", bytes.Count(body, []byte(`"id"`)))
		}
		all = append(all, path+" "+string(body))
	}
	return strings.Join(all, "\n")
}

// TestNoByteOfAnotherWorkspace asks, as one workspace, every route for what is
// another's: by its address, in what lists filter on, and within bodies.
func TestNoByteOfAnotherWorkspace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := newServer(t, db.URL).start().owner()
		n := settle(t, s)
		out, err := s.command("workspace", "create", "other").Output()
		if err != nil {
			t.Fatalf("workspace create: %v %s", err, out)
		}
		n.own = strings.TrimSpace(string(out))
		n.s.finished(n.ids["job"]) // default's own work is done
		before := n.picture()
		if strings.Count(before, theirs) < 30 {
			t.Fatalf("default has too little to show: %s", before)
		}
		for _, o := range operations(t) {
			switch {
			case o.role == "server" || o.role == "public" || o.role == "":
			case strings.Contains(o.path, "{"):
				n.named(o)
			case o.method == http.MethodGet:
				n.listed(o)
			}
		}
		n.spoken()
		if after := n.picture(); after != before {
			t.Errorf("the other workspace's calls changed something:\n%s\nbefore:\n%s", after, before)
		}
	})
}
