package store

import (
	"context"
	"database/sql"
	"math/bits"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// records reads records by key while the lane is held.
func (t *tx) records(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	if err := t.lane.state.sync(ctx, t.scope, &t.row); err != nil {
		t.lane.state.forget()
		return nil, err
	}
	if err := t.syncMarks(ctx); err != nil {
		return nil, err
	}
	return t.scope.recordsBehind(ctx, &t.lane.state, keys, t.lane.marks.absent)
}

// recordsBehind asks the memory first and the table for the rest.
// absent, where it is given, tells which are not in the table.
func (c scope) recordsBehind(ctx context.Context, m *stateMemory, keys []engine.RecordKey, absent func(engine.RecordKey) bool) (map[engine.RecordKey][]byte, error) {
	found, rest := m.lookUp(keys)
	if absent != nil {
		rest = slices.DeleteFunc(rest, absent)
	}
	err := byKind(rest, func(kind string, keys []any) error {
		rows, err := c.query(ctx, "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key IN ("+marks(len(keys))+")", append([]any{kind}, keys...)...)
		return each(rows, err, func(r *sql.Rows) error {
			var key string
			var body []byte
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
	slices.SortFunc(sorted, byKindAndKey)
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

// stateAhead is the memory of the workspace's log, up to date for a reader that
// does not hold the lane.
func (r *reader) stateAhead(ctx context.Context) (*stateMemory, error) {
	w := r.store.lanes.of(r.workspace)
	for attempt := range attempts {
		lane, err := r.laneRow(ctx)
		if err != nil {
			return nil, err
		}
		err = w.state.sync(ctx, r.scope, &lane)
		if err == nil {
			r.store.lanes.looked(w, r.store.options.Memory)
			return &w.state, nil
		}
		if attempt == attempts-1 || wait(ctx, r.store.pause(attempt)) != nil {
			return nil, err
		}
	}
	return nil, errMoved
}

// Records reads records by key.
func (r *reader) Records(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	m, err := r.stateAhead(ctx)
	if err != nil {
		return nil, r.readError("load records", err)
	}
	found, err := r.recordsBehind(ctx, m, keys, nil)
	return found, r.readError("load records", err)
}

// ListRecords gives records of one kind whose key has a prefix, by key.
func (r *reader) ListRecords(ctx context.Context, kind engine.RecordKind, prefix string, p engine.Page) (engine.Rows[engine.Record], error) {
	after, err := cursorOf(p.Cursor)
	if err != nil {
		return engine.Rows[engine.Record]{}, err
	}
	m, err := r.stateAhead(ctx)
	if err != nil {
		return engine.Rows[engine.Record]{}, r.readError("list records", err)
	}
	limit := limitOf(p)
	all, err := r.merged(ctx, m, recordRange{kind, prefix, after.key, p.Cursor == "", limit + 1})
	return paged(all, limit, func(r *engine.Record) cursor { return cursor{key: r.Key} }), r.readError("list records", err)
}

// recordRange is a stretch of the records of one kind.
type recordRange struct {
	kind   engine.RecordKind
	prefix string
	after  string
	first  bool // after is not set
	limit  int
}

// from is the first key that is wanted.
func (g recordRange) from() string {
	if g.first {
		return g.prefix
	}
	return max(g.prefix, g.after+"\x00") // no key lies between a key and it with a zero
}

// merged reads the log's memory and the table side by side; the log wins.
func (r *reader) merged(ctx context.Context, m *stateMemory, g recordRange) (all []engine.Record, err error) {
	for len(all) < g.limit {
		fresh := m.list(g.kind, g.prefix, g.from(), g.limit)
		stored, err := r.storedRecords(ctx, g)
		if err != nil {
			return nil, err
		}
		// Beyond the end of a full portion the other side may hold more.
		end := ""
		if len(fresh) == g.limit {
			end = fresh[len(fresh)-1].Key
		}
		if n := len(stored); n == g.limit && (end == "" || stored[n-1].Key < end) {
			end = stored[n-1].Key
		}
		all = appendMerged(all, fresh, stored, end)
		if end == "" {
			break
		}
		g.after, g.first = end, false
	}
	return all[:min(len(all), g.limit)], nil
}

// appendMerged joins two sorted lists up to a key; of one key the fresh one counts.
func appendMerged(all, fresh, stored []engine.Record, end string) []engine.Record {
	for len(fresh)+len(stored) > 0 {
		var next engine.Record
		switch {
		case len(stored) == 0 || len(fresh) > 0 && fresh[0].Key <= stored[0].Key:
			if len(stored) > 0 && fresh[0].Key == stored[0].Key {
				stored = stored[1:]
			}
			next, fresh = fresh[0], fresh[1:]
		default:
			next, stored = stored[0], stored[1:]
		}
		if end != "" && next.Key > end {
			return all
		}
		if next.Body != nil {
			all = append(all, next)
		}
	}
	return all
}

func (r *reader) storedRecords(ctx context.Context, g recordRange) (all []engine.Record, err error) {
	text := "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key >= ? ORDER BY record_key LIMIT ?"
	args := []any{string(g.kind), g.from(), g.limit}
	if end := prefixEnd(g.prefix); end != "" {
		text = "SELECT record_key, body FROM records WHERE workspace = ? AND kind = ? AND record_key >= ? AND record_key < ? ORDER BY record_key LIMIT ?"
		args = []any{string(g.kind), g.from(), end, g.limit}
	}
	rows, err := r.query(ctx, text, args...)
	err = each(rows, err, func(r *sql.Rows) error {
		record := engine.Record{Kind: g.kind}
		err := r.Scan(&record.Key, &record.Body)
		record.Body = notNil(record.Body)
		all = append(all, record)
		return err
	})
	return all, err
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
