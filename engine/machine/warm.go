package machine

import (
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// warmPage is how many events are read from the log at a time.
const warmPage = 5000

// rewarm builds the windows that the definitions of this turn need and the
// present ones do not keep, from the log, so that a rule is exact from the
// moment it is live. What present cells keep already is left alone.
func (t *turn) rewarm() error {
	next, err := t.nextView()
	if err != nil {
		return err
	}
	missing := next.unkept(t.view)
	if len(missing) == 0 {
		return nil
	}
	cells := map[string]*warmed{}
	err = t.everyEvent(func(e *engine.Event) {
		for _, ref := range next.plan.Keys(nil, e) {
			if !missing[ref.Shape] {
				continue
			}
			w := cells[ref.Key]
			if w == nil {
				w = &warmed{next.plan.NewCell(ref.Shape)}
				cells[ref.Key] = w
			}
			next.plan.Fold(ref.Shape, w.cell, e, next.Zone)
		}
	})
	if err != nil {
		return fmt.Errorf("warm windows: %w", err)
	}
	for _, key := range sortedKeys(cells) {
		t.changes.Records = cells[key].cell.Records(t.changes.Records, key)
	}
	return nil
}

type warmed struct{ cell *window.Cell }

// nextView is the view as it will be with this turn's definitions.
func (t *turn) nextView() (*View, error) {
	list, err := t.tx.Definitions(t.ctx, t.view.Lane.Revision)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	over := map[Named]engine.Definition{}
	for _, d := range t.changes.Definitions {
		over[Named{d.Kind, d.Key}] = d
	}
	merged := t.changes.Definitions
	for _, d := range list {
		if _, replaced := over[Named{d.Kind, d.Key}]; !replaced {
			merged = append(merged[:len(merged):len(merged)], d)
		}
	}
	lane := t.view.Lane
	lane.Revision = t.changes.Revision
	return t.m.newView(lane, merged)
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

// everyEvent reads the whole log in order.
func (t *turn) everyEvent(fn func(*engine.Event)) error {
	r := t.m.store.Reader(t.ws)
	for after := int64(0); ; {
		page, err := r.Events(t.ctx, engine.EventQuery{After: after, UpTo: t.view.Lane.Position, Limit: warmPage})
		if err != nil {
			return err
		}
		for _, s := range page {
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return err
			}
			normalize(e, t.view.Defs)
			fn(e)
			after = s.Position
		}
		if len(page) < warmPage {
			return nil
		}
	}
}
