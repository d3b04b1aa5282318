package enginetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func eventsRead(t *testing.T, s engine.Store) {
	position := int64(0)
	var all []engine.StoredEvent
	for batch := range 30 {
		write(t, s, space, func(c *engine.Changes) {
			c.Revision = 1
			for range batch%9 + 1 {
				position++
				if position%11 == 0 {
					continue // positions may have holes
				}
				e := event(position)
				e.Type = []string{"message.sent", "vote.received", "签到"}[position%3]
				e.At = at(int(position * 7 % 50)) // times run in no order
				c.Events = append(c.Events, e)
				all = append(all, e)
			}
			c.Position = position
		})
	}
	for _, q := range []engine.EventQuery{
		{}, {Limit: 7}, {After: 20}, {After: 20, Limit: 30}, {UpTo: 33}, {After: 21, UpTo: 23}, {After: 10, UpTo: 100, Limit: 5},
		{Type: "签到"}, {Type: "vote.received", After: 44, Limit: 6}, {Member: "m3"}, {Member: "m3", Type: "签到", Limit: 2}, {Member: "nobody"},
		{From: at(10), To: at(20)}, {From: at(30)}, {To: at(5), Member: "m1"}, {After: position}, {UpTo: 1}, {After: 500},
	} {
		for _, q.Backward = range []bool{false, true} {
			got, err := s.Reader(space).Events(context.Background(), q)
			ok(t, err)
			sameEvents(t, q, got, selectEvents(all, q))
		}
	}
}

func sameEvents(t *testing.T, q engine.EventQuery, got, want []engine.StoredEvent) {
	t.Helper()
	show := func(events []engine.StoredEvent) (s []string) {
		for _, e := range events {
			s = append(s, fmt.Sprintf("%d r%d %d %s %s %s", e.Position, e.Revision, e.At, e.Type, e.Member, e.Body))
		}
		return s
	}
	if !slices.Equal(show(got), show(want)) {
		t.Fatalf("%+v:\ngot  %q\nwant %q", q, show(got), show(want))
	}
}

// selectEvents is the query done the slow way.
func selectEvents(all []engine.StoredEvent, q engine.EventQuery) (found []engine.StoredEvent) {
	all = slices.Clone(all)
	if q.Backward {
		slices.Reverse(all)
	}
	for _, e := range all {
		if e.Position <= q.After || q.UpTo != 0 && e.Position > q.UpTo || q.Type != "" && q.Type != e.Type ||
			q.Member != "" && q.Member != e.Member || q.From != 0 && e.At < q.From || q.To != 0 && e.At >= q.To {
			continue
		}
		if q.Limit == 0 || len(found) < q.Limit {
			found = append(found, e)
		}
	}
	return found
}

// HistoryBuilder is a store that files events by member in the background;
// what it files must not change an answer.
type HistoryBuilder interface {
	BuildHistory(ctx context.Context, workspace string) error
}

func eventsOfMember(t *testing.T, s engine.Store) {
	var all []engine.StoredEvent
	for batch := range 60 {
		write(t, s, space, func(c *engine.Changes) {
			for range 40 {
				c.Position++
				e := event(c.Position)
				e.Revision = 0
				e.Member = []string{"", "busy", "busy", fmt.Sprintf("rare%d", c.Position%97), "字😀"}[c.Position%5]
				c.Events = append(c.Events, e)
			}
			all = append(all, c.Events...)
		})
		if b, builds := s.(HistoryBuilder); builds && batch%17 == 0 {
			ok(t, b.BuildHistory(context.Background(), space))
		}
	}
	for _, member := range []string{"busy", "rare3", "rare50", "字😀", "nobody"} {
		for _, q := range []engine.EventQuery{{}, {Limit: 3}, {After: 700}, {After: 700, UpTo: 1900, Limit: 20}, {UpTo: 50}, {From: at(600), To: at(1500)}, {Type: "none"}} {
			q.Member = member
			for _, q.Backward = range []bool{false, true} {
				got, err := s.Reader(space).Events(context.Background(), q)
				ok(t, err)
				sameEvents(t, q, got, selectEvents(all, q))
			}
		}
	}
}

func decisionsListed(t *testing.T, s engine.Store) {
	ctx := context.Background()
	var all []engine.Decision
	for p := int64(1); p <= 40; p++ {
		write(t, s, space, func(c *engine.Changes) {
			c.Position = p
			for n := range int(p%4) + 1 {
				c.Decisions = append(c.Decisions, decision(p, n))
			}
			all = append(all, c.Decisions...)
		})
	}
	later := decision(3, 1)
	later.Outcome, later.Reason, later.Rule, later.Effects = engine.OutcomeTrue, "", "r1", nil
	write(t, s, space, func(c *engine.Changes) { c.Decisions = []engine.Decision{later} }) // one that waited is decided
	all[slices.IndexFunc(all, func(d engine.Decision) bool { return d.Position == 3 && d.Number == 1 })] = later
	slices.Reverse(all)
	for _, q := range []engine.DecisionQuery{{}, {Rule: "r1"}, {Subject: "s2"}, {Subject: "s2", Parts: []string{"s0", "s9"}}, {Subject: "s1", Parts: []string{"s2"}, Outcome: engine.OutcomeTrue}, {Outcome: engine.OutcomeUnknown},
		{Rule: "r1", Subject: "s1", Outcome: engine.OutcomeTrue}, {From: at(10), To: at(20)}, {Rule: "none"}} {
		var want []string
		for _, d := range all {
			if (q.Rule == "" || q.Rule == d.Rule) && (q.Subject == "" || q.Subject == d.Subject || slices.Contains(q.Parts, d.Subject)) && (q.Outcome == "" || q.Outcome == d.Outcome) &&
				(q.From == 0 || d.At >= q.From) && (q.To == 0 || d.At < q.To) {
				want = append(want, text(t, d))
			}
		}
		for _, q.Limit = range []int{1, 7, 1000} {
			got := pages(t, q.Limit, func(p engine.Page) (engine.Rows[engine.Decision], error) {
				q := q
				q.Page = p
				return s.Reader(space).ListDecisions(ctx, q)
			})
			same(t, fmt.Sprintf("%+v", q), got, want)
		}
	}
	ok(t, s.Within(ctx, space, func(tx engine.Tx) error {
		found, err := tx.Decisions(ctx, []int64{7, 3, 99, 7})
		same(t, "decisions of positions", texts(t, found), texts(t, []engine.Decision{decision(3, 0), later, decision(3, 2), decision(3, 3), decision(7, 0), decision(7, 1), decision(7, 2), decision(7, 3)}))
		return err
	}))
}

func decision(p int64, n int) engine.Decision {
	return engine.Decision{Position: p, Number: n, Rule: fmt.Sprint("r", (p+int64(n))%3), Version: 2, Subject: fmt.Sprint("s", p%5), Occurrence: fmt.Sprint("o", p),
		Outcome: []engine.Outcome{engine.OutcomeTrue, engine.OutcomeUnknown, engine.OutcomeError}[p%3], Reason: engine.Waiting, Detail: "因为😀", At: at(int(p)),
		Effects: []engine.Effect{{Kind: engine.GrantPoints, Number: n, Ref: "x"}}, Reasons: []engine.Text{{En: "no", Zh: "不"}}}
}

func ledgerListed(t *testing.T, s engine.Store) {
	var all []engine.LedgerEntry
	for p := int64(1); p <= 30; p++ {
		write(t, s, space, func(c *engine.Changes) {
			c.Position = p
			for n := range int(p%12) + 1 {
				c.Ledger = append(c.Ledger, engine.LedgerEntry{ID: fmt.Sprintf("%04d-%02d", p, n), Position: p, Member: fmt.Sprint("m", (p+int64(n))%4), Account: []string{"points", "coins"}[n%2],
					Amount: int64(n) - 5, Kind: "grant", Rule: fmt.Sprint("r", p%3), Version: 1, Occurrence: "o", Of: "of", Expires: at(9), At: at(int(p)), Reason: "好", Balance: 1 << 62})
			}
			all = append(all, c.Ledger...)
		})
	}
	slices.Reverse(all)
	for _, q := range []engine.LedgerQuery{{}, {Member: "m1"}, {Account: "coins"}, {Member: "m2", Account: "points"}, {Rule: "r0"}, {Member: "m0", Rule: "r1"}, {Member: "m"}} {
		var want []string
		for _, e := range all {
			if (q.Member == "" || q.Member == e.Member) && (q.Account == "" || q.Account == e.Account) && (q.Rule == "" || q.Rule == e.Rule) {
				want = append(want, text(t, e))
			}
		}
		for _, limit := range []int{1, 10, 1000} {
			got := pages(t, limit, func(p engine.Page) (engine.Rows[engine.LedgerEntry], error) {
				q.Page = p
				return s.Reader(space).ListLedger(context.Background(), q)
			})
			same(t, fmt.Sprintf("%+v", q), got, want)
		}
	}
}

func auditListed(t *testing.T, s engine.Store) {
	var all []engine.AuditEntry
	for n := range 25 {
		write(t, s, space, func(c *engine.Changes) {
			c.Audit = []engine.AuditEntry{{ID: fmt.Sprintf("a%02d", n), At: at(n / 3), By: "token", Action: "rule.publish", Noun: "rule", Key: "k", Before: `{"a":1}`, After: "{}", Request: "r"}}
			all = append(all, c.Audit...)
		})
	}
	slices.Reverse(all)
	for _, limit := range []int{1, 4, 100} {
		got := pages(t, limit, func(p engine.Page) (engine.Rows[engine.AuditEntry], error) {
			return s.Reader(space).ListAudit(context.Background(), p)
		})
		same(t, "audit", got, texts(t, all))
	}
}
