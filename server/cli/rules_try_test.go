package cli

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notOfTheCommunity are the tables that requests themselves write to.
var notOfTheCommunity = []string{"jobs", "audit", "idempotency", "tokens", "leases"}

// contentOf hashes the content of every table but those.
func contentOf(t *testing.T, s shell) map[string]string {
	t.Helper()
	dir := ""
	for _, v := range s.env {
		if after, is := strings.CutPrefix(v, "BYLAW_DATA_DIR="); is {
			dir = after
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bylaw.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	for _, table := range strings.Fields(column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")) {
		if slices.Contains(notOfTheCommunity, table) {
			continue
		}
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(hash, values...)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		out[table] = fmt.Sprintf("%x", hash.Sum(nil))
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestTryAndCase tries a rule over a server's past, which writes nothing, and
// turns a decision into a case.
func TestTryAndCase(t *testing.T) {
	dir := t.TempDir()
	own := shell{env: []string{"BYLAW_DATA_DIR=" + dir}}
	own.must(t, "migrate")
	s, stop := serving(t, own)
	defer stop()
	post(t, s, "PUT", "/rules/hello", strings.ReplaceAll(`{"key":"hello","kind":"reward","title":{"en":"Hello","zh":"你好"},"on":"message.sent","when":"events('message.sent', 'all').count() >= 2","once":"member","then":[{"grant_points":{"amount":5}}]}`, "'", `\"`))
	post(t, s, "POST", "/rules/hello/publish", "{}")
	for i := range 3 {
		post(t, s, "POST", "/events", fmt.Sprintf(`{"events":[{"id":"e%d","type":"message.sent","member":{"channel":"app","external_id":"ada"}}]}`, i))
	}
	type timeline struct{ Items []struct{ Position int64 } }
	newest := decode[timeline](t, post(t, s, "GET", "/members/app:ada/timeline?limit=3", "")).Items
	second := fmt.Sprint(newest[1].Position)
	before := contentOf(t, own)
	if out := s.must(t, "rules", "try", "--rule", "hello", "--member", "app:ada", "--position", second); !strings.Contains(out, "hello: true") || !strings.Contains(out, "grant_points") {
		t.Errorf("try: %s", out)
	}
	draft := write(t, dir, "draft.yaml", goodRule)
	if out := s.must(t, "rules", "try", draft, "--member", "app:ada", "--event", `{"type":"message.sent"}`); !strings.Contains(out, "hello: true") || !strings.Contains(out, "already_done") {
		t.Errorf("try of a draft: %s", out)
	}
	s.must(t, "rules", "try", draft, "--example", "the first message")
	for table, hash := range contentOf(t, own) {
		if before[table] != hash {
			t.Errorf("trying changed the table %s", table)
		}
	}
	if out := s.must(t, "rules", "case", "hello", "--from-decision", second, "--name", "two"); !strings.Contains(out, `"name": "two"`) || strings.Contains(out, "ada") {
		t.Errorf("case: %s", out)
	}
}
