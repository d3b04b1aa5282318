package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"

	"github.com/bylaw-dev/bylaw/engine"
)

// Records are written twice: at once to state_log, as one row a commit, and later,
// sorted and many at a time, to the table records. A batch of 1,000 events changes
// about 3,000 records all over that table; as a row of the log they cost a tenth,
// and what changes often is folded once for many changes.
//
//   - What the log holds is newer than what records holds. It is kept in memory
//     (stateMemory), which is read first.
//   - Every commit writes a row, even an empty one, with its name (stamp) and that
//     of the commit before. A memory is up to date when it knows the lane's last
//     name; what others committed is read from the log, and if the names do not
//     link, all of it is read anew.
//   - When the log has grown enough, what it says is frozen and each following
//     commit folds a portion of it into records. When all is folded the lane says so,
//     and the rows are deleted a few at a time. A fold that is broken off, by a crash
//     or by another process, is begun again: it writes the same or newer values.

// stateRow is a part of a commit's row: most commits have one.
type stateRow struct {
	number, part  int64
	before, stamp int64
	body          []byte
}

var stateBulk = bulk{table: "state_log", columns: []string{"lane", "number", "part", "stamp_before", "stamp", "body"}, keys: 4}

var errStateRow = errors.New("a row of the log of records is damaged")

// partBytes is where a commit's row is cut, for servers with small packets.
const partBytes = 1 << 20

// saveRecords appends the records to the log and folds a portion of older ones.
func (t *tx) saveRecords(ctx context.Context, c *engine.Changes) error {
	if err := t.lane.state.sync(ctx, t.scope, &t.row); err != nil {
		t.lane.state.forget()
		return err
	}
	all := stateBulk.rows(1)
	for rest := c.Records; len(rest) > 0 || len(all.sizes) == 0; {
		var part []byte
		part, rest = t.appendPart(rest)
		all.add(t.workspace, len(part), 0, t.name.number, len(all.sizes), t.row.stamp, t.name.stamp, part)
	}
	for _, size := range all.sizes {
		t.logged += size
	}
	if err := t.insert(ctx, all); err != nil {
		return err
	}
	if err := t.fold(ctx, 2*len(c.Records)+foldAtLeast); err != nil {
		return err
	}
	if err := t.saveMarkFilter(ctx); err != nil {
		return err
	}
	return t.trimStateLog(ctx)
}

// appendPart writes records from the front as one part of the row and gives those
// that are left. The memory will hold it.
func (t *tx) appendPart(records []engine.Record) (part []byte, rest []engine.Record) {
	n, size := 0, 0
	for n < len(records) && size < partBytes {
		size += len(records[n].Kind) + len(records[n].Key) + len(records[n].Body) + 8
		n++
	}
	part = make([]byte, 0, size)
	for i := range records[:n] {
		part = appendRecord(part, &records[i])
	}
	t.written = append(t.written, part)
	return part, records[n:]
}

// appendRecord writes kind, key and body, each with its length; the body's is one
// more, so that 0 says that the record is deleted.
func appendRecord(b []byte, r *engine.Record) []byte {
	b = appendText(appendText(b, string(r.Kind)), r.Key)
	if r.Body == nil {
		return binary.AppendUvarint(b, 0)
	}
	return append(binary.AppendUvarint(b, uint64(len(r.Body))+1), r.Body...)
}

func (c scope) readStateLog(ctx context.Context, after int64, visit func(stateRow) error) error {
	rows, err := c.query(ctx, "SELECT number, part, stamp_before, stamp, body FROM state_log WHERE workspace = ? AND lane = 0 AND number > ? ORDER BY number, part", after)
	return each(rows, err, func(r *sql.Rows) error {
		var row stateRow
		if err := r.Scan(&row.number, &row.part, &row.before, &row.stamp, &row.body); err != nil {
			return err
		}
		return visit(row)
	})
}

// trimAtOnce bounds how many rows of a log one commit deletes. It adds one.
const trimAtOnce = 3

// trimStateLog deletes some rows that are folded.
func (t *tx) trimStateLog(ctx context.Context) error {
	m := &t.lane.state
	if m.trimmed < 0 {
		first, err := t.firstOf(ctx, "SELECT MIN(number) FROM state_log WHERE workspace = ? AND lane = 0")
		if err != nil {
			return err
		}
		m.trimmed = first - 1
	}
	if m.trimmed >= t.row.folded {
		return nil
	}
	upTo := min(m.trimmed+trimAtOnce, t.row.folded)
	if t.foldAll {
		upTo = t.row.folded
	}
	_, err := t.exec(ctx, "DELETE FROM state_log WHERE workspace = ? AND lane = 0 AND number <= ?", upTo)
	m.trimmed = upTo // after a rollback these rows stay a little longer, no more
	return err
}

// firstOf reads a number that is NULL when a table has no rows; then it is the
// number of this transaction.
func (t *tx) firstOf(ctx context.Context, text string) (int64, error) {
	first := sql.NullInt64{}
	rows, err := t.query(ctx, text)
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&first) })
	if !first.Valid {
		return t.name.number, err
	}
	return first.Int64, err
}
