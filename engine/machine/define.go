package machine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Write is one definition to put in force: Body nil deletes it. IfRevision, when
// not nil, is the revision that the writer last saw of it (0: did not exist).
type Write struct {
	Kind       engine.DefinitionKind
	Key        string
	Body       []byte
	IfRevision *int64
}

// Compose may change writes by the versions in force, at the position from
// which they will be so. It may be called several times, also without effect.
type Compose = func(current map[Named]engine.Definition, position int64, writes []Write) error

// Define writes definitions as one new revision and answers it. Everything
// decided from then on uses them, on every replica, because each transaction
// reads the revision under the lane's lock. compose, when not nil, is called
// with the versions in force and may change the writes; its error stops
// everything. Windows that new rules need are built from the log before, beside
// the events that come in, and are complete at the position of the switch.
func (m *Machine) Define(ctx context.Context, workspace, by string, received engine.Time, writes []Write, compose Compose) (revision int64, err error) {
	audit := engine.AuditOf(ctx)
	c := &defining{m: m, workspace: workspace, by: by, received: received, writes: writes, compose: compose}
	for try := 0; ; try++ {
		w, err := c.warm(ctx, try)
		if err != nil {
			return 0, err
		}
		err = m.within(ctx, workspace, received, func(t *turn) error {
			t.warm = w
			revision, err = c.define(t)
			if row, pending := audit.Pending(); pending {
				t.changes.Audit = append(t.changes.Audit, row)
			}
			return err
		})
		if err == nil {
			audit.Written()
		}
		if !errors.Is(err, errWarmAgain) {
			return revision, err
		}
	}
}

// defining is one call of Define.
type defining struct {
	m         *Machine
	workspace string
	by        string
	received  engine.Time
	writes    []Write
	compose   Compose
}

// define puts the definitions into a turn.
func (c *defining) define(t *turn) (int64, error) {
	list, err := t.tx.Definitions(t.ctx, t.view.Lane.Revision)
	if err != nil {
		return 0, fmt.Errorf("read definitions: %w", err)
	}
	t.changes.Definitions, err = c.definitions(list, t.view.Lane)
	if err != nil {
		return 0, err
	}
	t.changes.Revision = t.view.Lane.Revision + 1
	return t.changes.Revision, nil
}

// definitions are the writes as they will be stored on top of those in force.
func (c *defining) definitions(list []engine.Definition, lane engine.LaneState) ([]engine.Definition, error) {
	current := make(map[Named]engine.Definition, len(list))
	for _, d := range list {
		current[Named{d.Kind, d.Key}] = d
	}
	writes := slices.Clone(c.writes)
	for _, w := range writes {
		if err := w.fresh(current[Named{w.Kind, w.Key}]); err != nil {
			return nil, err
		}
	}
	if c.compose != nil {
		if err := c.compose(current, lane.Position, writes); err != nil {
			return nil, err
		}
	}
	out := make([]engine.Definition, len(writes))
	for i, w := range writes {
		out[i] = engine.Definition{Kind: w.Kind, Key: w.Key, Revision: lane.Revision + 1, Body: w.Body, By: c.by, At: c.received}
	}
	return out, nil
}

// Named names a definition.
type Named struct {
	Kind engine.DefinitionKind
	Key  string
}

// fresh refuses to write over a version that the writer has not seen.
func (w Write) fresh(current engine.Definition) error {
	have := int64(0)
	if current.Body != nil {
		have = current.Revision
	}
	if w.IfRevision == nil || *w.IfRevision == have {
		return nil
	}
	return engine.Conflict(engine.Text{
		En: fmt.Sprintf("%s %q was changed meanwhile (it is at revision %d, you saw %d); read it again", w.Kind, w.Key, have, *w.IfRevision),
		Zh: fmt.Sprintf("%s“%s”已被他人修改（现为版本 %d，你看到的是 %d），请重新读取", w.Kind, w.Key, have, *w.IfRevision)})
}
