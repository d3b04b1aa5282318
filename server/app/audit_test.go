package app

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// What is changed through the API is there with its audit row or not at all: the
// row cannot be written here, so nothing is changed.
func TestAChangeWithoutItsAuditRowDoesNotHappen(t *testing.T) {
	a := begin(t, settings(t, nil))
	token := ownerToken(t, a)
	base := "http://" + a.Addr() + "/api/v1"
	event := map[string]any{"events": []any{map[string]any{"id": "1", "type": "message.sent", "member": map[string]string{"channel": "c", "external_id": "x"}}}}
	if status, answer := ask(t, "POST", base+"/events", token, event); status != 200 {
		t.Fatal(status, answer)
	}
	refuseAudit(t, a, true)
	changes := []struct {
		method, path string
		body         any
		show         string
	}{
		{"PUT", "/members/c:x/tags/vip", nil, "/members/c:x"},
		{"POST", "/members/c:x/points", map[string]any{"amount": 5}, "/members/c:x"},
		{"PUT", "/groups/g", map[string]any{"title": map[string]string{"en": "G"}}, "/groups"},
		{"PUT", "/rules/r", map[string]any{"key": "r"}, "/rules"},
		{"POST", "/tokens", map[string]any{"name": "n", "role": "viewer"}, "/tokens"},
	}
	shown := func(path string) string {
		t.Helper()
		status, answer := ask(t, "GET", base+path, token, nil)
		if status != 200 {
			t.Fatal(path, status, answer)
		}
		for _, item := range asList(answer["items"]) {
			delete(item, "used_at") // of the token that asks
		}
		return engine.AuditText(answer)
	}
	for _, c := range changes {
		before := shown(c.show)
		if status, answer := ask(t, c.method, base+c.path, token, c.body); status < 500 {
			t.Errorf("%s %s without its row: %d %v", c.method, c.path, status, answer)
		}
		if after := shown(c.show); after != before {
			t.Errorf("%s %s happened without its row: %s", c.method, c.path, after)
		}
	}
	refuseAudit(t, a, false)
	for _, c := range changes {
		if status, answer := ask(t, c.method, base+c.path, token, c.body); status >= 300 {
			t.Errorf("%s %s: %d %v", c.method, c.path, status, answer)
		}
	}
	_, answer := ask(t, http.MethodGet, base+"/audit", token, nil)
	if n := len(asList(answer["items"])); n != len(changes) {
		t.Errorf("%d rows for %d changes: %v", n, len(changes), answer)
	}
}

func asList(v any) (list []map[string]any) {
	items, _ := v.([]any)
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			list = append(list, m)
		}
	}
	return list
}

// refuseAudit makes the database refuse new audit rows, or take them again.
func refuseAudit(t *testing.T, a *App, refuse bool) {
	t.Helper()
	text := "DROP TRIGGER full_audit"
	if refuse {
		text = "CREATE TRIGGER full_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the audit is full'); END"
	}
	db, err := sql.Open("sqlite", "file:"+a.Settings.SQLitePath()+"?_pragma=busy_timeout(30000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
