package app

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// Members are found by their names, and many of them changed at once.
func TestManyAreFoundAndChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		a := begin(t, settings(t, map[string]string{"database": db.URL}))
		_, secret, _ := strings.Cut(a.Setup, "#")
		_, made := ask(t, "POST", a.URL()+"api/v1/setup", "", map[string]string{"secret": secret})
		token := made["secret"].(string)
		do := func(method, path string, body any) map[string]any {
			t.Helper()
			status, answer := ask(t, method, a.URL()+"api/v1/"+path, token, body)
			if status >= 300 {
				t.Fatalf("%s %s: %d %v", method, path, status, answer)
			}
			return answer
		}
		events := []any{}
		for i := range 450 {
			events = append(events, map[string]any{"id": fmt.Sprint(i), "type": "member.joined", "member": map[string]string{"channel": "wecom", "external_id": fmt.Sprintf("wm%03d", i)}})
		}
		do("POST", "events", map[string]any{"events": events})
		do("PATCH", "members/wecom:wm431", map[string]any{"name": "林 Xiaojie"})
		found := do("GET", "members?q="+url.QueryEscape("xIAO 林"), nil)["items"].([]any)
		if len(found) != 1 || found[0].(map[string]any)["name"] != "林 Xiaojie" {
			t.Fatalf("found %v", found)
		}
		if n := do("POST", "counts", map[string]any{"q": "wecom:wm4"})["count"]; n != float64(50) {
			t.Errorf("counts %v, not 50", n)
		}

		change := func(body map[string]any, want string) {
			t.Helper()
			id := do("POST", "member-changes", body)["id"].(string)
			var job map[string]any
			eventually(t, "the change is made", func() bool {
				job = do("GET", "jobs/"+id, nil)
				return job["state"] == "done" || job["state"] == "failed"
			})
			r, _ := job["result"].(map[string]any)
			if got := fmt.Sprint(r["changed"], r["unchanged"], r["failed"]); got != want {
				t.Errorf("%v: changed, unchanged, failed %s, not %s: %v", body, got, want, job)
			}
		}
		one := found[0].(map[string]any)["id"]
		change(map[string]any{"members": []any{one}, "add_tag": "vip"}, "1 0 0")
		change(map[string]any{"add_tag": "vip"}, "449 1 0")
		change(map[string]any{"where": `"vip" in member.tags`, "q": "wecom:wm4", "points": map[string]any{"amount": 7, "reason": "helped"}}, "50 0 0")
		change(map[string]any{"where": "member.points >= 7", "remove_tag": "vip"}, "50 0 0")
		m := do("GET", "members/wecom:wm431", nil)
		if m["tags"] != nil && len(m["tags"].([]any)) > 0 {
			t.Errorf("the tag stays: %v", m)
		}
		ledger := do("GET", "members/wecom:wm431/points", nil)["items"].([]any)
		if len(ledger) != 1 || ledger[0].(map[string]any)["reason"] != "helped" || ledger[0].(map[string]any)["balance"] != float64(7) {
			t.Errorf("ledger %v", ledger)
		}
	})
}
