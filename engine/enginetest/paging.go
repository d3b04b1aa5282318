package enginetest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// text is a row as JSON, to compare rows and to show them.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	ok(t, err)
	return string(b)
}

func texts[T any](t *testing.T, rows []T) (all []string) {
	t.Helper()
	for i := range rows {
		all = append(all, text(t, rows[i]))
	}
	return all
}

// pages walks a list to its end.
func pages[T any](t *testing.T, limit int, list func(engine.Page) (engine.Rows[T], error)) (all []string) {
	t.Helper()
	p := engine.Page{Limit: limit}
	for range 10_000 {
		rows, err := list(p)
		ok(t, err)
		if len(rows.Items) > limit {
			t.Fatalf("a page of %d has %d rows", limit, len(rows.Items))
		}
		all = append(all, texts(t, rows.Items)...)
		if rows.Next == "" {
			return all
		}
		p.Cursor = rows.Next
	}
	t.Fatal("the list has no end")
	return nil
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func cursorsRefused(t *testing.T, s engine.Store) {
	ctx, r := context.Background(), s.Reader(space)
	for _, cursor := range []string{"nonsense", "1", "!!.a", "%", "99999999999999999999999999.a"} {
		p := engine.Page{Cursor: cursor}
		for name, list := range map[string]func() error{
			"records":    func() error { _, err := r.ListRecords(ctx, "member", "", p); return err },
			"decisions":  func() error { _, err := r.ListDecisions(ctx, engine.DecisionQuery{Page: p}); return err },
			"ledger":     func() error { _, err := r.ListLedger(ctx, engine.LedgerQuery{Page: p}); return err },
			"audit":      func() error { _, err := r.ListAudit(ctx, p); return err },
			"items":      func() error { _, err := r.ListItems(ctx, engine.ItemQuery{Kind: "task", Page: p}); return err },
			"deliveries": func() error { _, err := r.ListDeliveries(ctx, engine.DeliveryQuery{Page: p}); return err },
		} {
			if err := list(); engine.CodeOf(err) != engine.CodeInvalid || err == nil {
				t.Errorf("%s with cursor %q: the error is %v, want one of code invalid", name, cursor, err)
			}
		}
	}
}
