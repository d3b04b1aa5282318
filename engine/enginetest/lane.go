package enginetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func laneOrders(t *testing.T, s engine.Store) {
	ctx := context.Background()
	lane, err := s.Reader(space).Lane(ctx)
	ok(t, err)
	equal(t, "a new lane", lane, engine.LaneState{})
	for n := int64(1); n <= 5; n++ {
		ok(t, s.Within(ctx, space, func(tx engine.Tx) error {
			equal(t, "lane", tx.Lane(), engine.LaneState{Position: (n - 1) * 10, Revision: n - 1})
			return tx.Save(ctx, &engine.Changes{Position: n * 10, Revision: n})
		}))
	}
	lane, err = s.Reader(space).Lane(ctx)
	ok(t, err)
	equal(t, "lane", lane, engine.LaneState{Position: 50, Revision: 5})
}

func failureLeavesNothing(t *testing.T, s engine.Store) {
	ctx := context.Background()
	fail := func(stop error) error {
		return s.Within(ctx, space, func(tx engine.Tx) error {
			if _, err := tx.Claim(ctx, []engine.EventClaim{claimOf("e1", "b", 1)}); err != nil {
				return err
			}
			if err := tx.Save(ctx, everything(1)); err != nil {
				return err
			}
			return stop
		})
	}
	if err := fail(errStop); !errors.Is(err, errStop) {
		t.Fatalf("the error of fn came back as %v", err)
	}
	assertEmpty(t, s, space)
	ok(t, s.Within(ctx, space, func(tx engine.Tx) error {
		seen, err := tx.Claim(ctx, []engine.EventClaim{claimOf("e1", "b", 1)})
		equal(t, "duplicates after a rollback", len(seen), 0)
		return err
	}))
	func() {
		defer func() { recover() }()
		s.Within(ctx, space, func(tx engine.Tx) error { tx.Save(ctx, everything(1)); panic("fn fell over") })
	}()
	assertEmpty(t, s, space)
	ok(t, fail(nil))
	lane, err := s.Reader(space).Lane(ctx)
	ok(t, err)
	equal(t, "position after the success", lane.Position, 1)
}

func noSaveLeavesNothing(t *testing.T, s engine.Store) {
	ctx := context.Background()
	for range 2 {
		ok(t, s.Within(ctx, space, func(tx engine.Tx) error {
			seen, err := tx.Claim(ctx, []engine.EventClaim{claimOf("e1", "b", 1)})
			equal(t, "duplicates", len(seen), 0)
			return err
		}))
	}
	assertEmpty(t, s, space)
}

// everything is one of each thing that changes can hold, at one position.
func everything(position int64) *engine.Changes {
	when := at(int(position))
	return &engine.Changes{
		Position: position, Revision: 1,
		Events:      []engine.StoredEvent{event(position)},
		Records:     []engine.Record{{Kind: engine.MemberRecord, Key: "m1", Body: []byte(`{}`)}},
		Ledger:      []engine.LedgerEntry{{ID: "0001-1", Position: position, Member: "m1", Account: "points", Amount: 5, At: when}},
		Decisions:   []engine.Decision{{Position: position, Rule: "r", Version: 1, Subject: "m1", Outcome: engine.OutcomeTrue, At: when}},
		Deliveries:  []engine.Delivery{{ID: "d1", Position: position, Channel: "mail", Member: "m1", State: engine.DeliveryPending, Due: when, NotAfter: when + 1}},
		Timers:      []engine.Timer{{Due: when, Key: "t1", Kind: "after", Body: []byte(`{}`)}},
		Items:       []engine.Item{{Kind: "task", ID: "i1", State: "open", At: when, Body: []byte(`{}`)}},
		Definitions: []engine.Definition{{Kind: engine.DefineRule, Key: "r", Revision: 1, Body: []byte(`{}`), At: when}},
		Personal:    []engine.PersonalField{{Member: "m1", Name: "name", Value: "An"}},
		Audit:       []engine.AuditEntry{{ID: "a1", At: when, By: "token", Action: "rule.publish"}},
	}
}

// assertEmpty asks every list of a workspace, and the queues over all of them.
func assertEmpty(t *testing.T, s engine.Store, workspace string) {
	t.Helper()
	for name, n := range census(t, s, workspace) {
		if n != 0 {
			t.Fatalf("%d %s are there, want none", n, name)
		}
	}
}

// census counts what a workspace holds.
func census(t *testing.T, s engine.Store, workspace string) map[string]int {
	t.Helper()
	ctx, r, p := context.Background(), s.Reader(workspace), engine.Page{Limit: 1000}
	lane, err := r.Lane(ctx)
	ok(t, err)
	events, err := r.Events(ctx, engine.EventQuery{})
	ok(t, err)
	decisions, err := r.ListDecisions(ctx, engine.DecisionQuery{Page: p})
	ok(t, err)
	ledger, err := r.ListLedger(ctx, engine.LedgerQuery{Page: p})
	ok(t, err)
	audit, err := r.ListAudit(ctx, p)
	ok(t, err)
	records, err := r.ListRecords(ctx, engine.MemberRecord, "", p)
	ok(t, err)
	items, err := r.ListItems(ctx, engine.ItemQuery{Kind: "task", Page: p})
	ok(t, err)
	deliveries, err := r.ListDeliveries(ctx, engine.DeliveryQuery{Page: p})
	ok(t, err)
	personal, err := r.PersonalFields(ctx, "m1")
	ok(t, err)
	definitions, err := r.DefinitionsAt(ctx, 0)
	ok(t, err)
	due, err := s.DueTimers(ctx, at(1_000_000), 1000)
	ok(t, err)
	timers := 0
	for _, d := range due {
		if d.Workspace == workspace {
			timers++
		}
	}
	return map[string]int{"positions": int(lane.Position), "events": len(events), "decisions": len(decisions.Items),
		"ledger entries": len(ledger.Items), "audit entries": len(audit.Items), "records": len(records.Items),
		"items": len(items.Items), "deliveries": len(deliveries.Items), "personal fields": len(personal),
		"definitions": len(definitions), "timers": timers}
}

func impossibleRefused(t *testing.T, s engine.Store) {
	write(t, s, space, func(c *engine.Changes) { *c = *everything(5) })
	tooLong := strings.Repeat("k", engine.MaxKeyBytes+1)
	for name, spoil := range map[string]func(c *engine.Changes){
		"a position that runs back": func(c *engine.Changes) { c.Position = 4 },
		"a revision that runs back": func(c *engine.Changes) { c.Revision = 0 },
		"an event of the past":      func(c *engine.Changes) { c.Events = []engine.StoredEvent{event(5)} },
		"an event of the future":    func(c *engine.Changes) { c.Events = []engine.StoredEvent{event(6)} },
		"an empty key":              func(c *engine.Changes) { c.Records = []engine.Record{{Kind: engine.MarkRecord, Body: []byte("x")}} },
		"a key that is too long": func(c *engine.Changes) {
			c.Records = []engine.Record{{Kind: engine.MarkRecord, Key: tooLong, Body: []byte("x")}}
		},
		"a definition of the future": func(c *engine.Changes) {
			c.Definitions = []engine.Definition{{Kind: "rule", Key: "r", Revision: 9}}
		},
	} {
		if err := tryWrite(s, space, spoil); engine.CodeOf(err) != engine.CodeInvalid {
			t.Errorf("%s: the error is %v, want one of code invalid", name, err)
		}
	}
	if err := tryWrite(s, space, func(c *engine.Changes) { c.Ledger = everything(5).Ledger }); err == nil {
		t.Error("a ledger entry was written over")
	}
	equal(t, "ledger entries", census(t, s, space)["ledger entries"], 1)
	ctx := context.Background()
	for _, workspace := range []string{"", strings.Repeat("w", engine.MaxKeyBytes+1)} {
		err := s.Within(ctx, workspace, func(engine.Tx) error { return errors.New("fn ran") })
		mustBe(t, err, engine.CodeInvalid)
	}
}

func cancelStops(t *testing.T, s engine.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Within(ctx, space, func(tx engine.Tx) error {
		if err := tx.Save(ctx, everything(1)); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if err == nil {
		t.Fatal("a cancelled transaction was kept")
	}
	assertEmpty(t, s, space)
	write(t, s, space, func(c *engine.Changes) { *c = *everything(1) })
}
