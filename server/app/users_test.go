package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// A rule that writes to users reaches those of the role who have an address, each
// by a delivery of their own; a task has the user whom the rule names.
func TestRulesWriteToUsers(t *testing.T) {
	m := newMailer(t)
	add := func(login, role, email string) {
		t.Helper()
		body := map[string]any{"login": login, "role": role}
		if email != "" {
			body["email"] = email
		}
		m.must(t, "POST", "users", body)
	}
	add("an", "owner", "an@example.org")
	add("bo", "operator", "bo@example.org")
	add("cy", "viewer", "cy@example.org")
	add("di", "admin", "")
	m.must(t, "PUT", "rules/hello", map[string]any{"key": "hello", "kind": "campaign", "title": map[string]string{"en": "Hello"}, "on": "message.sent",
		"then": []any{
			map[string]any{"send": map[string]any{"channel": "email", "to": "user", "text": "somebody spoke"}},
			map[string]any{"send": map[string]any{"channel": "email", "to": "user", "user": "cy", "text": "to cy alone"}},
			map[string]any{"create_task": map[string]any{"to": "user", "user": "bo", "text": "answer"}},
		}})
	m.must(t, "POST", "rules/hello/publish", map[string]any{})
	m.must(t, "POST", "events", map[string]any{"events": []any{map[string]any{"id": "e1", "type": "message.sent",
		"member": map[string]string{"channel": "wecom", "external_id": "somebody"}}}})
	states := map[string]int{}
	eventually(t, "every delivery is settled", func() bool {
		clear(states)
		list := asList(m.must(t, "GET", "deliveries?limit=100", nil)["items"])
		for _, d := range list {
			if d["member"] == nil {
				t.Errorf("it does not say of whom it may speak: %v", d)
			}
			because, _ := d["because"].(string)
			states[strings.TrimSpace(fmt.Sprint(d["state"], " ", because))]++
		}
		return states["pending"]+states["sending"] == 0 && len(list) == 6
	})
	if states["sent"] != 3 || states["dropped one_each"] != 2 || states["dropped unreachable"] != 1 {
		t.Errorf("states: %v", states)
	}
	got := map[string]bool{}
	for _, mail := range m.smtp.Mails() {
		got[strings.Trim(mail.Header.Get("To"), "<>")] = true
	}
	if len(got) != 3 || !got["an@example.org"] || !got["bo@example.org"] || !got["cy@example.org"] {
		t.Errorf("reached: %v", got)
	}
	if task := asList(m.must(t, "GET", "tasks", nil)["items"])[0]; task["owner"] != "bo" {
		t.Errorf("the task is %v", task)
	}
}

// Over the API the last owner among users stays, on every database; and what a
// rule decided for users is decided the same again.
func TestTheLastOwnerAndTheLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		env := []string{"BYLAW_DATABASE=" + db.URL, "BYLAW_DATA_DIR=" + t.TempDir()}
		w := &world{process: launch(t, env...)}
		w.token = w.becomeOwner(t)
		w.anyHour(t)
		owner := w.must(t, "POST", "users", map[string]any{"login": "an", "role": "owner", "identities": map[string]string{"file": "an-file"}})
		path := "users/" + owner["id"].(string)
		for _, patch := range []map[string]any{{"role": "admin"}, {"disabled": true}} {
			if status, answer := w.ask(t, "PATCH", path, patch); status != 409 || !strings.Contains(fmt.Sprint(answer), "last active owner") {
				t.Errorf("%v: %d %v", patch, status, answer)
			}
		}
		if status, answer := w.ask(t, "DELETE", path, nil); status != 409 || !strings.Contains(fmt.Sprint(answer), "最后一名") {
			t.Errorf("removed: %d %v", status, answer)
		}
		w.must(t, "PUT", "channels/file", map[string]any{"plugin": "logfile", "title": map[string]string{"en": "File"}})
		w.must(t, "PUT", "rules/hello", map[string]any{"key": "hello", "kind": "campaign", "title": map[string]string{"en": "Hello"}, "on": "message.sent",
			"then": []any{map[string]any{"send": map[string]any{"channel": "file", "to": "user", "role": "admin", "text": "somebody spoke"}}}})
		w.must(t, "POST", "rules/hello/publish", map[string]any{})
		w.must(t, "POST", "events", map[string]any{"events": []any{message("one", 1)}})
		eventually(t, "the user's delivery is sent", func() bool { return w.sent(t) == 1 })
		w.must(t, "POST", "users", map[string]any{"login": "bo", "role": "owner"})
		w.must(t, "PATCH", path, map[string]any{"role": "viewer"})
		tool(t, w.cmd.Env, "verify")
	})
}
