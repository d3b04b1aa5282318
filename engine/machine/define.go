package machine

import (
	"context"
	"fmt"

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

// Define writes definitions as one new revision and answers it. Everything
// decided from then on uses them, on every replica, because each transaction
// reads the revision under the lane's lock. compose, when not nil, is called
// inside the transaction with the versions in force and may change the writes;
// its error stops everything.
func (m *Machine) Define(ctx context.Context, workspace, by string, received engine.Time, writes []Write,
	compose func(current map[Named]engine.Definition, position int64, writes []Write) error) (revision int64, err error) {
	err = m.within(ctx, workspace, received, func(t *turn) error {
		list, err := t.tx.Definitions(t.ctx, t.view.Lane.Revision)
		if err != nil {
			return fmt.Errorf("read definitions: %w", err)
		}
		current := make(map[Named]engine.Definition, len(list))
		for _, d := range list {
			current[Named{d.Kind, d.Key}] = d
		}
		for _, w := range writes {
			if err := w.fresh(current[Named{w.Kind, w.Key}]); err != nil {
				return err
			}
		}
		if compose != nil {
			if err := compose(current, t.changes.Position, writes); err != nil {
				return err
			}
		}
		revision = t.view.Lane.Revision + 1
		for _, w := range writes {
			t.changes.Definitions = append(t.changes.Definitions, engine.Definition{
				Kind: w.Kind, Key: w.Key, Revision: revision, Body: w.Body, By: by, At: received})
		}
		t.changes.Revision = revision
		return t.rewarm()
	})
	return revision, err
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
