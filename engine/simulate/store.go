package simulate

import (
	"context"
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// store is a store in memory that fills itself with what was there at a moment.
// What is written stays in memory and wins.
type store struct {
	*scratch.Store
	workspace string
	position  int64
	revision  int64
	base      engine.Reader
	machine   *machine.Machine
	loaded    map[engine.RecordKey][]byte // as of the moment; nil: absent
	written   map[engine.RecordKey]bool
	built     map[string]bool // subjects whose windows are loaded
	read      int             // events read to build windows
	horizon   engine.Time     // windows were built for this time and later
}

func newStore(s *Scene, base engine.Reader) *store {
	return &store{Store: scratch.New(), workspace: s.Workspace, position: s.Position, revision: s.Revision, base: base,
		loaded: map[engine.RecordKey][]byte{}, written: map[engine.RecordKey]bool{}, built: map[string]bool{}}
}

// seed puts the lane where it stood, with the definitions in force.
func (s *store) seed(ctx context.Context, list []engine.Definition) error {
	return s.Store.Within(ctx, s.workspace, func(tx engine.Tx) error {
		return tx.Save(ctx, &engine.Changes{Position: s.position, Revision: s.revision, Definitions: list})
	})
}

// fork gives a store that goes on from here by itself.
func (s *store) fork() *store {
	c := *s
	c.Store = s.Store.Fork()
	c.loaded, c.written, c.built = clone(s.loaded), clone(s.written), clone(s.built)
	return &c
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// Within implements engine.Store.
func (s *store) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	var saved *engine.Changes
	err := s.Store.Within(ctx, workspace, func(tx engine.Tx) error {
		t := &filling{Tx: tx, store: s}
		err := fn(t)
		saved = t.saved
		return err
	})
	if err == nil && saved != nil {
		for _, r := range saved.Records {
			s.written[engine.RecordKey{Kind: r.Kind, Key: r.Key}] = true
		}
	}
	return err
}

// Reader implements engine.Store.
func (s *store) Reader(workspace string) engine.Reader {
	return &reader{Reader: s.Store.Reader(workspace), store: s}
}

// filling is a transaction that asks the past for what memory does not have.
type filling struct {
	engine.Tx
	store *store
	saved *engine.Changes
}

// Load implements engine.Tx.
func (t *filling) Load(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found, err := t.Tx.Load(ctx, keys)
	if err != nil {
		return nil, err
	}
	return found, t.store.fill(ctx, keys, found)
}

// Decisions implements engine.Tx.
func (t *filling) Decisions(ctx context.Context, positions []int64) ([]engine.Decision, error) {
	return t.store.base.DecisionsAt(ctx, positions)
}

// Save implements engine.Tx.
func (t *filling) Save(ctx context.Context, c *engine.Changes) error {
	t.saved = c
	return t.Tx.Save(ctx, c)
}

// fill adds to found what of keys was there at the moment.
func (s *store) fill(ctx context.Context, keys []engine.RecordKey, found map[engine.RecordKey][]byte) error {
	var missing []engine.RecordKey
	for _, k := range keys {
		if _, known := s.loaded[k]; found[k] != nil || s.written[k] || known {
			continue
		}
		if known, err := s.derive(ctx, k); err != nil {
			return err
		} else if !known {
			missing = append(missing, k)
		}
	}
	if len(missing) > 0 {
		was, err := s.base.RecordsAt(ctx, s.position, missing)
		if err != nil {
			return fmt.Errorf("the past: %w", err)
		}
		for _, k := range missing {
			s.loaded[k] = was[k]
		}
	}
	for _, k := range keys {
		if body := s.loaded[k]; found[k] == nil && !s.written[k] && body != nil {
			found[k] = body
		}
	}
	return nil
}

// derive works out what is not kept but follows from events: windows, and
// members' newest times. It is false for other records.
func (s *store) derive(ctx context.Context, k engine.RecordKey) (bool, error) {
	if k.Kind == engine.CellRecord {
		err := s.buildFor(ctx, k.Key)
		if _, known := s.loaded[k]; !known {
			s.loaded[k] = nil
		}
		return true, err
	}
	if id, ok := strings.CutPrefix(k.Key, machine.Everybody); ok && k.Kind == engine.MarkRecord {
		at, err := s.newest(ctx, id, s.position, 0)
		if at != 0 {
			s.loaded[k] = fmt.Append(nil, int64(at))
		} else {
			s.loaded[k] = nil
		}
		return true, err
	}
	return false, nil
}
