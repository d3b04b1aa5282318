package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// attempts is how often a transaction is run before its caller is told to come back.
const attempts = 10

// Within runs fn in one transaction that holds the workspace's lane.
func (s *Store) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	if workspace == "" || len(workspace) > engine.MaxKeyBytes {
		return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
			En: "a workspace id has 1 to 191 bytes", Zh: "空间标识应为 1 到 191 字节"}}
	}
	w, err := s.lanes.take(ctx, workspace)
	if err != nil {
		return err
	}
	defer s.lanes.leave(w, s.options.Memory)
	defer s.statements.keep(ctx)
	var unsure commitName // of an attempt whose COMMIT got no answer
	return s.retry(ctx, func() error {
		t := &tx{lane: w}
		if err := s.begin(ctx, workspace, t); err != nil {
			return err
		}
		// A COMMIT without an answer may have happened. The lane says which
		// transaction came last: if it was ours, all is done. If that cannot be
		// told any more, running again is still safe for events, because their
		// ids are claimed in the transaction and fn finds them taken.
		if unsure.number != 0 {
			committed, err := t.wasCommitted(ctx, unsure)
			if err != nil || committed {
				t.rollback()
				return err
			}
			unsure = commitName{}
		}
		name, err := t.run(ctx, fn)
		if errors.Is(err, errUnsure) {
			unsure = name
		}
		return err
	})
}

var errUnsure = errors.New("commit: the connection was lost before the answer")

// commitName names one transaction of a lane.
type commitName struct{ number, stamp int64 }

// run runs fn and commits. Whatever happens, the transaction is over after it.
func (t *tx) run(ctx context.Context, fn func(engine.Tx) error) (commitName, error) {
	done := false
	defer func() {
		if !done {
			t.rollback() // fn fell over
		}
	}()
	err := fn(t)
	done = true
	if t.broken != nil { // whatever fn made of it, the database's word counts
		t.rollback()
		return commitName{}, t.broken
	}
	if err != nil {
		t.rollback()
		return commitName{}, fnError{err}
	}
	if t.changes == nil {
		t.rollback()
		return commitName{}, nil
	}
	if err := t.session.Commit().Error; err != nil {
		t.lane.claims.forget()
		t.lane.state.forget()
		t.lane.marks.forget()
		t.rollback()
		if t.scope.store.dialect.fault(err) == faultLost {
			return t.name, fmt.Errorf("%w: %w", errUnsure, err)
		}
		return commitName{}, fmt.Errorf("commit: %w", err)
	}
	t.afterCommit()
	return t.name, nil
}

func (t *tx) rollback() { t.session.Rollback() }

// fnError is an error of fn, which ends the attempts and comes back as it is.
type fnError struct{ error }

// retry runs a transaction until it ends with something else than a request of
// the database to run it again.
func (s *Store) retry(ctx context.Context, once func() error) error {
	var err error
	for attempt := range attempts {
		if err = once(); err == nil {
			return nil
		}
		var own fnError
		if errors.As(err, &own) {
			return own.error
		}
		switch s.dialect.fault(err) {
		case faultRetry, faultLost:
		case faultDown:
			if attempt >= 2 {
				return s.explain(err)
			}
		default:
			return err
		}
		if wait(ctx, s.pause(attempt)) != nil {
			return s.explain(err)
		}
	}
	return unavailable(fmt.Errorf("%d attempts: %w", attempts, err))
}

// pause doubles from 4 ms to 512 ms, of which a random half is taken off.
func (s *Store) pause(attempt int) time.Duration {
	full := 4 * time.Millisecond * time.Duration(math.Pow(2, float64(min(attempt, 7))))
	return full - time.Duration(s.options.Random()*float64(full)/2)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin opens the transaction and locks the lane, first of all.
func (s *Store) begin(ctx context.Context, workspace string, t *tx) error {
	session := s.writer.orm.WithContext(ctx).Begin()
	if session.Error != nil {
		return fmt.Errorf("begin: %w", session.Error)
	}
	t.scope = scope{store: s, workspace: workspace, db: s.writer, tx: session.Statement.ConnPool.(*sql.Tx), session: session}
	if err := t.lockLane(ctx); err != nil {
		t.rollback()
		return fmt.Errorf("lock lane: %w", err)
	}
	return nil
}

// laneRow is the row of a lane.
type laneRow struct {
	engine.LaneState
	commits     int64 // number of the last transaction
	stamp       int64 // its name
	claimStamp  int64 // name of the last one that claimed events
	generation  int64 // closed generations of event ids
	claimed     int64 // the last transaction whose ids are in a closed one
	folded      int64 // the last transaction whose records are folded
	foldedStamp int64 // and its name
}

const selectLane = "SELECT position, revision, commits, stamp, claim_stamp, generation, claimed, folded, folded_stamp FROM lanes WHERE workspace = ? AND lane = 0"

func (t *tx) lockLane(ctx context.Context) error {
	found, err := t.readLane(ctx)
	if err != nil || found {
		return err
	}
	fresh := laneBulk.rows(1)
	fresh.add(t.workspace, 0, 0)
	if err := t.insert(ctx, fresh); err != nil {
		return err
	}
	_, err = t.readLane(ctx)
	return err
}

var laneBulk = bulk{table: "lanes", columns: []string{"lane"}, keys: 2, keep: true}

func (t *tx) readLane(ctx context.Context) (found bool, err error) {
	rows, err := t.query(ctx, selectLane+t.store.dialect.forUpdate)
	err = each(rows, err, func(r *sql.Rows) error {
		found = true
		return t.row.scan(r)
	})
	return found, err
}

func (l *laneRow) scan(r *sql.Rows) error {
	return r.Scan(&l.Position, &l.Revision, &l.commits, &l.stamp, &l.claimStamp, &l.generation, &l.claimed, &l.folded, &l.foldedStamp)
}

// wasCommitted looks for a transaction by its name, holding the lane.
func (t *tx) wasCommitted(ctx context.Context, n commitName) (bool, error) {
	if t.row.commits == n.number {
		return t.row.stamp == n.stamp, nil
	}
	found := false
	rows, err := t.query(ctx, "SELECT stamp FROM state_log WHERE workspace = ? AND lane = 0 AND number = ? AND part = 0", n.number)
	err = each(rows, err, func(r *sql.Rows) error {
		var stamp int64
		err := r.Scan(&stamp)
		found = stamp == n.stamp
		return err
	})
	return found, err
}

// nameNext names this transaction: nobody else gives the same name to the same number.
func (t *tx) nameNext() commitName {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s|%p|%d|%d", t.store.options.Instance, t.store, t.row.stamp, t.row.commits)
	return commitName{number: t.row.commits + 1, stamp: int64(h.Sum64() >> 1)}
}
