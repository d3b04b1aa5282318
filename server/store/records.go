package store

import (
	"cmp"
	"context"
	"database/sql"
	"math/bits"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var recordBulk = bulk{table: "records", columns: []string{"kind", "record_key", "body"}, keys: 3, set: []string{"body"}}

// saveRecords writes records sorted by key, so that neighbours in the table are
// written together, and of several of one key only the last.
func (t *tx) saveRecords(ctx context.Context, c *engine.Changes) error {
	order := make([]int, len(c.Records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &c.Records[a], &c.Records[b]
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Key, y.Key), cmp.Compare(a, b))
	})
	upserts, gone := recordBulk.rows(len(order)), []engine.RecordKey(nil)
	for n, i := range order {
		r := &c.Records[i]
		if n+1 < len(order) && c.Records[order[n+1]].Kind == r.Kind && c.Records[order[n+1]].Key == r.Key {
			continue
		}
		if r.Body == nil {
			gone = append(gone, engine.RecordKey{Kind: r.Kind, Key: r.Key})
			continue
		}
		upserts.add(t.workspace, len(r.Body)+len(r.Key), string(r.Kind), r.Key, r.Body)
	}
	if err := t.insert(ctx, upserts); err != nil {
		return err
	}
	return byKind(gone, func(kind string, keys []any) error {
		_, err := t.exec(ctx, "DELETE FROM records WHERE workspace = ? AND kind = ? AND record_key IN ("+marks(len(keys))+")", append([]any{kind}, keys...)...)
		return err
	})
}

// records reads records by key.
func (c scope) records(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found := make(map[engine.RecordKey][]byte, len(keys))
	err := byKind(keys, func(kind string, keys []any) error {
		rows, err := c.query(ctx, "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key IN ("+marks(len(keys))+")", append([]any{kind}, keys...)...)
		return each(rows, err, func(r *sql.Rows) error {
			var key string
			body := []byte{}
			err := r.Scan(&key, &body)
			found[engine.RecordKey{Kind: engine.RecordKind(kind), Key: key}] = notNil(body)
			return err
		})
	})
	return found, err
}

// notNil: a driver may give an empty value as nil, which here means absent.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// byKind hands out sorted keys of one kind in portions of a power of two, filled
// up with the last key, so that few statements are kept prepared.
func byKind(keys []engine.RecordKey, do func(kind string, keys []any) error) error {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b engine.RecordKey) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	sorted = slices.Compact(sorted)
	for from := 0; from < len(sorted); {
		kind, upTo := sorted[from].Kind, from
		var portion []any
		for ; upTo < len(sorted) && sorted[upTo].Kind == kind && len(portion) < maxRows; upTo++ {
			portion = append(portion, sorted[upTo].Key)
		}
		if err := do(string(kind), filledUp(portion)); err != nil {
			return err
		}
		from = upTo
	}
	return nil
}

// filledUp repeats the last value until a power of two is reached.
func filledUp(values []any) []any {
	size := 1 << bits.Len(uint(len(values)-1))
	for len(values) < size {
		values = append(values, values[len(values)-1])
	}
	return values
}

// ListRecords gives records of one kind whose key has a prefix, by key.
func (r *reader) ListRecords(ctx context.Context, kind engine.RecordKind, prefix string, p engine.Page) (engine.Rows[engine.Record], error) {
	after, err := cursorOf(p.Cursor)
	if err != nil {
		return engine.Rows[engine.Record]{}, err
	}
	q := "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key >= ? AND record_key > ?"
	args := []any{string(kind), prefix, after.key}
	if p.Cursor == "" {
		q, args = "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key >= ?", args[:2]
	}
	if end := prefixEnd(prefix); end != "" {
		q, args = q+" AND record_key < ?", append(args, end)
	}
	limit := limitOf(p)
	rows, err := r.query(ctx, q+" ORDER BY record_key LIMIT ?", append(args, limit+1)...)
	var all []engine.Record
	err = each(rows, err, func(r *sql.Rows) error {
		record := engine.Record{Kind: kind}
		err := r.Scan(&record.Key, &record.Body)
		record.Body = notNil(record.Body)
		all = append(all, record)
		return err
	})
	return paged(all, limit, func(r *engine.Record) cursor { return cursor{key: r.Key} }), r.readError("list records", err)
}

// prefixEnd is the first key after all that have a prefix; "" when there is none.
func prefixEnd(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return string(b[:i+1])
		}
	}
	return ""
}
