package service

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// present is a workspace's state as it is, as a store that a machine can ask and
// that keeps nothing: it takes no lane, so looking at many members holds nobody up.
type present struct {
	engine.Store // the methods that asking does not need
	reader       engine.Reader
	lane         engine.LaneState
}

// asker makes a machine that asks about the present.
func (c *core) asker(ctx context.Context, who Caller) (*machine.Machine, error) {
	reader := c.reader(who)
	lane, err := reader.Lane(ctx)
	if err != nil {
		return nil, err
	}
	return machine.New(machine.Options{Store: &present{reader: reader, lane: lane}, Books: c.Books, CacheMembers: lookPage * 2}), nil
}

// Within implements engine.Store.
func (p *present) Within(_ context.Context, _ string, fn func(engine.Tx) error) error {
	return fn(&presentTx{present: p})
}

// Reader implements engine.Store.
func (p *present) Reader(string) engine.Reader { return p.reader }

// presentTx is a transaction that reads and never writes.
type presentTx struct{ *present }

// Lane implements engine.Tx.
func (t *presentTx) Lane() engine.LaneState { return t.lane }

// Claim implements engine.Tx.
func (t *presentTx) Claim(context.Context, []engine.EventClaim) (map[int]engine.Seen, error) {
	return nil, nil
}

// Load implements engine.Tx.
func (t *presentTx) Load(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	return t.reader.Records(ctx, keys)
}

// Decisions implements engine.Tx.
func (t *presentTx) Decisions(ctx context.Context, positions []int64) ([]engine.Decision, error) {
	return t.reader.DecisionsAt(ctx, positions)
}

// Definitions implements engine.Tx.
func (t *presentTx) Definitions(ctx context.Context, revision int64) ([]engine.Definition, error) {
	return t.reader.DefinitionsAt(ctx, revision)
}

// Save implements engine.Tx: there is nothing that asking may write.
func (t *presentTx) Save(context.Context, *engine.Changes) error { return nil }

var _ engine.Store = (*present)(nil)
