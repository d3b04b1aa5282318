package app

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// What must stand nowhere once Ann is erased: who she is on channels, also as
// she was before two of her were merged, what was declared personal, and what she
// said and others wrote about her.
var annIs = []string{"ann-4711", "ann-old-0815", "ann-desk-99", "Ann Canary", "+49-170-CANARY",
	"CANARY was ill", "CANARY is excused", "CANARY prefers evenings",
	"Old Canary", "CANARY came in 2020"}

// erased is a community in which Ann has done everything that leaves a trace.
type erased struct {
	*world
	app *App
}

func newErased(t *testing.T, db dbtest.Database) *erased {
	t.Helper()
	a, err := New(t.Context(), settings(t, map[string]string{"database": db.URL}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := &erased{app: a, world: &world{process: &process{url: "http://" + a.Addr() + "/"}}}
	e.token = ownerToken(t, a)
	return e
}

func as(who string) map[string]string { return map[string]string{"channel": "app", "external_id": who} }

// lives lets Ann come twice, be merged, write, be invited and invite, be written
// to and spoken of, be found by a back-test.
func (e *erased) lives(t *testing.T) {
	t.Helper()
	e.anyHour(t)
	e.must(t, "PUT", "event-types/visit.noted", map[string]any{"title": map[string]string{"en": "Visit", "zh": "到访"}, "subject": "member",
		"fields": []any{map[string]any{"name": "phone", "type": "string", "personal": true}, map[string]any{"name": "door", "type": "string"}}})
	e.must(t, "PUT", "channels/log", map[string]any{"plugin": "logfile", "title": map[string]string{"en": "Log"}, "config": map[string]string{}})
	e.must(t, "PUT", "rules/hello", map[string]any{"key": "hello", "kind": "reward", "title": map[string]string{"en": "Hello"}, "on": "message.sent", "once": "member",
		"then": []any{map[string]any{"grant_points": map[string]any{"amount": 5}}, map[string]any{"create_task": map[string]any{"text": "greet {{ member.name }}"}},
			map[string]any{"send": map[string]any{"channel": "log", "to": "member", "text": "{{ member.name }} is here"}}}})
	e.must(t, "POST", "rules/hello/publish", map[string]any{})
	e.send(t, map[string]any{"id": "j1", "type": "member.joined", "member": as("ann-old-0815")},
		map[string]any{"id": "visit-ann-4711", "type": "visit.noted", "member": as("ann-4711"), "props": map[string]any{"phone": "+49-170-CANARY", "door": "north"}},
		map[string]any{"id": "s2", "type": "message.sent", "member": as("ann-old-0815")},
		map[string]any{"id": "r1", "type": "reply.sent", "member": as("bo"), "to": as("ann-4711")},
		map[string]any{"id": "j2", "type": "member.joined", "member": as("cy"), "props": map[string]any{"inviter": "app:ann-4711"}})
	ann := e.must(t, "GET", "members/app:ann-4711", nil)["id"].(string)
	e.must(t, "PATCH", "members/"+ann, map[string]any{"name": "Ann Canary"})
	e.must(t, "PUT", "members/"+ann+"/identities/log:ann-desk-99", nil)
	e.send(t, map[string]any{"id": "s1", "type": "message.sent", "member": as("ann-4711")})
	e.must(t, "PATCH", "members/app:ann-old-0815", map[string]any{"name": "Old Canary"})
	e.must(t, "POST", "members/app:ann-old-0815/notes", map[string]any{"text": "CANARY came in 2020"})
	e.must(t, "POST", "members/"+ann+"/merge", map[string]any{"other": e.must(t, "GET", "members/app:ann-old-0815", nil)["id"]})
	e.send(t, map[string]any{"id": "s3", "type": "message.sent", "member": as("ann-old-0815")})
	e.must(t, "POST", "members/"+ann+"/notes", map[string]any{"text": "CANARY prefers evenings"})
	e.appeals(t, ann)
	e.finished(t, e.must(t, "POST", "backtests", map[string]any{"rule": "hello", "from": "2010-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}))
}

// appeals puts Ann in a review, against which she appeals and is heard.
func (e *erased) appeals(t *testing.T, ann string) {
	t.Helper()
	for _, g := range []string{"second", "held-back"} {
		e.must(t, "PUT", "groups/"+g, map[string]any{"title": map[string]string{"en": g}})
	}
	for _, who := range []string{ann, "app:bo", "app:cy"} {
		e.must(t, "POST", "groups/second/members", map[string]any{"member": who})
	}
	e.must(t, "PUT", "rules/monthly", map[string]any{"key": "monthly", "kind": "tier", "title": map[string]string{"en": "Monthly"}, "review": map[string]any{
		"every": "month", "groups": []string{"second", "held-back"}, "score": "member.points", "notice": "7d",
		"down": map[string]any{"bottom": 3, "from": "second", "to": "held-back", "when": "score < 1000"}}})
	e.must(t, "POST", "rules/monthly/publish", map[string]any{})
	now := time.Now()
	for _, at := range []time.Time{now, now.Add(32 * 24 * time.Hour)} { // the month ends
		if err := e.app.Machine.Schedule(t.Context(), "default", engine.TimeOf(at)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.app.Machine.Tick(t.Context(), engine.TimeOf(now.Add(32*24*time.Hour))); err != nil {
		t.Fatal(err)
	}
	review := fmt.Sprint("reviews/", url.PathEscape(fmt.Sprint(at(e.must(t, "GET", "reviews?state=open", nil), "items", 0, "id"))))
	e.must(t, "POST", review+"/appeals", map[string]any{"member": ann, "text": "CANARY was ill"})
	e.must(t, "POST", review+"/appeals/"+ann, map[string]any{"uphold": true, "text": "CANARY is excused"})
	e.must(t, "POST", review+"/appeals", map[string]any{"member": "app:bo", "text": "I was away"})
}

// send sends events and wants them accepted.
func (e *erased) send(t *testing.T, events ...map[string]any) {
	t.Helper()
	for _, r := range e.must(t, "POST", "events", map[string]any{"events": events})["results"].([]any) {
		if at(r, "status") != "accepted" {
			t.Fatal(r)
		}
	}
}

// fills makes the log long enough to be filed.
func (e *erased) fills(t *testing.T, round int) {
	t.Helper()
	for part := range 9 {
		batch := make([]any, 1000)
		for n := range batch {
			m := message(fmt.Sprint("f-", round, "-", part, "-", n), n%50)
			m["at"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
			batch[n] = m
		}
		e.must(t, "POST", "events?mode=history", map[string]any{"events": batch})
	}
}

// TestWhoIsErasedStandsNowhere searches every column of every table for a member:
// there are many before, and none after, whatever was filed before or is then.
func TestWhoIsErasedStandsNowhere(t *testing.T) {
	for _, filedBefore := range []bool{false, true} {
		t.Run(fmt.Sprint("filed before: ", filedBefore), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
				e := newErased(t, db)
				e.lives(t)
				if filedBefore {
					e.fills(t, 1)
					if err := e.app.Store.BuildHistory(t.Context(), "default"); err != nil {
						t.Fatal(err)
					}
				}
				before := e.found(t, db)
				for _, table := range []string{"event_pages", "personal", "deliveries", "job_rows", "items"} {
					if !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, table+".") }) {
						t.Errorf("she does not stand in %s: %v", table, before)
					}
				}
				for _, secret := range annIs {
					if !slices.ContainsFunc(before, func(s string) bool { return strings.HasSuffix(s, ": "+secret) }) {
						t.Errorf("%q stands nowhere: %v", secret, before)
					}
				}
				ann := e.must(t, "GET", "members/app:ann-4711", nil)["id"].(string)
				e.must(t, "DELETE", "members/"+ann, nil)
				if left := e.found(t, db); len(left) > 0 {
					t.Errorf("right after it she stands in %v", left)
				}
				e.fills(t, 2)
				if err := e.app.Store.BuildHistory(t.Context(), "default"); err != nil {
					t.Fatal(err)
				}
				if left := e.found(t, db); len(left) > 0 {
					t.Errorf("after filing she stands in %v", left)
				}
				e.stays(t, ann)
			})
		})
	}
}

// stays wants what she did to be there, and a replay to make the same.
func (e *erased) stays(t *testing.T, ann string) {
	t.Helper()
	report, err := e.app.Machine.Verify(t.Context(), "default", nil)
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("verify: %v %+v", err, report)
	}
	if l := e.must(t, "GET", "members/"+ann+"/points", nil)["items"].([]any); len(l) == 0 {
		t.Error("her points are gone")
	}
	kept := fmt.Sprint(at(e.must(t, "GET", "reviews?state=open", nil), "items"))
	if !strings.Contains(kept, "I was away") || !strings.Contains(kept, "upheld") {
		t.Errorf("what others said, or her move, is gone: %s", kept)
	}
	if l := e.must(t, "GET", "members/"+ann+"/timeline", nil)["items"].([]any); len(l) < 5 {
		t.Errorf("of what she did there is %v", l)
	}
	if status, answer := e.ask(t, "GET", "members/app:ann-4711", nil); status != 404 {
		t.Errorf("she is found: %d %v", status, answer)
	}
	if again := e.must(t, "POST", "events", map[string]any{"events": []any{map[string]any{"id": "s1", "type": "message.sent", "member": as("ann-4711")}}}); at(again, "results", 0, "status") != "duplicate" {
		t.Errorf("an event sent again: %v", again)
	}
	if status, answer := e.ask(t, "POST", "members/"+ann+"/why", nil); status == 500 {
		t.Errorf("why: %v", answer)
	}
	e.send(t, map[string]any{"id": "new", "type": "message.sent", "member": as("ann-4711")})
	if id := e.must(t, "GET", "members/app:ann-4711", nil)["id"]; id == ann {
		t.Error("who comes again is the one who was erased")
	}
}

// found lists the columns in which something of Ann stands.
func (e *erased) found(t *testing.T, db dbtest.Database) (places []string) {
	t.Helper()
	pool, tables := opened(t, db)
	defer pool.Close()
	for _, table := range tables {
		rows, err := pool.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				for _, secret := range annIs {
					if place := table + "." + columns[i] + ": " + secret; holds(v, secret) && !slices.Contains(places, place) {
						places = append(places, place)
					}
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return places
}

// opened gives a database and the names of its tables.
func opened(t *testing.T, db dbtest.Database) (pool *sql.DB, tables []string) {
	t.Helper()
	driver, address, list := "sqlite", "file:"+strings.TrimPrefix(db.URL, "sqlite:")+"?_pragma=busy_timeout(30000)", "SELECT name FROM sqlite_master WHERE type = 'table'"
	if server, is := strings.CutPrefix(db.URL, "mysql://"); is {
		user, rest, _ := strings.Cut(server, "@")
		host, name, _ := strings.Cut(rest, "/")
		driver, address, list = "mysql", user+"@tcp("+host+")/"+name, "SHOW TABLES"
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := pool.QueryContext(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil || len(tables) < 20 {
		t.Fatal(err, tables)
	}
	return pool, tables
}

// holds is whether a value contains a text, as it is or deflated.
func holds(v []byte, text string) bool {
	if bytes.Contains(v, []byte(text)) {
		return true
	}
	if len(v) == 0 || v[0] != 1 {
		return false
	}
	plain, _ := io.ReadAll(flate.NewReader(bytes.NewReader(v[1:])))
	return bytes.Contains(plain, []byte(text))
}
