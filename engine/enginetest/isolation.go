package enginetest

import (
	"context"
	"fmt"
	"math/rand"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// workspacesNeverMeet does the same random things under the same ids in
// workspaces with confusable names, and asks that each answers as if it were alone.
func workspacesNeverMeet(t *testing.T, s engine.Store) {
	spaces := []string{"a", "A", "a ", "b", "a%", "字"}
	r := rand.New(rand.NewSource(11))
	want := map[string]string{}
	position := map[string]int64{}
	for range 60 {
		workspace := spaces[r.Intn(len(spaces))]
		position[workspace]++
		p := position[workspace]
		mark := fmt.Sprintf("%s@%d", workspace, p)
		c := everything(p)
		c.Ledger[0].ID = fmt.Sprintf("%04d-1", p)
		c.Audit[0].ID = fmt.Sprintf("a%d", p)
		c.Deliveries[0].ID = fmt.Sprintf("d%d", p)
		c.Records[0].Body, c.Events[0].Body, c.Items[0].Body, c.Timers[0].Body = []byte(mark), []byte(mark), []byte(mark), []byte(mark)
		c.Personal[0].Value, c.Ledger[0].Reason, c.Decisions[0].Detail, c.Audit[0].Key, c.Deliveries[0].Text = mark, mark, mark, mark, mark
		c.Definitions[0].By = mark
		write(t, s, workspace, func(into *engine.Changes) { *into = *c })
		claimed := claimedTx(t, s, workspace, claimOf("same", "b", p+1))
		equal(t, "the same event id in "+workspace, len(claimed), min(int(p)-1, 1))
		position[workspace]++
		want[workspace] = mark
	}
	for _, workspace := range spaces {
		newest(t, s, workspace, want[workspace])
	}
	assertEmpty(t, s, "c")
	assertEmpty(t, s, "a  ")
}

// claimedTx claims one id and moves the lane whether it is new or not.
func claimedTx(t *testing.T, s engine.Store, workspace string, c engine.EventClaim) (seen map[int]engine.Seen) {
	t.Helper()
	ctx := context.Background()
	ok(t, s.Within(ctx, workspace, func(tx engine.Tx) (err error) {
		if seen, err = tx.Claim(ctx, []engine.EventClaim{c}); err != nil {
			return err
		}
		return tx.Save(ctx, &engine.Changes{Position: c.Position, Revision: tx.Lane().Revision})
	}))
	return seen
}

// newest asks each list of a workspace for its newest row, which must carry its mark.
func newest(t *testing.T, s engine.Store, workspace, mark string) {
	t.Helper()
	ctx, r, one := context.Background(), s.Reader(workspace), engine.Page{Limit: 1}
	events, err := r.Events(ctx, engine.EventQuery{Backward: true, Limit: 1})
	ok(t, err)
	equal(t, "event", string(events[0].Body), mark)
	decisions, err := r.ListDecisions(ctx, engine.DecisionQuery{Page: one})
	ok(t, err)
	equal(t, "decision", decisions.Items[0].Detail, mark)
	ledger, err := r.ListLedger(ctx, engine.LedgerQuery{Page: one})
	ok(t, err)
	equal(t, "ledger entry", ledger.Items[0].Reason, mark)
	audit, err := r.ListAudit(ctx, one)
	ok(t, err)
	equal(t, "audit entry", audit.Items[0].Key, mark)
	records, err := r.Records(ctx, []engine.RecordKey{{Kind: engine.MemberRecord, Key: "m1"}})
	ok(t, err)
	equal(t, "record", string(records[engine.RecordKey{Kind: engine.MemberRecord, Key: "m1"}]), mark)
	listed, err := r.ListRecords(ctx, engine.MemberRecord, "", one)
	ok(t, err)
	equal(t, "listed record", string(listed.Items[0].Body), mark)
	items, err := r.ListItems(ctx, engine.ItemQuery{Kind: "task", Page: one})
	ok(t, err)
	equal(t, "item", string(items.Items[0].Body), mark)
	deliveries, err := r.ListDeliveries(ctx, engine.DeliveryQuery{Page: one})
	ok(t, err)
	equal(t, "delivery", deliveries.Items[0].Text, mark)
	personal, err := r.PersonalFields(ctx, "m1")
	ok(t, err)
	equal(t, "personal field", personal[0].Value, mark)
	definitions, err := r.DefinitionVersions(ctx, "rule", "r")
	ok(t, err)
	equal(t, "definition", definitions[0].By, mark)
	due, err := s.DueTimers(ctx, at(1_000_000), 100)
	ok(t, err)
	for _, d := range due {
		if d.Workspace == workspace {
			equal(t, "timer", string(d.Body), mark)
		}
	}
}
