package machine

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// turn is one transaction on one workspace, from the lane to the save. When it
// fails, everything it touched in the cache is dropped with the cache.
type turn struct {
	ctx   context.Context
	m     *Machine
	tx    engine.Tx
	ws    string
	view  *View
	cache *cache

	changes  engine.Changes
	received engine.Time
	next     int64             // position of the next event from outside
	outer    int64             // position of the event from outside that is being worked
	made     int               // rows made for it so far, see serial
	show     Show              // which decisions the answer lists
	answers  []engine.Decision // of the event being worked
	sim      *Simulation       // nil: this is the real thing
	replay   bool              // verify feeds the log, which holds no personal fields

	warm  *warming            // what was built for the definitions of this turn
	stale map[string][]string // segments of cells that were replaced whole, by the cell's key
	noted map[string][]byte   // members as last noted for the past

	at       engine.Time // of the event being worked
	occasion occasion    // of the event being worked, with what it emits: memory used over and over
	family   family
	counts   counts

	hashes hashes
	facts  engine.Facts
	reader metricReader
	cands  []int
	cells  []window.CellRef
}

// begin opens a turn under the lane's lock.
func (l *lane) begin(ctx context.Context, tx engine.Tx) (*turn, error) {
	state := tx.Lane()
	t := &turn{ctx: ctx, m: l.machine, tx: tx, ws: l.workspace}
	t.changes.Position, t.changes.Revision = state.Position, state.Revision
	t.next = (state.Position/engine.PositionStride + 1) * engine.PositionStride
	t.cache, l.cache = l.cache, nil
	if t.cache == nil || t.cache.position != state.Position {
		t.cache = newCache(state.Position, l.machine.opt.CacheMembers)
	}
	t.cache.begin()
	if l.view == nil || l.view.Lane.Revision != state.Revision {
		list, err := tx.Definitions(ctx, state.Revision)
		if err != nil {
			return nil, fmt.Errorf("read definitions: %w", err)
		}
		if l.view, err = l.machine.newView(state, list); err != nil {
			return nil, err
		}
		t.cache.forgetCells()                                          // they keep what the plan asks for
		t.cache.groups = shelf[*engine.Group]{max: t.cache.groups.max} // those without a record come from definitions
		t.cache.groups.begin()
		t.cache.failing = nil
	}
	t.cache.noting(l.machine.past)
	t.noted = map[string][]byte{}
	t.view = l.view
	t.view.Lane = state
	t.reader.turn = t
	return t, t.loadFailures()
}

// all works through a group of submissions in order.
func (t *turn) all(group []*submission) error {
	for _, s := range group {
		t.received = s.batch.Received
		if s.work != nil {
			if err := s.work(t); err != nil {
				return err
			}
		}
	}
	return t.accept(group)
}

// save writes the turn's changes. A turn that changed nothing writes nothing.
func (t *turn) save() error {
	if t.changes.Position == t.view.Lane.Position && t.changed() {
		t.changes.Position = t.next // other replicas see by the position that something changed
	}
	if len(t.changes.Definitions) > 0 {
		if err := t.rewarm(); err != nil {
			return err
		}
	}
	if err := t.keepPast(t.changes.Position); err != nil {
		return err
	}
	if t.cache.owing = t.cache.owing && len(t.stale) == 0; !t.cache.owing {
		if err := t.records(&t.changes.Records); err != nil {
			return err
		}
	}
	t.changes.Figures = t.figures()
	if err := t.tx.Save(t.ctx, &t.changes); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

func (t *turn) changed() bool {
	c := &t.changes
	return t.cache.changed()+len(c.Records)+len(c.Timers)+len(c.TimersDone)+len(c.Items)+len(c.Definitions)+
		len(c.Deliveries)+len(c.Personal) > 0
}

// serial numbers what is made for one event from outside, so that ids come out
// the same however events are batched.
func (t *turn) serial() int {
	t.made++
	return t.made
}

// reach moves the workspace's position up to an event's.
func (t *turn) reach(position int64) { t.changes.Position = max(t.changes.Position, position) }
