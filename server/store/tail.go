package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bylaw-dev/bylaw/engine"
)

// tailMemory is what a process knows of the part of the log that is not filed by
// member yet: whose events lie where. Without it each question about one member
// reads up to a segment of everybody's events. It only grows, because pages of the
// log come in the order of their positions and keep their places; what they say may
// be rewritten when somebody is erased, which is why bodies are read each time.
type tailMemory struct {
	mu     sync.Mutex
	after  int64 // filed up to here
	upTo   int64 // known up to here: the last position of a page, or after
	newest int64 // at_max of that page, which tells it from one of another log
	long   bool  // what comes after is too much to be known, until more is filed
	of     map[string][]tailEvent
	types  map[string]string // one string of each
	held   atomic.Int64      // events
}

// tailEvent is an event without its body, and the last position of its page.
type tailEvent struct {
	position, page int64
	at             engine.Time
	typ            string
}

const (
	tailEventBytes = 64      // about
	maxTail        = 100_000 // events: of a longer tail nothing is kept
	tailPortion    = 512     // pages that are read at once
)

func (m *tailMemory) bytes() int64 { return m.held.Load() * tailEventBytes }

// reset knows nothing of what comes after a position.
func (m *tailMemory) reset(after int64) {
	m.after, m.upTo, m.newest, m.long = after, after, 0, false
	m.of, m.types = map[string][]tailEvent{}, map[string]string{}
	m.held.Store(0)
}

// find gives a member's events after what is filed, in order; ok is false where
// the tail is too long to be known.
func (m *tailMemory) find(ctx context.Context, c scope, through int64, member string) (found []tailEvent, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil || through > m.upTo || through < m.after {
		m.reset(through)
	}
	m.drop(through)
	if m.long {
		return nil, false, nil
	}
	if ok, err = m.read(ctx, c); err != nil {
		return nil, false, err // what was read until then is known
	}
	if !ok {
		m.reset(through)
		m.long = true
		return nil, false, nil
	}
	return slices.Clone(m.of[member]), true, nil
}

// drop forgets what was filed meanwhile.
func (m *tailMemory) drop(through int64) {
	if through == m.after {
		return
	}
	m.after = through
	left := 0
	for member, list := range m.of {
		i, _ := slices.BinarySearchFunc(list, through+1, func(e tailEvent, at int64) int { return int(min(max(e.position-at, -1), 1)) })
		if list = list[i:]; len(list) == 0 {
			delete(m.of, member)
			continue
		}
		m.of[member] = slices.Clone(list)
		left += len(list)
	}
	m.held.Store(int64(left))
}

const selectTail = "SELECT last_position, at_max, body FROM event_pages WHERE workspace = ? AND lane = 0 AND last_position >= ? ORDER BY last_position LIMIT ?"

// read takes in the pages that came since. The last one that is known is asked for
// again: if it is another one, the log is not the one that was read.
func (m *tailMemory) read(ctx context.Context, c scope) (ok bool, err error) {
	for {
		pages, known := 0, m.newest == 0
		rows, err := c.query(ctx, selectTail, m.upTo, tailPortion)
		err = each(rows, err, func(r *sql.Rows) error {
			var last, newest int64
			var body []byte
			if err := r.Scan(&last, &newest, &body); err != nil {
				return err
			}
			switch pages++; {
			case last == m.upTo && newest == m.newest:
				known = true
				return nil
			case last <= m.after || !known:
				return nil
			}
			return m.add(last, newest, body)
		})
		if err != nil {
			return false, err
		}
		if !known { // the log was deleted and begun anew
			m.reset(m.after)
			continue
		}
		if m.held.Load() > c.store.options.tail {
			return false, nil
		}
		if pages < tailPortion {
			return true, nil
		}
	}
}

func (m *tailMemory) add(last, newest int64, body []byte) error {
	events, err := decodePage(body, "", func(e *engine.StoredEvent) bool { return e.Member != "" && e.Position > m.after })
	if err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		typ, seen := m.types[e.Type]
		if !seen {
			typ = e.Type
			m.types[typ] = typ
		}
		m.of[e.Member] = append(m.of[e.Member], tailEvent{e.Position, last, e.At, typ})
	}
	m.held.Add(int64(len(events)))
	m.upTo, m.newest = last, newest
	return nil
}

// tailEvents reads a member's events that are not filed yet.
func (c scope) tailEvents(ctx context.Context, q *engine.EventQuery, through int64) ([]engine.StoredEvent, error) {
	if q.Member == "" || c.tx != nil {
		return c.scanEvents(ctx, q)
	}
	if q.UpTo <= q.After {
		return nil, nil
	}
	w := c.store.lanes.of(c.workspace)
	known, ok, err := w.tail.find(ctx, c, through, q.Member)
	c.store.lanes.looked(w, c.store.options.Memory)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.scanEvents(ctx, q)
	}
	var found []engine.StoredEvent
	pages := map[int64]int64{}
	if q.Backward {
		slices.Reverse(known)
	}
	for _, k := range known {
		e := engine.StoredEvent{Position: k.position, Type: k.typ, At: k.at, Member: q.Member}
		if matches(q, &e) {
			found, pages[k.position] = append(found, e), k.page
		}
		if q.Limit > 0 && len(found) == q.Limit {
			break
		}
	}
	if q.Bare {
		return found, nil
	}
	if all, err := c.readBodies(ctx, q.Member, found, pages); err != nil || all {
		return found, err
	}
	return c.scanEvents(ctx, q) // the log is another one than it was a moment ago
}

// readBodies reads the pages in which a member's events lie; all is false where
// one is not there.
func (c scope) readBodies(ctx context.Context, member string, found []engine.StoredEvent, pages map[int64]int64) (all bool, err error) {
	places := make(map[int64]int, len(found))
	var lasts []any
	for i := range found {
		places[found[i].Position] = i
		if page := pages[found[i].Position]; len(lasts) == 0 || lasts[len(lasts)-1] != page {
			lasts = append(lasts, page)
		}
	}
	read := 0
	for portion := range slices.Chunk(lasts, 64) {
		args := filledUp(slices.Clone(portion))
		rows, err := c.query(ctx, "SELECT body FROM event_pages WHERE workspace = ? AND lane = 0 AND last_position IN ("+marks(len(args))+")", args...)
		err = each(rows, err, func(r *sql.Rows) error {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return err
			}
			events, err := decodePage(body, member, func(e *engine.StoredEvent) bool { _, wanted := places[e.Position]; return wanted })
			for i := range events {
				found[places[events[i].Position]] = events[i]
			}
			read += len(events)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return read == len(found), nil
}
