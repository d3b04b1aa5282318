package machine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// warmPage is how many events are read from the log at a time.
const warmPage = 5000

// warming is windows being built from the log for rules that are not live yet,
// so that a rule is exact from the moment it is live. What present cells keep
// already is left alone.
type warming struct {
	view     *View             // as it will be
	revision int64             // that the view will replace
	missing  map[int]bool      // shapes of the view that the present one does not keep in full
	became   map[string]string // who was merged into whom
	cells    map[string]*warmed
	order    []*warmed // as they came up
	upTo     int64     // position of the last event folded
	refs     []window.CellRef
	watch    WarmWatch
	steps    int64 // events read and windows written
}

// warmed is one cell being built.
type warmed struct {
	window.CellRef
	cell    *window.Cell
	handed  bool // its segments were handed out once
	written bool // a row of it is stored
	dirty   bool // an event was folded since
}

// errWarmAgain says that what was built no longer fits, because definitions or
// people were merged meanwhile.
var errWarmAgain = errors.New("the windows must be built anew")

// newWarming compares the views: what is missing is to be built.
func newWarming(next, have *View, became map[string]string) *warming {
	return &warming{view: next, revision: have.Lane.Revision, missing: next.unkept(have), became: became, cells: map[string]*warmed{}}
}

// unkept lists the shapes that a view needs and another does not keep in full.
func (v *View) unkept(have *View) map[int]bool {
	kept := map[string]int{}
	for i := range have.plan.Shapes() {
		kept[have.plan.ShapeTag(i)] = i
	}
	missing := map[int]bool{}
	for i := range v.plan.Shapes() {
		old, ok := kept[v.plan.ShapeTag(i)]
		if !ok || !v.plan.Within(i, have.plan, old) {
			missing[i] = true
		}
	}
	return missing
}

// catchUp folds the log in up to a position and answers how many events that were.
func (w *warming) catchUp(ctx context.Context, r engine.LogReader, position int64) (int, error) {
	total, built := 0, w.upTo > 0
	for w.upTo < position {
		page, err := r.Events(ctx, engine.EventQuery{After: w.upTo, UpTo: position, Limit: warmPage})
		if err != nil {
			return total, fmt.Errorf("warm windows: %w", err)
		}
		for _, s := range page {
			if built && (s.Type == "bylaw.member.merge" || s.Type == "bylaw.member.unmerge") {
				return total, errWarmAgain
			}
			if err := w.foldStored(s); err != nil {
				return total, fmt.Errorf("warm windows: %w", err)
			}
			w.upTo = s.Position
		}
		if total += len(page); len(page) < warmPage {
			w.upTo = position
		}
		if err := w.step(len(page), (position-w.upTo)/stride+int64(len(w.order))); err != nil {
			return total, err
		}
	}
	return total, nil
}

// step tells who watches how far it is.
func (w *warming) step(done int, left int64) error {
	if w.steps += int64(done); w.watch == nil {
		return nil
	}
	return w.watch(w.steps, w.steps+left)
}

func (w *warming) foldStored(s engine.StoredEvent) error {
	e, err := engine.DecodeEvent(s)
	if err != nil {
		return err
	}
	Normalize(e, w.view.Defs)
	e.MemberID = Settled(w.became, e.MemberID)
	w.refs = w.view.counted(w.refs[:0], e)
	for _, ref := range w.refs {
		if !w.missing[ref.Shape] {
			continue
		}
		x := w.cells[ref.Key]
		if x == nil {
			x = &warmed{CellRef: ref, cell: w.view.plan.NewCell(ref.Shape)}
			w.cells[ref.Key] = x
			w.order = append(w.order, x)
		}
		w.view.plan.Fold(ref.Shape, x.cell, e, w.view.Zone)
		x.dirty = true
	}
	return nil
}

// unwritten lists the cells whose rows are not what they should be.
func (w *warming) unwritten() []*warmed {
	return slices.DeleteFunc(slices.Clone(w.order), func(x *warmed) bool { return x.written && !x.dirty })
}

// rewarm brings the windows that this turn's definitions need up to the turn's
// own events. Most of them were built before, see Machine.warm.
func (t *turn) rewarm() error {
	w := t.warm
	if w == nil || w.revision != t.view.Lane.Revision {
		next, err := t.nextView()
		if err != nil {
			return err
		}
		became, err := t.becameWhom()
		if err != nil {
			return err
		}
		w = newWarming(next, t.view, became)
	}
	if len(w.missing) == 0 {
		return nil
	}
	if _, err := w.catchUp(t.ctx, t.m.store.Reader(t.ws), t.view.Lane.Position); err != nil {
		return err
	}
	for _, s := range t.changes.Events {
		if err := w.foldStored(s); err != nil {
			return fmt.Errorf("warm windows: %w", err)
		}
	}
	return t.writeWarmed(w, w.unwritten())
}

// writeWarmed writes cells whole and deletes the segments of the cells that
// stood in their places, which the new ones lack.
func (t *turn) writeWarmed(w *warming, cells []*warmed) error {
	keys := make([]engine.RecordKey, len(cells))
	for i, x := range cells {
		keys[i] = engine.RecordKey{Kind: engine.CellRecord, Key: x.Key}
	}
	stored, err := t.tx.Load(t.ctx, keys)
	if err != nil {
		return fmt.Errorf("read windows: %w", err)
	}
	for i, x := range cells {
		t.cache.cells.drop(x.Key)
		whole, err := w.whole(x)
		if err != nil {
			return err
		}
		from := len(t.changes.Records)
		t.changes.Records = whole.Records(t.changes.Records, x.Key)
		if err := t.dropSegments(w, x, stored[keys[i]], from); err != nil {
			return err
		}
		x.handed = true // also where the transaction runs again
	}
	return nil
}

// whole is a cell that hands out all its segments: one that did so before does
// not again, and the live rules may have changed the rows since.
func (w *warming) whole(x *warmed) (*window.Cell, error) {
	if !x.handed || len(x.cell.Segments()) == 0 {
		return x.cell, nil
	}
	c := w.view.plan.NewCell(x.Shape)
	if err := w.view.plan.Merge(x.Shape, c, x.cell); err != nil {
		return nil, fmt.Errorf("window %s: %w", x.Key, err)
	}
	return c, nil
}

func (t *turn) dropSegments(w *warming, x *warmed, row []byte, from int) error {
	if row == nil {
		return nil
	}
	old, err := w.view.plan.Open(x.Shape, row)
	if err != nil {
		return fmt.Errorf("window %s: %w", x.Key, err)
	}
	fresh := t.changes.Records[from:]
	for _, s := range old.Segments() {
		key := s.Key(x.Key)
		if !slices.ContainsFunc(fresh, func(r engine.Record) bool { return r.Key == key }) {
			t.changes.Records = append(t.changes.Records, engine.Record{Kind: engine.CellRecord, Key: key})
		}
	}
	return nil
}

// nextView is the view as it will be with this turn's definitions.
func (t *turn) nextView() (*View, error) {
	list, err := t.tx.Definitions(t.ctx, t.view.Lane.Revision)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	lane := t.view.Lane
	lane.Revision = t.changes.Revision
	return t.m.newView(lane, replaced(list, t.changes.Definitions))
}

// replaced is a list of definitions with others in their places.
func replaced(list, by []engine.Definition) []engine.Definition {
	over := map[Named]bool{}
	for _, d := range by {
		over[Named{d.Kind, d.Key}] = true
	}
	out := slices.Clone(by)
	for _, d := range list {
		if !over[Named{d.Kind, d.Key}] {
			out = append(out, d)
		}
	}
	return out
}
