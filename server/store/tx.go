package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// tx is one transaction that holds a lane.
type tx struct {
	scope
	lane     *lane
	row      laneRow
	name     commitName
	fresh    []engine.EventClaim // ids that are taken by this transaction
	mine     map[[16]byte]int    // the same by id, to find doubles within it
	prepared bool                // lane.claims is up to date
	closing  *generation         // the generation that this transaction closes
	changes  *engine.Changes     // what was saved
	logged   int                 // bytes written to the log of records
	written  [][]byte            // the parts of its row there
	folding  *frozen             // what this transaction folds a portion of, and up to where
	foldedTo int
	foldAll  bool        // what is to be folded is folded at once
	marked   *markFilter // of the fold that this transaction ends
	broken   error       // the first error of the database
}

var _ engine.Tx = (*tx)(nil)

func (t *tx) Lane() engine.LaneState { return t.row.LaneState }

// failed notes an error of the database, so that the transaction cannot be
// committed however fn takes it.
func (t *tx) failed(step string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", step, err)
	if t.broken == nil {
		t.broken = err
	}
	return err
}

func (t *tx) Claim(ctx context.Context, claims []engine.EventClaim) (map[int]engine.Seen, error) {
	if t.changes != nil {
		return nil, errors.New("claim: events are claimed before the changes are saved")
	}
	seen, err := t.claim(ctx, claims)
	return seen, t.failed("claim events", err)
}

func (t *tx) Load(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found, err := t.records(ctx, keys)
	return found, t.failed("load records", err)
}

func (t *tx) Decisions(ctx context.Context, positions []int64) ([]engine.Decision, error) {
	found, err := t.decisionsOf(ctx, positions)
	return found, t.failed("load decisions", err)
}

func (t *tx) Definitions(ctx context.Context, revision int64) ([]engine.Definition, error) {
	found, err := t.definitionsAt(ctx, revision)
	return found, t.failed("load definitions", err)
}

func (t *tx) Save(ctx context.Context, c *engine.Changes) error {
	if t.changes != nil {
		return errors.New("save: a transaction saves once")
	}
	if err := c.Check(t.row.LaneState); err != nil {
		return err
	}
	if len(t.fresh) > 0 && c.Position == t.row.Position {
		return errors.New("save: events were claimed but the position did not move")
	}
	t.changes = c
	return t.failed("save", t.save(ctx, c))
}

// save writes every kind in a fixed order, each sorted by key, so that two
// transactions that meet wait for each other instead of deadlocking.
func (t *tx) save(ctx context.Context, c *engine.Changes) error {
	t.name = t.nameNext()
	for _, step := range []struct {
		name string
		do   func(context.Context, *engine.Changes) error
	}{
		{"events", t.saveEvents}, {"event ids", t.saveClaims}, {"records", t.saveRecords}, {"past", t.savePast}, {"ledger", t.saveLedger},
		{"decisions", t.saveDecisions}, {"deliveries", t.saveDeliveries}, {"timers", t.saveTimers}, {"items", t.saveItems},
		{"definitions", t.saveDefinitions}, {"personal fields", t.savePersonal}, {"erasures", t.saveErased}, {"audit", t.saveAudit}, {"figures", t.saveFigures}, {"lane", t.saveLane},
	} {
		if err := step.do(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

const updateLane = "UPDATE lanes SET position = ?, revision = ?, commits = ?, stamp = ?, claim_stamp = ?, generation = ?, claimed = ?, folded = ?, folded_stamp = ? WHERE workspace = ? AND lane = 0"

func (t *tx) saveLane(ctx context.Context, c *engine.Changes) error {
	next := t.row
	next.Position, next.Revision = c.Position, c.Revision
	next.commits, next.stamp = t.name.number, t.name.stamp
	if len(t.fresh) > 0 {
		next.claimStamp = t.name.stamp
	}
	if t.closing != nil {
		next.generation, next.claimed = t.closing.number, t.name.number
	}
	if t.foldsAll() {
		next.folded, next.foldedStamp = t.folding.through, t.folding.stamp
	}
	_, err := t.exec(ctx, updateLane, next.Position, next.Revision, next.commits, next.stamp, next.claimStamp, next.generation, next.claimed, next.folded, next.foldedStamp)
	return err
}

// afterCommit brings what is in memory up to what was committed.
func (t *tx) afterCommit() {
	if len(t.fresh) > 0 {
		t.lane.claims.add(t)
	}
	t.keepMarks()
	t.lane.state.commit(t)
}
