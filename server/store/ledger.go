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
	all, late := ledgerBulk.rows(len(entries)), lateBulk.rows(0)
	for i := range entries {
		e := &entries[i]
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("entry %s: %w", e.ID, err)
		}
		all.add(t.workspace, len(body), e.Position, e.ID, e.Member, e.Account, e.Rule, body)
		t.addLate(late, memberEntries, e.Member, place{e.Position, 0, e.ID})
	}
	err := t.insert(ctx, all)
	if err == nil {
		err = t.insert(ctx, late)
	}
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
	c.upTo(q.UpTo)
	if err := c.after("position", "entry", q.Cursor, textKey); err != nil {
		return engine.Rows[engine.LedgerEntry]{}, err
	}
	limit := limitOf(q.Page)
	all, err := r.entries(ctx, &q, &c, limit)
	return paged(all, limit, func(e *engine.LedgerEntry) cursor { return cursor{e.Position, e.ID} }), r.readError("list ledger", err)
}

var ledgerTable = madeTable{
	name: "ledger", order: "position DESC, entry DESC",
	first: "SELECT body FROM ledger WHERE workspace = ? AND (", one: "(position = ? AND entry = ?)", last: ")",
	args: func(p *place) []any { return []any{p.position, p.entry} },
}

// entries gives one more than the limit when there are more.
func (r *reader) entries(ctx context.Context, q *engine.LedgerQuery, c *condition, limit int) ([]engine.LedgerEntry, error) {
	if q.Member == "" {
		return decoded[engine.LedgerEntry](ctx, c, ledgerTable.name, ledgerTable.order, limit)
	}
	l := madeLister[engine.LedgerEntry]{reader: r, madeTable: &ledgerTable}
	l.place = func(e *engine.LedgerEntry) place { return place{e.Position, 0, e.ID} }
	l.match = func(e *engine.LedgerEntry) bool {
		return q.Member == e.Member && (q.Account == "" || q.Account == e.Account) && (q.Rule == "" || q.Rule == e.Rule)
	}
	l.madeQuery = madeQuery{item: filedKey(memberEntries, q.Member), kind: [2]string{q.Account, q.Rule}, limit: limit}
	if err := l.goOn(q.UpTo, q.Cursor, func(p *place, key string) error { p.entry = key; return nil }); err != nil {
		return nil, err
	}
	return l.list(ctx, c)
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
