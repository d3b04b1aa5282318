package scratch

import (
	"context"
	"errors"

	"github.com/bylaw-dev/bylaw/engine"
)

// tx gathers what one transaction writes; nothing is kept before commit.
type tx struct {
	store   *Store
	space   *space
	lane    engine.LaneState
	claims  map[[16]byte]claim
	changes *engine.Changes
}

func (t *tx) Lane() engine.LaneState { return t.lane }

func (t *tx) Claim(_ context.Context, claims []engine.EventClaim) (map[int]engine.Seen, error) {
	if t.changes != nil {
		return nil, errors.New("claim: events are claimed before the changes are saved")
	}
	t.store.mu.RLock()
	defer t.store.mu.RUnlock()
	seen := map[int]engine.Seen{}
	for i, c := range claims {
		old, ok := t.claims[c.ID]
		if !ok {
			old, ok = t.space.claims.get(c.ID)
		}
		if ok {
			seen[i] = engine.Seen{Position: old.position, SameBody: old.body == c.Body}
			continue
		}
		if t.claims == nil {
			t.claims = make(map[[16]byte]claim, len(claims))
		}
		t.claims[c.ID] = claim{c.Position, c.Body}
	}
	return seen, nil
}

func (t *tx) Load(_ context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	return t.reader().records(keys), nil
}

func (t *tx) Decisions(_ context.Context, positions []int64) ([]engine.Decision, error) {
	t.store.mu.RLock()
	defer t.store.mu.RUnlock()
	return t.space.decisionsOf(positions), nil
}

func (w *space) decisionsOf(positions []int64) (found []engine.Decision) {
	for _, p := range ascending(positions) {
		w.decisions.from(&engine.Decision{Position: p}, func(d *engine.Decision) bool {
			if d.Position != p {
				return false
			}
			found = append(found, *d)
			return true
		})
	}
	return found
}

func (t *tx) Definitions(ctx context.Context, revision int64) ([]engine.Definition, error) {
	return t.reader().DefinitionsAt(ctx, revision)
}

func (t *tx) reader() *reader { return &reader{store: t.store, workspace: t.space.id} }

func (t *tx) Save(_ context.Context, c *engine.Changes) error {
	if t.changes != nil {
		return errors.New("save: a transaction saves once")
	}
	if err := c.Check(t.lane); err != nil {
		return err
	}
	if len(t.claims) > 0 && c.Position == t.lane.Position {
		return errors.New("save: events were claimed but the position did not move")
	}
	t.store.mu.RLock()
	defer t.store.mu.RUnlock()
	for i := range c.Ledger {
		if t.space.ledger.has(&c.Ledger[i]) {
			return errors.New("save: ledger entry " + c.Ledger[i].ID + " exists and entries never change")
		}
	}
	t.changes = c
	return nil
}
