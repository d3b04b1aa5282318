package acceptance

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const madeUpFor = 900 // members: several transactions of a backfill

// backfill asks for a preview, or with a number for what it promised, and
// answers the job's id.
func (s *server) backfill(confirm int) string {
	s.t.Helper()
	body := map[string]any{"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
	if confirm > 0 {
		body["confirm"] = confirm
	}
	var job struct{ ID string }
	s.call("POST", "/rules/greeted/backfill", body).decode(s.t, &job)
	return job.ID
}

// greeting is when a member said hello.
func greeting(member int) time.Time {
	return time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(member) * time.Hour)
}

// A backfill whose server is killed between its transactions is taken up by the
// next one: every entry is written once, at the time of its event.
func TestABackfillOutlivesItsServer(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, dbtest.SQLite)
	s := newServer(t, db.URL).start().owner()
	var events []json.RawMessage
	for i := range madeUpFor {
		events = append(events, json.RawMessage(fmt.Sprintf(`{"id":"h%d","type":"hello","at":%q,"member":{"channel":"app","external_id":"m%d"}}`, i, greeting(i).Format(time.RFC3339), i)))
	}
	for part := range slices.Chunk(events, 450) {
		s.send(part)
	}
	s.publish("greeted", "key: greeted\nkind: reward\ntitle: {en: Greeted}\non: hello\nonce: member\nthen: [{grant_points: {amount: 5}}]\n")
	s.finished(s.backfill(0))
	if n := entries(t, db); n != 0 {
		t.Fatalf("a preview wrote %d entries", n)
	}
	id := s.backfill(madeUpFor)
	s.kill()
	halfway := false
	for range 8 { // an idle server commits little: it dies of the backfill's own
		if err := s.dies("after_commit:2"); err != nil {
			t.Fatal(err)
		}
		if n := entries(t, db); n > 0 && n < madeUpFor {
			halfway = true
			break
		}
	}
	if !halfway {
		t.Errorf("it was never killed in the middle: there are %d entries", entries(t, db))
	}
	s.start()
	s.finished(id)
	everyEntryOnce(t, s, db)
	s.finished(s.backfill(0))
	s.stop()
	if out, err := s.command("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// entries counts the ledger's.
func entries(t *testing.T, db dbtest.Database) int {
	t.Helper()
	return len(texts(t, db.Open(t), "SELECT entry FROM ledger"))
}

func everyEntryOnce(t *testing.T, s *server, db dbtest.Database) {
	t.Helper()
	if n := entries(t, db); n != madeUpFor {
		t.Errorf("%d entries of %d members", n, madeUpFor)
	}
	for i := 0; i < madeUpFor; i += 37 {
		var page struct {
			Items []struct {
				Amount int
				At     time.Time
			}
		}
		s.call("GET", fmt.Sprintf("/members/app:m%d/points", i), nil).decode(t, &page)
		if len(page.Items) != 1 || page.Items[0].Amount != 5 || !page.Items[0].At.Equal(greeting(i)) {
			t.Errorf("m%d has %+v; greeted at %s", i, page.Items, greeting(i))
		}
	}
}
