package store

import (
	"context"
	"crypto/sha256"
	"database/sql"

	"github.com/bylaw-dev/bylaw/engine"
)

// Most marks that a decision asks for are not there: whether a rule has acted on
// a member today is asked when it is about to. To ask the table one by one cost
// more than deciding. So each fold that ends also writes a filter of the marks
// that it put into records, and a mark that passes no filter is not in that
// table.
//
// The filters are exact because the lane is locked: its folded_stamp names the
// last fold, and rows of mark_filters link to the one before. Where they do not
// reach back to the first fold the table is asked, as it would be without them.

// Marks of a filter, few and many: filters of one size are probed together.
const (
	fewMarks  = 1 << 10
	manyMarks = 1 << 14
)

var markFilterBulk = bulk{table: "mark_filters", columns: []string{"lane", "number", "part", "stamp_before", "stamp", "body"}, keys: 4}

// markMemory is what a process knows of the filters; the lane's holder has it.
type markMemory struct {
	loaded        bool
	whole         bool  // they reach back to the first fold
	number, stamp int64 // of the last fold known here
	filters       filters
	found         []suspicion // room
}

func (m *markMemory) forget() { *m = markMemory{} }

func (m *markMemory) bytes() int64 { return m.filters.bytes() }

func markID(key string) [16]byte {
	sum := sha256.Sum256([]byte(key))
	return [16]byte(sum[:16])
}

// absent is whether a record is certainly not in the table.
func (m *markMemory) absent(k engine.RecordKey) bool {
	if !m.whole || k.Kind != engine.MarkRecord {
		return false
	}
	m.found = m.filters.suspect(m.found[:0], 0, markID(k.Key))
	return len(m.found) == 0
}

// syncMarks brings the filters up to the lane, which is locked.
func (t *tx) syncMarks(ctx context.Context) error {
	m := &t.lane.marks
	if m.loaded && m.number == t.row.folded && m.stamp == t.row.foldedStamp {
		return nil
	}
	if m.loaded && m.whole && m.number < t.row.folded {
		if err := t.readMarkFilters(ctx, m); err != nil {
			return err
		}
		if m.whole {
			return nil
		}
	}
	*m = markMemory{loaded: true, whole: true}
	return t.readMarkFilters(ctx, m)
}

// readMarkFilters takes the filters after the last one known, and sees whether
// they link up to the lane's last fold.
func (t *tx) readMarkFilters(ctx context.Context, m *markMemory) error {
	rows, err := t.query(ctx, "SELECT number, part, stamp_before, stamp, body FROM mark_filters WHERE workspace = ? AND lane = 0 AND number > ? ORDER BY number, part", m.number)
	err = each(rows, err, func(r *sql.Rows) error {
		var number, part, before, stamp int64
		var body []byte
		if err := r.Scan(&number, &part, &before, &stamp, &body); err != nil {
			return err
		}
		if part == 0 {
			m.whole = m.whole && before == m.stamp
			m.number, m.stamp = number, stamp
		}
		m.add(number, body)
		return nil
	})
	m.whole = m.whole && m.number == t.row.folded && m.stamp == t.row.foldedStamp
	m.number, m.stamp = t.row.folded, t.row.foldedStamp
	if err != nil {
		m.forget()
	}
	return err
}

func (m *markMemory) add(number int64, filter []byte) {
	if len(filter) > 0 {
		m.filters.add(number, filter)
	}
}

// markFilter is what a fold that ends adds.
type markFilter struct{ parts [][]byte }

// saveMarkFilter writes the filter of the marks of the fold that ends with this
// transaction, those aside that an earlier one knows.
func (t *tx) saveMarkFilter(ctx context.Context) error {
	if !t.foldsAll() {
		return nil
	}
	if err := t.syncMarks(ctx); err != nil {
		return err
	}
	m := &t.lane.marks
	if !m.whole {
		return nil
	}
	t.marked = &markFilter{parts: filtersOf(t.newMarks())}
	all := markFilterBulk.rows(len(t.marked.parts))
	for i, part := range t.marked.parts {
		all.add(t.workspace, len(part), 0, t.folding.through, i, t.row.foldedStamp, t.folding.stamp, part)
	}
	return t.insert(ctx, all)
}

// newMarks are the marks of the fold that no filter knows.
func (t *tx) newMarks() (ids [][16]byte) {
	for _, p := range t.folding.order {
		r := t.folding.records.record(p)
		if r.body == nil || string(r.kind) != string(engine.MarkRecord) {
			continue
		}
		if key := string(r.key); t.lane.marks.absent(engine.RecordKey{Kind: engine.MarkRecord, Key: key}) {
			ids = append(ids, markID(key))
		}
	}
	return ids
}

// filtersOf cuts ids into filters: at least one, which is empty for none.
func filtersOf(ids [][16]byte) (parts [][]byte) {
	for len(ids) > 0 {
		size := manyMarks
		if len(ids) <= fewMarks {
			size = fewMarks
		}
		n := min(len(ids), size)
		filter := newFilter(size)
		for _, id := range ids[:n] {
			setFilter(filter, id)
		}
		parts, ids = append(parts, filter), ids[n:]
	}
	if parts == nil {
		parts = [][]byte{{}}
	}
	return parts
}

// keepMarks notes after the commit what was written.
func (t *tx) keepMarks() {
	if t.marked == nil {
		return
	}
	m := &t.lane.marks
	m.number, m.stamp = t.folding.through, t.folding.stamp
	for _, part := range t.marked.parts {
		m.add(m.number, part)
	}
}
