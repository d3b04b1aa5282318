package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var ledgerBulk = bulk{table: "ledger", columns: []string{"position", "entry", "member", "account", "rule_key", "body"}, keys: 3}

// saveLedger appends entries; one that exists already is an error, as entries never change.
func (t *tx) saveLedger(ctx context.Context, c *engine.Changes) error {
	entries := slices.SortedFunc(slices.Values(c.Ledger), func(a, b engine.LedgerEntry) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	all := ledgerBulk.rows(len(entries))
	for i := range entries {
		e := &entries[i]
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("entry %s: %w", e.ID, err)
		}
		all.add(t.workspace, len(body), e.Position, e.ID, e.Member, e.Account, e.Rule, body)
	}
	err := t.insert(ctx, all)
	if err != nil && t.store.dialect.fault(err) == faultTaken {
		return fmt.Errorf("an entry with this id exists, and entries never change: %w", err)
	}
	return err
}

// ListLedger gives entries, newest first.
func (r *reader) ListLedger(ctx context.Context, q engine.LedgerQuery) (engine.Rows[engine.LedgerEntry], error) {
	c := condition{r.orm(ctx)}
	c.is("member", q.Member)
	c.is("account", q.Account)
	c.is("rule_key", q.Rule)
	if err := c.after("position", "entry", q.Cursor, textKey); err != nil {
		return engine.Rows[engine.LedgerEntry]{}, err
	}
	limit := limitOf(q.Page)
	all, err := decoded[engine.LedgerEntry](ctx, &c, "ledger", "position DESC, entry DESC", limit)
	return paged(all, limit, func(e *engine.LedgerEntry) cursor { return cursor{e.Position, e.ID} }), r.readError("list ledger", err)
}

// decoded reads bodies as JSON.
func decoded[T any](ctx context.Context, c *condition, table, order string, limit int) (all []T, err error) {
	err = c.bodies(ctx, table, order, limit, func(body []byte) error {
		var v T
		err := json.Unmarshal(body, &v)
		all = append(all, v)
		return err
	})
	return all, err
}
