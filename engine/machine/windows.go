package machine

import (
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// Windows are the windows of one member, group or content, built from their
// events: all that a view's rules read of them.
type Windows struct {
	view   *View
	source engine.Source
	prefix string
	shapes []int // that can be of this source
	cells  map[string]*window.Cell
	refs   []window.CellRef
	keys   []window.CellRef // as they came up
}

// NewWindows begins the windows of one subject.
func (v *View) NewWindows(source engine.Source, id string) *Windows {
	w := &Windows{view: v, source: source, prefix: window.KeyPrefix(source, id), cells: map[string]*window.Cell{}}
	for i := range v.plan.Shapes() {
		if v.plan.Counts(i).Source == source {
			w.shapes = append(w.shapes, i)
		}
	}
	return w
}

// Needs is what must be read to build them: events of these types (all: of
// every type) from a time on, so many of their fields. Ok is false where the
// rules read nothing of such a subject.
func (w *Windows) Needs(now engine.Time) (q engine.EventQuery, ok bool) {
	every, whole := false, false
	far := engine.Time(0)
	q.Bare = true
	for _, i := range w.shapes {
		c := w.view.plan.Counts(i)
		every = every || c.Type == engine.AnyType
		if !slices.Contains(q.Types, c.Type) {
			q.Types = append(q.Types, c.Type)
		}
		whole = whole || c.Whole
		far = max(far, c.Far)
		q.Bare = q.Bare && c.Bare && c.Type != engine.AnyType
	}
	if every {
		q.Types = nil
	}
	if !whole && now != 0 {
		q.From = now - far - slack
	}
	slices.Sort(q.Types)
	return q, len(w.shapes) > 0
}

// slack is for decisions about events that are behind the newest, and for days
// that are longer than 24 hours.
const slack = engine.Time(5 * 24 * time.Hour / time.Microsecond)

// Fold counts an event in, in the order of positions. It may be changed.
func (w *Windows) Fold(e *engine.Event) {
	Normalize(e, w.view.Defs)
	w.refs = w.view.counted(w.refs[:0], e)
	for _, ref := range w.refs {
		if !strings.HasPrefix(ref.Key, w.prefix) {
			continue
		}
		c := w.cells[ref.Key]
		if c == nil {
			c = w.view.plan.NewCell(ref.Shape)
			w.cells[ref.Key] = c
			w.keys = append(w.keys, ref)
		}
		w.view.plan.Fold(ref.Shape, c, e, w.view.Zone)
	}
}

// Records writes the windows as rows.
func (w *Windows) Records() []engine.Record {
	var out []engine.Record
	for _, ref := range w.keys {
		out = w.cells[ref.Key].Records(out, ref.Key)
	}
	return out
}
