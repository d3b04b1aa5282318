package simulate

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Ask asks a question in the scene and lets fn look: at the facts that rules
// read (Rehearsal.Facts), at a condition's explanation on them, at what a rule
// decides and would do (Rehearsal.Decide). Nothing is kept, also not in the
// scene, and the facts are gone when fn returns.
func (s *Scene) Ask(ctx context.Context, q machine.Question, fn func(*machine.Rehearsal) error) error {
	if q.Now == 0 {
		q.Now = s.At
	}
	now := q.Now
	if q.Event != nil {
		now = q.Event.At
	}
	s.store.lookFrom(now)
	if err := s.machine.Rehearse(ctx, s.Workspace, q, fn); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}

// View is the definitions and rules of the scene.
func (s *Scene) View(ctx context.Context) (view *machine.View, err error) {
	err = s.machine.Rehearse(ctx, s.Workspace, machine.Question{Now: s.At}, func(r *machine.Rehearsal) error {
		view = r.View()
		return nil
	})
	return view, err
}

// Store is the scene's workspace as a store: a machine on it goes on from here.
func (s *Scene) Store() engine.Store { return s.store }

// Machine works on the scene's store.
func (s *Scene) Machine() *machine.Machine { return s.machine }

// Fork gives a scene that goes on from here by itself.
func (s *Scene) Fork() *Scene {
	c := *s
	c.store = s.store.fork()
	c.machine = machine.New(machine.Options{Store: c.store, Books: c.books()})
	c.store.machine = c.machine
	return &c
}

// lookFrom makes windows long enough for a time.
func (s *store) lookFrom(now engine.Time) {
	if s.horizon == 0 || now < s.horizon {
		for k := range s.loaded {
			if k.Kind == engine.CellRecord {
				delete(s.loaded, k)
			}
		}
		clear(s.built)
		s.horizon = now
	}
}

// Met opens the moment that an event of the log met, and gives the event. A
// position in the gap behind an event is of one that it emitted.
func (p *Past) Met(ctx context.Context, workspace string, position int64, rules Rules) (*Scene, *engine.Event, error) {
	found, err := p.readers.Reader(workspace).Events(ctx, engine.EventQuery{After: position - 1, UpTo: position})
	if err != nil {
		return nil, nil, fmt.Errorf("read the event: %w", err)
	}
	if len(found) == 0 {
		return nil, nil, engine.NotFound("event", fmt.Sprint(position))
	}
	e, err := engine.DecodeEvent(found[0])
	if err != nil {
		return nil, nil, err
	}
	s, err := p.Open(ctx, workspace, Moment{Position: position - 1, At: e.At, Revision: e.Revision}, rules)
	return s, e, err
}

// Replayed is an event of the log decided again at its place.
type Replayed struct {
	Event  *engine.Event
	Stored []engine.Decision // what it stores, and what the events store that it emits
	All    []engine.Decision // with those of no and unknown
}

// Replay decides an event of the log again, at its place, by all rules that
// were in force, with all that it emits. Stored is what live processing stored.
func (p *Past) Replay(ctx context.Context, workspace string, position int64) (*Replayed, error) {
	outer := position - position%engine.PositionStride
	s, e, err := p.Met(ctx, workspace, outer, Rules{})
	if err != nil {
		return nil, err
	}
	s.store.lookFrom(e.At)
	stored, all, err := s.machine.ReplayEvent(ctx, workspace, *e)
	if err != nil {
		return nil, fmt.Errorf("decide again: %w", err)
	}
	return &Replayed{Event: e, Stored: stored, All: all}, nil
}
