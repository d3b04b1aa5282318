package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bylaw-dev/bylaw/engine"
)

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
	young         *logged
	old           *frozen // older than young
}

func (m *stateMemory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

func (m *stateMemory) clear() {
	m.loaded, m.number, m.stamp, m.folded, m.trimmed, m.logged = false, 0, 0, 0, -1, 0
	m.held.Store(0)
	m.young, m.old = nil, nil
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
		if err == nil {
			return nil
		}
		if !errors.Is(err, errMoved) {
			m.clear() // a commit may be known in part
			return err
		}
	}
	m.clear()
	m.young = &logged{}
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
		return m.young.add(r.body)
	})
	if err == nil && m.number < atLeast {
		return errMoved
	}
	return err
}

// commit takes what a transaction wrote, unless a reader has read it already.
func (m *stateMemory) commit(t *tx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.folding != nil && m.old == t.folding {
		m.old.next = t.foldedTo
	}
	if m.loaded && m.number < t.name.number {
		m.number, m.stamp = t.name.number, t.name.stamp
		m.logged += t.logged
		for _, part := range t.written {
			if m.young.add(part) != nil { // it was written just now
				m.clear()
				return
			}
		}
	}
	if t.foldsAll() && m.old == t.folding {
		m.folded, m.old = m.old.through, nil
	}
	m.weigh()
}

// weigh: values lie in the rows of the log, which are held while one of them is.
func (m *stateMemory) weigh() {
	held := m.young.bytes()
	if m.old != nil {
		held += m.old.records.bytes() + spotBytes*len(m.old.order)
	}
	m.held.Store(int64(held))
}

// get is what the log says of a record, whose key is as it is written there; known
// is false when it says nothing.
func (m *stateMemory) get(key []byte) (body []byte, known bool) {
	if body, known = m.young.get(key); !known && m.old != nil {
		body, known = m.old.records.get(key)
	}
	return body, known
}

// lookUp gives what the log says of records, and the keys of which it says nothing.
// Values are copies: who keeps one shall not keep the rows around it.
func (m *stateMemory) lookUp(keys []engine.RecordKey) (found map[engine.RecordKey][]byte, rest []engine.RecordKey) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found = make(map[engine.RecordKey][]byte, len(keys))
	var room [engine.MaxKeyBytes + 16]byte
	for _, k := range keys {
		body, known := m.get(appendKey(room[:0], k))
		if !known {
			rest = append(rest, k)
		} else if body != nil {
			found[k] = bytes.Clone(body)
		}
	}
	return found, rest
}

// list gives what the log says of the keys of one kind that have a prefix and come
// after one, in order, deleted ones included; at most as many as are asked for.
func (m *stateMemory) list(kind engine.RecordKind, prefix string, from string, limit int) []engine.Record {
	m.mu.Lock() // the sorted keys are made when they are asked for
	defer m.mu.Unlock()
	keys := m.young.from(kind, prefix, max(prefix, from), limit)
	if m.old != nil {
		keys = append(keys, m.old.records.from(kind, prefix, max(prefix, from), limit)...)
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	all := make([]engine.Record, min(len(keys), limit))
	for i, key := range keys[:len(all)] {
		body, _ := m.get(appendKey(nil, engine.RecordKey{Kind: kind, Key: key}))
		all[i] = engine.Record{Kind: kind, Key: key, Body: body}
	}
	return all
}
