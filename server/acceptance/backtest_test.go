package acceptance

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// whole is a range that holds a community's whole history.
const whole = `"from":"2010-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"`

// past is the result of a back-test.
type past struct {
	Hash               string
	Gained, Lost, Same int64
	Before, After      struct {
		Matches, Members int64
		Badges           map[string]int64
	}
	Samples []struct{ Finding json.RawMessage }
	Members []struct {
		Change     string
		Matches    int
		Identities []struct {
			ExternalID string `json:"external_id"`
		}
	}
}

// begin asks for a back-test and answers the job's id.
func (s *server) begin(body string) string {
	s.t.Helper()
	var job struct{ ID, State string }
	s.call("POST", "/backtests", json.RawMessage(body)).decode(s.t, &job)
	return job.ID
}

// ends waits for a back-test and reads its result.
func (s *server) ends(id string) (p past) {
	s.t.Helper()
	if err := json.Unmarshal(s.finished(id), &p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// finished waits for a job and gives its result.
func (s *server) finished(id string) json.RawMessage {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		var job struct {
			State  string
			Error  any
			Result json.RawMessage
		}
		s.call("GET", "/jobs/"+id, nil).decode(s.t, &job)
		switch {
		case job.State == "done":
			return job.Result
		case job.State == "failed" || job.State == "cancelled" || time.Now().After(deadline):
			s.t.Fatalf("the job is %s: %v\n%s", job.State, job.Error, s.log())
		}
	}
}

// The back-test of each badge over a real community's whole history finds who
// has it by another reading of the data, on every database, with the same hash,
// and leaves no trace but the job.
func TestTheBacktestOfARealCommunity(t *testing.T) {
	hashes := map[string]map[string]string{} // by rule, then by database
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := newServer(t, db.URL).start().owner()
		events := communityEvents(t)
		for part := range slices.Chunk(events, 500) {
			s.send(part)
		}
		titles := installPack(s, "stackexchange-badges")
		before := contents(t, db)
		for key, title := range titles {
			p := s.ends(s.begin(fmt.Sprintf(`{"rule":%q,%s}`, key, whole)))
			checkPast(t, key, title, p)
			if hashes[key] == nil {
				hashes[key] = map[string]string{}
			}
			hashes[key][db.Name] = p.Hash
		}
		simulated(t, s)
		after := contents(t, db)
		for table, sum := range before {
			if after[table] != sum {
				t.Errorf("back-test, try or preview changed table %s", table)
			}
		}
		lowerBar(t, s, events)
		s.stop()
	})
	for key, by := range hashes {
		if all := slices.Compact(slices.Sorted(maps.Values(by))); len(all) != 1 || all[0] == "" {
			t.Errorf("the hashes of %s differ: %v", key, by)
		}
	}
}

// simulated tries a rule and previews what it would make up for.
func simulated(t *testing.T, s *server) {
	t.Helper()
	var rule struct{ Document string }
	s.call("GET", "/rules/nice-answer", nil).decode(t, &rule)
	// pasted: the badge was not there yet when the log's own votes came
	tried := s.call("POST", "/rules/try", map[string]any{"document": rule.Document, "member": communityMember(t),
		"event": map[string]any{"type": "vote.received", "props": map[string]any{"kind": "answer", "content_id": "new", "value": 10}}})
	var found struct{ Outcome string }
	if tried.decode(t, &found); found.Outcome != "true" {
		t.Errorf("tried: %s", tried.body)
	}
	var job struct{ ID string }
	s.call("POST", "/rules/nice-answer/backfill", json.RawMessage("{"+whole+"}")).decode(t, &job)
	s.finished(job.ID)
}

// communityMember is the member of the first vote.
func communityMember(t *testing.T) string {
	t.Helper()
	for _, raw := range communityEvents(t) {
		var e struct {
			Type   string
			Member struct {
				Channel    string
				ExternalID string `json:"external_id"`
			}
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "vote.received" {
			return e.Member.Channel + ":" + e.Member.ExternalID
		}
	}
	t.Fatal("nobody has a vote")
	return ""
}

func checkPast(t *testing.T, key, title string, p past) {
	t.Helper()
	want := map[string]int{}
	for _, a := range expectedAwards(t) {
		if a.badge == title {
			want[a.member]++
		}
	}
	got := map[string]int{}
	for _, m := range p.Members {
		got[m.Identities[0].ExternalID] = m.Matches
	}
	if !maps.Equal(got, want) || key != "scholar" && len(want) > 0 && len(p.Samples) == 0 { // who accepts an answer is a scholar: there is nothing to explain
		t.Errorf("%s: %v, expected %v; %d samples", key, got, want, len(p.Samples))
	}
}

// lowerBar changes Nice Answer from 10 to 8 and holds who is gained against a
// plain reading of the votes.
func lowerBar(t *testing.T, s *server, events []json.RawMessage) {
	t.Helper()
	var rule struct{ Document string }
	s.call("GET", "/rules/nice-answer", nil).decode(t, &rule)
	document, err := json.Marshal(strings.Replace(rule.Document, ">= 10'", ">= 8'", 1))
	if err != nil {
		t.Fatal(err)
	}
	id := s.begin(fmt.Sprintf(`{"document":%s,%s}`, document, whole))
	p := s.ends(id)
	gained := map[string]bool{}
	for _, m := range p.Members {
		if m.Change == "gained" {
			gained[m.Identities[0].ExternalID] = true
		}
	}
	want := map[string]bool{}
	had := authorsAt(t, events, 10)
	for who := range authorsAt(t, events, 8) {
		if !had[who] {
			want[who] = true
		}
	}
	if !maps.Equal(gained, want) || len(want) == 0 || p.Lost != 0 || p.Same != int64(len(had)) {
		t.Errorf("gained are %v, by hand %v", gained, want)
	}
	var page struct {
		Items []json.RawMessage
		Next  string
	}
	s.call("GET", "/backtests/"+id+"/members?limit=2", nil).decode(t, &page)
	if len(page.Items) != 2 || page.Next == "" {
		t.Errorf("a page of two members has %d and goes on at %q", len(page.Items), page.Next)
	}
}

// authorsAt are the members with an answer whose votes reach a bar.
func authorsAt(t *testing.T, events []json.RawMessage, bar int) map[string]bool {
	t.Helper()
	score, out := map[string]int{}, map[string]bool{}
	for _, raw := range events {
		var e struct {
			Type   string
			Member struct {
				ExternalID string `json:"external_id"`
			}
			Props struct {
				Kind      string
				Value     int
				ContentID string `json:"content_id"`
			}
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "vote.received" && e.Props.Kind == "answer" {
			if score[e.Props.ContentID] += e.Props.Value; score[e.Props.ContentID] >= bar {
				out[e.Member.ExternalID] = true
			}
		}
	}
	return out
}

// contents are the hashes of all tables but those of jobs, audit and what
// requests leave by themselves.
func contents(t *testing.T, db dbtest.Database) map[string]string {
	t.Helper()
	conn := db.Open(t)
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if db.Name != dbtest.SQLite {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	out := map[string]string{}
	for _, table := range strings.Fields(strings.Join(texts(t, conn, list), " ")) {
		if strings.HasPrefix(table, "job") || slices.Contains([]string{"audit", "idempotency", "tokens", "leases"}, table) {
			continue
		}
		rows := texts(t, conn, "SELECT * FROM "+table)
		slices.Sort(rows)
		out[table] = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(rows, "\n"))))
	}
	if len(out) < 10 {
		t.Fatalf("only %d tables were looked at", len(out))
	}
	return out
}

// texts reads every row as one text.
func texts(t *testing.T, conn *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := conn.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
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
		var b strings.Builder
		for i, v := range values {
			if i > 0 {
				b.WriteByte('|')
			}
			b.Write(v)
		}
		all = append(all, b.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A back-test whose server is killed is finished by the next one, with the
// result that it would have had.
func TestABacktestOutlivesItsServer(t *testing.T) {
	db := dbtest.New(t, dbtest.SQLite)
	s := newServer(t, db.URL).start().owner()
	for part := range slices.Chunk(communityEvents(t), 500) {
		s.send(part)
	}
	installPack(s, "stackexchange-badges")
	ask := fmt.Sprintf(`{"rule":"nice-answer",%s}`, whole)
	want := s.ends(s.begin(ask))
	id := s.begin(ask)
	s.kill()
	s.start()
	if got := s.ends(id); got.Hash != want.Hash {
		t.Errorf("the hash is %s, uninterrupted %s", got.Hash, want.Hash)
	}
	commandLine(t, s, want.Hash)
}

// commandLine holds the command against the API, beside the running server.
func commandLine(t *testing.T, s *server, hash string) {
	t.Helper()
	run := func(args ...string) string {
		out, err := s.command(append([]string{"rules", "backtest", "--from", "2010-01-01", "--to", "2026-01-01"}, args...)...).Output()
		if err != nil {
			t.Fatalf("rules backtest: %v %s", err, out)
		}
		return string(out)
	}
	var p past
	if err := json.Unmarshal([]byte(run("--rule", "nice-answer", "--json")), &p); err != nil || p.Hash != hash {
		t.Errorf("the command's hash is %s, the API's %s (%v)", p.Hash, hash, err)
	}
	file := filepath.Join(t.TempDir(), "nobody.yaml")
	text := "key: nice-answer\nkind: reward\ntitle: {en: Nobody}\non: vote.received\nwhen: event.props.value > 1000\nthen: [{award_badge: {badge: nice-answer}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(file); !strings.Contains(out, "0 members gained") || !strings.Contains(out, "before") {
		t.Errorf("the table says:\n%s", out)
	}
}
