package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Which event ids were accepted before is kept in generations, so that the cost
// of asking does not grow with history:
//
//   - the open generation is in claim_log, one row a commit, and in memory;
//   - a closed one is in claim_pages, sorted, and behind a filter in memory, which
//     says "certainly not here" for all but one in ten thousand new ids.
//
// The memory is exact because the lane is locked: claim_stamp names the last
// transaction that claimed, and rows of claim_log link to the one before. What
// another process committed meanwhile is read from there, and if the links do not
// meet (a restored backup), everything is read anew.

// claimMemory is what a process remembers of a workspace's event ids.
type claimMemory struct {
	loaded     bool
	stamp      int64 // of the last transaction known here
	number     int64
	generation int64 // closed ones known here
	trimmed    int64 // rows of claim_log up to here are deleted
	open       map[[16]byte]taken
	closed     filters
}

// taken is an accepted id.
type taken struct {
	position int64
	body     [8]byte
}

func (m *claimMemory) forget() { *m = claimMemory{} }

func (m *claimMemory) bytes() int64 { return int64(len(m.open))*56 + m.closed.bytes() }

// add notes what a transaction committed.
func (m *claimMemory) add(t *tx) {
	m.stamp, m.number = t.name.stamp, t.name.number
	if t.closing != nil {
		m.closed.add(t.closing.number, t.closing.filter)
		m.generation = t.closing.number
		m.open = map[[16]byte]taken{}
		return
	}
	for _, c := range t.fresh {
		m.open[c.ID] = taken{c.Position, c.Body}
	}
}

func (t *tx) claim(ctx context.Context, claims []engine.EventClaim) (map[int]engine.Seen, error) {
	if err := t.syncClaims(ctx); err != nil {
		t.lane.claims.forget()
		return nil, err
	}
	seen, unsure := map[int]engine.Seen{}, []suspicion(nil)
	memory := &t.lane.claims
	for i, c := range claims {
		if old, open := memory.open[c.ID]; open {
			seen[i] = old.seen(c)
			continue
		}
		unsure = memory.closed.suspect(unsure, i, c.ID)
	}
	if err := t.confirm(ctx, claims, unsure, seen); err != nil {
		return nil, err
	}
	if t.mine == nil {
		t.mine = make(map[[16]byte]int, len(claims))
	}
	for i, c := range claims {
		if _, before := seen[i]; before {
			continue
		}
		if first, double := t.mine[c.ID]; double {
			seen[i] = taken{t.fresh[first].Position, t.fresh[first].Body}.seen(c)
			continue
		}
		t.mine[c.ID] = len(t.fresh)
		t.fresh = append(t.fresh, c)
	}
	return seen, nil
}

func (k taken) seen(c engine.EventClaim) engine.Seen {
	return engine.Seen{Position: k.position, SameBody: k.body == c.Body}
}

// suspicion is a claim that a closed generation's filter does not rule out.
type suspicion struct {
	generation int64
	claim      int
}

// confirm looks suspicions up; most are right, as new ids rarely meet a filter.
func (t *tx) confirm(ctx context.Context, claims []engine.EventClaim, unsure []suspicion, seen map[int]engine.Seen) error {
	type page struct {
		generation int64
		bucket     byte
	}
	asked := map[page][]int{}
	for _, u := range unsure {
		p := page{u.generation, claims[u.claim].ID[0]}
		asked[p] = append(asked[p], u.claim)
	}
	for p, which := range asked {
		body, err := t.claimPage(ctx, p.generation, p.bucket)
		if err != nil {
			return err
		}
		for _, i := range which {
			if old, found := findTaken(body, claims[i].ID); found {
				seen[i] = old.seen(claims[i])
			}
		}
	}
	return nil
}

func (t *tx) claimPage(ctx context.Context, generation int64, bucket byte) (body []byte, err error) {
	rows, err := t.query(ctx, "SELECT body FROM claim_pages WHERE workspace = ? AND lane = 0 AND generation = ? AND bucket = ?", generation, bucket)
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&body) })
	return body, err
}

// syncClaims brings the memory up to the lane, which is locked.
func (t *tx) syncClaims(ctx context.Context) error {
	m := &t.lane.claims
	if t.prepared {
		return nil
	}
	if !m.loaded || m.stamp != t.row.claimStamp {
		caughtUp, err := t.catchUp(ctx)
		if err != nil {
			return err
		}
		if !caughtUp {
			if err := t.loadClaims(ctx); err != nil {
				return err
			}
		}
	}
	t.prepared = true
	return nil
}

// catchUp reads what others committed since; false when that cannot be told.
func (t *tx) catchUp(ctx context.Context) (bool, error) {
	m := &t.lane.claims
	if !m.loaded || m.generation != t.row.generation {
		return false, nil
	}
	linked := true
	err := t.readClaimLog(ctx, m.number, func(r claimRow) error {
		linked = linked && r.before == m.stamp
		m.stamp, m.number = r.stamp, r.number
		return r.each(func(id [16]byte, k taken) { m.open[id] = k })
	})
	return linked && m.stamp == t.row.claimStamp, err
}

// loadClaims reads the open generation and the filters of the closed ones.
func (t *tx) loadClaims(ctx context.Context) error {
	m := &t.lane.claims
	*m = claimMemory{open: map[[16]byte]taken{}, generation: t.row.generation, trimmed: -1}
	if err := t.readClaimLog(ctx, t.row.claimed, func(r claimRow) error {
		m.stamp, m.number = r.stamp, r.number
		return r.each(func(id [16]byte, k taken) { m.open[id] = k })
	}); err != nil {
		return err
	}
	if m.number == 0 { // nothing since the last one was closed
		m.stamp, m.number = t.row.claimStamp, t.row.claimed
	}
	if m.stamp != t.row.claimStamp {
		return fmt.Errorf("the log of event ids ends at %d, which the lane does not know", m.number)
	}
	amount := int64(0)
	rows, err := t.query(ctx, "SELECT generation, body FROM claim_filters WHERE workspace = ? AND lane = 0 ORDER BY generation")
	err = each(rows, err, func(r *sql.Rows) error {
		var number int64
		var body []byte
		err := r.Scan(&number, &body)
		m.closed.add(number, body)
		amount++
		return err
	})
	if err == nil && amount != t.row.generation {
		return fmt.Errorf("%d of %d filters of event ids are there", amount, t.row.generation)
	}
	m.loaded = err == nil
	return err
}

// sortedByID is the fresh ids with all of the open generation.
func (t *tx) sortedByID() []engine.EventClaim {
	all := slices.Clone(t.fresh)
	for id, k := range t.lane.claims.open {
		all = append(all, engine.EventClaim{ID: id, Body: k.body, Position: k.position})
	}
	slices.SortFunc(all, func(a, b engine.EventClaim) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return all
}
