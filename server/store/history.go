package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// What is asked for by member, group, content, record or rule and lies in the past
// is found without an index on what commits write, whose random order would cost
// each insert more than the event itself. Instead BuildHistory files what was
// written in segments of 8,192 events' positions, each a few sorted rows: of each
// member, group and content with events there, one with their positions, times and
// types (filer.go); of each record that changed there, one with all it became
// (past.go); of each rule, subject and member, one that lists what was decided and
// given there (made.go). What is not yet filed is scanned.

var historyBulk = bulk{table: "past", columns: []string{"lane", "segment", "item", "body"}, keys: 4}

// pile is what is filed together, and how far it is.
type pile struct {
	through string // selects how far
	begin   bulk   // the row that says so
	move    string // moves it on, unless somebody else has
	sort    func(ctx context.Context, c scope, s stretch) (*rows, error)
	clear   string // deletes what is not needed once it is filed; may be empty
}

// stretch is positions after one and up to another.
type stretch struct{ after, upTo int64 }

var logPile = pile{
	through: "SELECT through FROM past_lanes WHERE workspace = ? AND lane = 0",
	begin:   bulk{table: "past_lanes", columns: []string{"lane"}, keys: 2, keep: true},
	move:    "UPDATE past_lanes SET through = ? WHERE workspace = ? AND lane = 0 AND through = ?",
	sort:    sortLog,
	clear:   "DELETE FROM past_log WHERE workspace = ? AND lane = 0 AND last_position <= ?",
}

// Maintain does what keeps reading cheap, for all workspaces. The server calls
// it now and then.
func (s *Store) Maintain(ctx context.Context) error {
	var behind []string
	rows, err := s.across(ctx, s.readers, "all workspaces are looked after").Table("lanes").
		Select("lanes.workspace").Joins("LEFT JOIN past_lanes h ON h.workspace = lanes.workspace AND h.lane = lanes.lane").
		Joins("LEFT JOIN made_lanes m ON m.workspace = lanes.workspace AND m.lane = lanes.lane").
		Where("lanes.position - COALESCE(h.through, 0) >= ? OR lanes.position - COALESCE(m.through, 0) >= ?", s.options.segment, s.options.segment).
		Order("lanes.workspace").Rows()
	if err := each(rows, err, func(r *sql.Rows) error {
		var w string
		err := r.Scan(&w)
		behind = append(behind, w)
		return err
	}); err != nil {
		return fmt.Errorf("maintain: %w", s.explain(err))
	}
	if err := s.forgetAll(ctx); err != nil {
		return err
	}
	for _, w := range behind {
		if err := s.BuildHistory(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// BuildHistory files all whole segments of a workspace that are not filed yet.
// Several processes may do so at once: each segment is filed by one of them.
func (s *Store) BuildHistory(ctx context.Context, workspace string) error {
	for _, p := range []*pile{&logPile, &madePile} {
		for done := false; !done; {
			var err error
			if done, err = s.fileSegment(ctx, workspace, p); err != nil {
				return fmt.Errorf("build history: %w", s.explain(err))
			}
		}
	}
	return nil
}

// fileSegment files the next segment of a pile, if there is a whole one.
func (s *Store) fileSegment(ctx context.Context, workspace string, p *pile) (done bool, err error) {
	c := s.outside(workspace)
	passes, err := c.passes(ctx)
	if err != nil {
		return false, err
	}
	through, err := c.filedThrough(ctx, p)
	if err != nil {
		return false, err
	}
	lane, err := s.Reader(workspace).Lane(ctx)
	if err != nil || lane.Position-through < s.options.segment {
		return true, err
	}
	upTo := through + s.options.segment
	sorted, err := p.sort(ctx, c, stretch{through, upTo})
	if err != nil {
		return false, err
	}
	err = s.transact(ctx, workspace, func(c scope) error {
		first := p.begin.rows(1)
		first.add(workspace, 0, 0)
		if err := c.insert(ctx, first); err != nil {
			return err
		}
		moved, err := c.exec(ctx, p.move, upTo, through)
		if err != nil || moved == 0 { // somebody else filed it
			return err
		}
		if now, err := c.passes(ctx); err != nil || now != passes {
			return cmp.Or(err, errForgotten)
		}
		if err := c.insert(ctx, sorted); err != nil || p.clear == "" {
			return err
		}
		_, err = c.exec(ctx, p.clear, upTo)
		return err
	})
	if errors.Is(err, errForgotten) {
		err = nil // what was gathered is read again
	}
	return false, err
}

// transact runs a transaction that needs no lane.
func (s *Store) transact(ctx context.Context, workspace string, do func(scope) error) error {
	defer s.statements.keep(ctx)
	return s.retry(ctx, func() error {
		session := s.writer.orm.WithContext(ctx).Begin()
		if session.Error != nil {
			return session.Error
		}
		defer session.Rollback() // nothing after a commit
		c := scope{store: s, workspace: workspace, db: s.writer, tx: session.Statement.ConnPool.(*sql.Tx), session: session}
		if err := do(c); err != nil {
			return err
		}
		return session.Commit().Error
	})
}

// filedThrough is the position up to which a pile is filed.
func (c scope) filedThrough(ctx context.Context, p *pile) (through int64, err error) {
	rows, err := c.query(ctx, p.through)
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&through) })
	return through, err
}

// historyThrough is the position up to which the log is filed.
func (c scope) historyThrough(ctx context.Context) (int64, error) {
	return c.filedThrough(ctx, &logPile)
}

// eventsOf reads the filed part of the log by subject, and the rest as it is known
// or by scanning it, in the order that was asked for.
func (c scope) eventsOf(ctx context.Context, q *engine.EventQuery) ([]engine.StoredEvent, error) {
	through, err := c.historyThrough(ctx)
	if err != nil {
		return nil, err
	}
	filed, tail := *q, *q
	filed.UpTo, tail.After = min(q.UpTo, through), max(q.After, through)
	first, second := c.filedEvents, func(ctx context.Context, q *engine.EventQuery) ([]engine.StoredEvent, error) {
		return c.tailEvents(ctx, q, through)
	}
	queries := [2]*engine.EventQuery{&filed, &tail}
	if q.Backward {
		first, second = second, first
		queries[0], queries[1] = queries[1], queries[0]
	}
	found, err := first(ctx, queries[0])
	if err != nil || q.Limit > 0 && len(found) >= q.Limit {
		return found, err
	}
	if q.Limit > 0 {
		queries[1].Limit = q.Limit - len(found)
	}
	more, err := second(ctx, queries[1])
	return append(found, more...), err
}

// filedEvents goes through the segments, some at a time.
func (c scope) filedEvents(ctx context.Context, q *engine.EventQuery) (found []engine.StoredEvent, err error) {
	if q.UpTo <= q.After {
		return nil, nil
	}
	size := c.store.options.segment
	var segments []any
	for n := q.After/size + 1; n <= (q.UpTo+size-1)/size; n++ {
		segments = append(segments, n)
	}
	if q.Backward {
		slices.Reverse(segments)
	}
	for portion := range slices.Chunk(segments, 64) {
		listed, err := c.filedIn(ctx, q, portion)
		if err != nil {
			return nil, err
		}
		if q.Bare {
			found = append(found, listed...)
		} else if found, err = c.eventsAt(ctx, q, positionsOf(listed), found); err != nil {
			return nil, err
		}
		if q.Limit > 0 && len(found) >= q.Limit {
			return found[:q.Limit], nil
		}
	}
	return found, nil
}

func positionsOf(events []engine.StoredEvent) []int64 {
	positions := make([]int64, len(events))
	for i := range events {
		positions[i] = events[i].Position
	}
	return positions
}

// filedIn lists a subject's events in some segments, in the query's order,
// without bodies.
func (c scope) filedIn(ctx context.Context, q *engine.EventQuery, segments []any) (all []engine.StoredEvent, err error) {
	args := append(filledUp(slices.Clone(segments)), subjectKey(q))
	rows, err := c.query(ctx, "SELECT body FROM past WHERE workspace = ? AND lane = 0 AND segment IN ("+marks(len(args)-1)+") AND item = ?", args...)
	types := map[string]string{}
	err = each(rows, err, func(r *sql.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		return readEventList(body, types, func(e engine.StoredEvent) {
			if e.Member = q.Member; matches(q, &e) {
				all = append(all, e)
			}
		})
	})
	slices.SortFunc(all, func(a, b engine.StoredEvent) int { return cmp.Compare(a.Position, b.Position) })
	if q.Backward {
		slices.Reverse(all)
	}
	return all, err
}

// eventsAt reads the events at positions, page by page.
func (c scope) eventsAt(ctx context.Context, q *engine.EventQuery, positions []int64, found []engine.StoredEvent) ([]engine.StoredEvent, error) {
	for len(positions) > 0 && (q.Limit <= 0 || len(found) < q.Limit) {
		var first, last int64
		var body []byte
		rows, err := c.query(ctx, "SELECT first_position, last_position, body FROM event_pages WHERE workspace = ? AND lane = 0 AND last_position >= ? ORDER BY last_position LIMIT 1", positions[0])
		if err := each(rows, err, func(r *sql.Rows) error { return r.Scan(&first, &last, &body) }); err != nil {
			return nil, err
		}
		if body == nil {
			return nil, fmt.Errorf("the event at position %d is missing", positions[0])
		}
		events, err := decodePage(body, q.Member, func(e *engine.StoredEvent) bool {
			return matches(q, e) && (q.Member != "" || slices.Contains(positions[:min(len(positions), pageEvents)], e.Position))
		})
		if err != nil {
			return nil, err
		}
		if q.Backward {
			slices.Reverse(events)
		}
		found = append(found, events...)
		for len(positions) > 0 && positions[0] >= first && positions[0] <= last {
			positions = positions[1:]
		}
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found, nil
}
