package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const now = engine.Time(1_760_000_000_000_000)

func onEach(t *testing.T, run func(t *testing.T, s *Store)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) { run(t, openStore(t, db, small)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isCode(t *testing.T, err error, code engine.Code) {
	t.Helper()
	if err == nil || engine.CodeOf(err) != code {
		t.Fatalf("the error is %v, its code should be %s", err, code)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func TestWorkspaces(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		w := Workspace{ID: "w1", ExternalID: "shop-1", Name: "群😀", State: "active", Plan: "free", Limits: []byte(`{"members":5}`), Zone: "Asia/Shanghai", CreatedAt: now}
		must(t, s.CreateWorkspace(ctx, w))
		isCode(t, s.CreateWorkspace(ctx, w), engine.CodeConflict)
		other := w
		other.ID = "w2"
		isCode(t, s.CreateWorkspace(ctx, other), engine.CodeConflict) // the external id is taken
		other.ExternalID = ""
		must(t, s.CreateWorkspace(ctx, other))
		must(t, s.CreateWorkspace(ctx, Workspace{ID: "w3"})) // none has no external id twice

		w.Version = 1
		got, err := s.Workspace(ctx, "w1")
		must(t, err)
		equal(t, "workspace", show(got), show(w))
		got, err = s.WorkspaceByExternalID(ctx, "shop-1")
		must(t, err)
		equal(t, "by external id", got.ID, "w1")
		_, err = s.WorkspaceByExternalID(ctx, "shop-2")
		isCode(t, err, engine.CodeNotFound)
		_, err = s.Workspace(ctx, "w9")
		isCode(t, err, engine.CodeNotFound)

		got.Name, got.ExternalID = "renamed", ""
		changed, err := s.UpdateWorkspace(ctx, got)
		must(t, err)
		equal(t, "version", changed.Version, 2)
		_, err = s.UpdateWorkspace(ctx, got)
		isCode(t, err, engine.CodeConflict) // somebody was faster
		got, err = s.Workspace(ctx, "w1")
		must(t, err)
		equal(t, "renamed", got.Name+got.ExternalID+got.Zone, "renamedAsia/Shanghai")
		page, err := s.Workspaces(ctx, engine.Page{Limit: 2})
		must(t, err)
		rest, err := s.Workspaces(ctx, engine.Page{Limit: 2, Cursor: page.Next})
		must(t, err)
		equal(t, "pages", show(len(page.Items), len(rest.Items), rest.Items[0].ID, rest.Next == ""), "2 1 w3 true")
	})
}

func TestDeleteWorkspaceLeavesOthers(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, id := range []string{"w1", "w2"} {
			must(t, s.CreateWorkspace(ctx, Workspace{ID: id}))
			seed(t, s, id)
		}
		before := countAll(t, s)
		must(t, s.DeleteWorkspace(ctx, "w1"))
		for table, n := range countAll(t, s) {
			equal(t, "rows left in "+table, n, before[table]/2)
			if before[table] == 0 {
				t.Errorf("the test puts nothing into %s", table)
			}
		}
		must(t, s.DeleteWorkspace(ctx, "w1"))
		seed(t, s, "w1") // and its ids are new again
	})
}

// Whatever has a workspace goes with it: no table may be forgotten.
func TestEveryTableOfAWorkspaceIsKnown(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		query := "SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'workspace'"
		if s.dialect.name == "sqlite" {
			query = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'workspace' WHERE m.type = 'table'"
		}
		var found []string
		must(t, s.across(t.Context(), s.writer, "a test reads the schema").Raw(query).Scan(&found).Error)
		if len(found) < 20 {
			t.Fatalf("only %v have a workspace", found)
		}
		for _, table := range found {
			if !slices.Contains(workspaceTables, table) {
				t.Errorf("table %s is not among workspaceTables", table)
			}
		}
	})
}

// seed puts something into every table of a workspace.
func seed(t testing.TB, s *Store, workspace string) {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l := newLoad(50)
	for n := range 3 {
		c, claims := l.next()
		if n == 2 { // the last batch is not filed yet
			check(s.BuildHistory(ctx, workspace))
			c.Decisions = append(c.Decisions, engine.Decision{Position: 1, Number: 1, Rule: "r"}) // where the lane was before
		}
		c.Definitions = []engine.Definition{{Kind: engine.DefineRule, Key: "r", Revision: 1, Body: []byte("{}")}}
		c.Deliveries = []engine.Delivery{{ID: fmt.Sprint("d", l.position), State: engine.DeliveryPending, Due: now, Member: "m1", Channel: "mail"}}
		c.Timers = []engine.Timer{{Key: "t", Due: now}}
		c.Items = []engine.Item{{Kind: "task", ID: "i", At: now}}
		c.Personal = []engine.PersonalField{{Member: "m1", Name: "name", Value: "安"}}
		c.Erased = []engine.Erasure{{Member: "m9"}}
		c.Figures = []engine.Figure{{Name: engine.EventFigure, Day: 1, Part: "checkin.done", Amount: 1}}
		c.Audit = []engine.AuditEntry{{ID: show(l.position), At: now}}
		c.Past = []engine.PastRecord{{Position: c.Position, Record: engine.Record{Kind: engine.MemberRecord, Key: "m1", Body: []byte("{}")}}}
		check(s.Within(ctx, workspace, func(tx engine.Tx) error {
			seen, err := tx.Claim(ctx, claims)
			if err == nil && len(seen) > 0 {
				err = fmt.Errorf("%d ids were seen before", len(seen))
			}
			if err != nil {
				return err
			}
			return tx.Save(ctx, c)
		}))
	}
	check(s.CreateToken(ctx, Token{Workspace: workspace, ID: "t", Hash: [32]byte([]byte(fmt.Sprintf("%-32s", workspace)))}))
	check(s.CreateUser(ctx, User{Workspace: workspace, ID: "u", Login: "u", Identities: []engine.Identity{{Channel: "email", ExternalID: "u@example.org"}}}))
	check(s.CreateSession(ctx, Session{Workspace: workspace, ID: "s", User: "u", Hash: [32]byte([]byte(fmt.Sprintf("%-32s", workspace))), ExpiresAt: now}))
	factor := SecondFactor{Workspace: workspace, User: "u", Secret: []byte{1}, ConfirmedAt: now}
	check(s.BeginSecondFactor(ctx, factor))
	check(s.ConfirmSecondFactor(ctx, factor, [][32]byte{{1}}, "s"))
	check(s.OfferSetup(ctx, workspace, [32]byte{1}, now))
	_, _, err := s.BeginIdempotent(ctx, IdempotencyKey{Workspace: workspace, Key: "k"}, [32]byte{}, now)
	check(err)
	check(s.PutChannelSecrets(ctx, workspace, ChannelSecret{"mail", "password", []byte{1, 2}, now}))
	check(s.CreateJob(ctx, engine.Job{Workspace: workspace, ID: "j", Kind: "import", CreatedAt: now, Epoch: 1}))
	_, err = s.ProgressJob(ctx, engine.Job{Workspace: workspace, ID: "j", Epoch: 1, Checkpoint: []byte{1}}, now, now)
	check(err)
	check(s.PutIngress(ctx, Ingress{workspace, "hook", workspace, now}))
	check(s.PutJobFile(ctx, JobFile{Workspace: workspace, Job: "j"}, 0, now+1, []byte{1}))
	_, err = s.PutJobRows(ctx, engine.Job{Workspace: workspace, ID: "j", Epoch: 1}, 0, []json.RawMessage{[]byte("1")})
	check(err)
	_, _, err = s.TakeLease(ctx, Lease{Workspace: workspace, Name: "l", Holder: "h", Until: now}, now)
	check(err)
}

func countAll(t testing.TB, s *Store) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, table := range workspaceTables {
		var n int64
		if err := s.across(context.Background(), s.writer, "a test counts").Table(table).Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

// show writes values side by side, to compare several at once.
func show(values ...any) string { return strings.TrimSuffix(fmt.Sprintln(values...), "\n") }
