package store

import (
	"cmp"
	"context"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// Folding moves what the log of records says into the table records.
const (
	foldBytes   = 64 << 20 // of log are gathered before they are folded: more is cheaper, and held in memory
	foldSooner  = 16       // times, when memory is short
	foldAtLeast = 64       // records are folded by a commit, and twice as many as it writes
)

// frozen is what is being folded: the newest value of each record up to a commit.
type frozen struct {
	records        *logged
	order          []spot // by kind and key
	next           int    // places before it are folded
	through, stamp int64
}

var recordBulk = bulk{table: "records", columns: []string{"kind", "record_key", "body"}, keys: 3, set: []string{"body"}}

func byKindAndKey(a, b engine.RecordKey) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}

// freeze begins a fold when the log has grown enough.
func (m *stateMemory) freeze(after int) {
	if m.old != nil || m.logged < after {
		return
	}
	m.old = &frozen{records: m.young, order: m.young.inOrder(), through: m.number, stamp: m.stamp}
	m.young, m.logged = &logged{}, 0
}

// fold writes the next records of the fold under way, as part of this
// transaction; the memory hears of it after the commit.
func (t *tx) fold(ctx context.Context, portion int) error {
	upserts, gone := t.nextToFold(portion)
	if err := t.insert(ctx, upserts); err != nil {
		return err
	}
	return byKind(gone, func(kind string, keys []any) error {
		_, err := t.exec(ctx, "DELETE FROM records WHERE workspace = ? AND kind = ? AND record_key IN ("+marks(len(keys))+")", append([]any{kind}, keys...)...)
		return err
	})
}

// foldAfter is how much log a workspace gathers.
func (s *Store) foldAfter() int {
	if s.lanes.held() > s.options.Memory/2 {
		return s.options.foldBytes / foldSooner
	}
	return s.options.foldBytes
}

func (t *tx) nextToFold(portion int) (upserts *rows, gone []engine.RecordKey) {
	m := &t.lane.state
	m.mu.Lock()
	defer m.mu.Unlock()
	after := t.store.foldAfter()
	if t.foldAll {
		after, portion = 0, math.MaxInt32
	}
	m.freeze(after)
	upserts = recordBulk.rows(0)
	if m.old == nil {
		return upserts, nil
	}
	t.folding, t.foldedTo = m.old, min(m.old.next+portion, len(m.old.order))
	for _, p := range m.old.order[m.old.next:t.foldedTo] {
		r := m.old.records.record(p)
		if _, newer := m.young.get(r.written); newer {
			continue // the next fold writes it
		}
		if k := r.name(); r.body != nil {
			upserts.add(t.workspace, len(r.body)+len(k.Key), string(k.Kind), k.Key, r.body)
		} else {
			gone = append(gone, k)
		}
	}
	return upserts, gone
}

// foldsAll is whether this transaction ends the fold under way.
func (t *tx) foldsAll() bool { return t.folding != nil && t.foldedTo == len(t.folding.order) }
