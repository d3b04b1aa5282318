package store

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bylaw-dev/bylaw/engine"
)

// values are records by kind and key; a nil body is one that is deleted.
type values map[engine.RecordKind]map[string][]byte

func (v values) get(k engine.RecordKey) (body []byte, known bool) {
	body, known = v[k.Kind][k.Key]
	return body, known
}

// put tells whether the key is new.
func (v values) put(k engine.RecordKey, body []byte) bool {
	of := v[k.Kind]
	if of == nil {
		of = map[string][]byte{}
		v[k.Kind] = of
	}
	before := len(of)
	of[k.Key] = body
	return len(of) > before
}

// stateMemory is what a process knows of the log of records: the newest value of
// each record in it, nil for one that is deleted. The lane's holder writes it,
// readers look into it and may bring it up to date.
type stateMemory struct {
	mu            sync.RWMutex
	loaded        bool
	number, stamp int64 // of the last commit known here
	folded        int64
	trimmed       int64        // rows up to here are deleted; -1: not known
	logged        int          // bytes in the log since the last freeze
	held          atomic.Int64 // about the bytes that the values take
	young         values
	old           *frozen // older than young
	sorted        map[engine.RecordKind][]string
}

func (m *stateMemory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

func (m *stateMemory) clear() {
	m.loaded, m.number, m.stamp, m.folded, m.trimmed, m.logged = false, 0, 0, 0, -1, 0
	m.held.Store(0)
	m.young, m.old, m.sorted = nil, nil, nil
}

// bytes asks without waiting for whoever is reading the log.
func (m *stateMemory) bytes() int64 { return m.held.Load() }

// errMoved: the log was folded while it was read without the lane; read again.
var errMoved = errors.New("the log of records moved on while it was read")

// sync brings the memory up to a lane as it was read, or further.
func (m *stateMemory) sync(ctx context.Context, c scope, lane *laneRow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaded && (m.number > lane.commits || m.number == lane.commits && m.stamp == lane.stamp) {
		return nil // or ahead of what a reader saw
	}
	if m.loaded && m.folded == lane.folded && m.number < lane.commits {
		err := m.read(ctx, c, lane.commits)
		if err == nil || !errors.Is(err, errMoved) {
			return err
		}
	}
	m.clear()
	m.young = values{}
	m.number, m.stamp, m.folded = lane.folded, lane.foldedStamp, lane.folded
	if err := m.read(ctx, c, lane.commits); err != nil {
		m.clear()
		return err
	}
	m.loaded = true
	m.weigh()
	return nil
}

// read takes what was committed after the last commit known here; it must link
// to it, without a gap, up to a commit that is known to be there.
func (m *stateMemory) read(ctx context.Context, c scope, atLeast int64) error {
	err := c.readStateLog(ctx, m.number, func(r stateRow) error {
		if r.part == 0 {
			if r.number != m.number+1 || r.before != m.stamp {
				return errMoved
			}
			m.number, m.stamp = r.number, r.stamp
		}
		m.logged += len(r.body)
		return r.each(m.put)
	})
	if err == nil && m.number < atLeast {
		return errMoved
	}
	return err
}

func (m *stateMemory) put(k engine.RecordKey, body []byte) {
	if m.young.put(k, body) {
		m.sorted = nil
	}
}

// commit takes what a transaction wrote, unless a reader has read it already.
func (m *stateMemory) commit(t *tx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.folding != nil && m.old == t.folding {
		m.old.next = t.foldedTo
	}
	if m.number < t.name.number {
		m.number, m.stamp = t.name.number, t.name.stamp
		m.logged += t.logged
		for _, w := range t.written {
			m.put(w.RecordKey, w.body)
		}
	}
	if t.foldsAll() && m.old == t.folding {
		m.folded, m.old = m.old.through, nil
	}
	m.weigh()
}

// weigh: values lie in the rows of the log, which are held while one of them is.
func (m *stateMemory) weigh() {
	held := m.logged
	if m.old != nil {
		held += m.old.bytes
	}
	m.held.Store(2 * int64(held))
}

// get is what the log says of a record; known is false when it says nothing.
func (m *stateMemory) get(k engine.RecordKey) (body []byte, known bool) {
	if body, known = m.young.get(k); !known && m.old != nil {
		body, known = m.old.values.get(k)
	}
	return body, known
}

// lookUp gives what the log says of records, and the keys of which it says nothing.
func (m *stateMemory) lookUp(keys []engine.RecordKey) (found map[engine.RecordKey][]byte, rest []engine.RecordKey) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found = make(map[engine.RecordKey][]byte, len(keys))
	for _, k := range keys {
		body, known := m.get(k)
		if !known {
			rest = append(rest, k)
		} else if body != nil {
			found[k] = body
		}
	}
	return found, rest
}

// list gives what the log says of the keys of one kind that have a prefix and come
// after one, in order, deleted ones included; at most as many as are asked for.
func (m *stateMemory) list(kind engine.RecordKind, prefix string, from string, limit int) (all []engine.Record) {
	m.mu.Lock() // the sorted keys are made when they are asked for
	defer m.mu.Unlock()
	keys := m.keysOf(kind)
	for i := sort.SearchStrings(keys, max(prefix, from)); i < len(keys) && strings.HasPrefix(keys[i], prefix) && len(all) < limit; i++ {
		body, _ := m.get(engine.RecordKey{Kind: kind, Key: keys[i]})
		all = append(all, engine.Record{Kind: kind, Key: keys[i], Body: body})
	}
	return all
}

func (m *stateMemory) keysOf(kind engine.RecordKind) []string {
	if keys, made := m.sorted[kind]; made {
		return keys
	}
	var keys []string
	for key := range m.young[kind] {
		keys = append(keys, key)
	}
	if m.old != nil {
		for key := range m.old.values[kind] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if m.sorted == nil {
		m.sorted = map[engine.RecordKind][]string{}
	}
	m.sorted[kind] = keys
	return keys
}
