package machine

import (
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// metricReader answers metrics for one decision, each once: what it computed is
// kept until the facts change.
type metricReader struct {
	turn    *turn
	about   *engine.Event // gives filters their values
	current *engine.Event // the event being decided; nil by the clock
	subject window.Subject
	values  []engine.Value
	stamps  []uint32 // by metric: the round in which values holds
	cells   []looked // by the plan's slot
	round   uint32
	heard   engine.Time // since when the member's channels are heard of
	heardIn uint32      // the round in which heard holds
	desk    *desk       // of the member in question; nil: cells are looked up
	err     error       // of the database; the turn fails with it
}

// looked is a cell that was looked up in a round, or why there is none.
type looked struct {
	round uint32
	ref   window.CellRef
	why   engine.Reason
	entry *entry[slot]
}

// reset begins a round for new facts.
func (r *metricReader) reset(o *occasion) {
	r.about, r.current = o.event, o.event
	if o.clock {
		r.current = nil
	}
	r.desk = o.desk
	r.subject = window.Subject{Group: o.event.Group, Content: o.event.Content}
	if o.member != nil {
		r.subject.Member = o.member.ID
	}
	if o.content != nil {
		r.subject.Content = o.content.Key
	}
	n := len(r.turn.view.Book.Metrics.All)
	if len(r.values) != n {
		r.values, r.stamps, r.round = make([]engine.Value, n), make([]uint32, n), 0
		r.cells = make([]looked, r.turn.view.plan.Slots())
	}
	r.round++
}

// Metric implements engine.MetricReader.
func (r *metricReader) Metric(id int, f *engine.Facts) engine.Value {
	if r.stamps[id] == r.round {
		return r.values[id]
	}
	v, err := r.read(id, f)
	if err != nil && r.err == nil {
		r.err = err
	}
	r.values[id], r.stamps[id] = v, r.round
	return v
}

func (r *metricReader) read(id int, f *engine.Facts) (engine.Value, error) {
	t := r.turn
	at, err := r.look(id)
	if err != nil {
		return engine.Value{}, err
	}
	if at.why != "" {
		return engine.UnknownValue(at.why), nil
	}
	c := at.entry.value.cell
	reading := window.Reading{Now: f.Now, Current: r.current, Zone: f.Zone, Period: f.Period}
	if e := r.current; e != nil && t.view.Book.Metrics.All[id].Type == engine.AnyType && !t.view.livens(e) {
		reading.Current = nil // it is not among them
	}
	if reading.Coverage, err = t.coverage(id, f); err != nil {
		return engine.Value{}, err
	}
	if err := t.attach(at.ref, c, &reading); err != nil {
		return engine.Value{}, err
	}
	return t.view.plan.Value(id, c, &reading), nil
}

// look finds the cell that a metric reads, once for all that read it.
func (r *metricReader) look(id int) (*looked, error) {
	at := &r.cells[r.turn.view.plan.Slot(id)]
	if at.round == r.round {
		return at, nil
	}
	*at = looked{round: r.round}
	if e := r.lies(id); e != nil {
		shape := r.turn.view.plan.MetricShape(id)
		at.entry, at.ref = e, window.CellRef{Shape: shape, Key: e.key}
		return at, r.turn.unpack(e, shape)
	}
	if at.ref, at.why = r.turn.view.plan.Reads(id, r.about, r.subject); at.why != "" {
		return at, nil
	}
	var err error
	if at.entry, err = r.turn.cellEntry(at.ref); err == nil && r.desk != nil && r.turn.view.plan.PlainMetric(id) {
		r.desk.cells[at.ref.Shape] = at.entry
	}
	return at, err
}

// cell gives a cell, nil while nothing was folded into it.
func (t *turn) cell(ref window.CellRef) (*window.Cell, error) {
	e, err := t.cellEntry(ref)
	if err != nil {
		return nil, err
	}
	return e.value.cell, nil
}

// cellEntry gives a cell's place in the cache, opened.
func (t *turn) cellEntry(ref window.CellRef) (*entry[slot], error) {
	e := t.cache.cells.find(ref.Key)
	if e == nil {
		if err := t.ensureOne(engine.CellRecord, ref.Key); err != nil {
			return nil, err
		}
		e = t.cache.cells.find(ref.Key)
	}
	return e, t.unpack(e, ref.Shape)
}

// unpack opens the cell of an entry, if there is one.
func (t *turn) unpack(e *entry[slot], shape int) error {
	e.used = true
	if e.value.cell != nil || e.value.raw == nil {
		return nil
	}
	c, err := t.view.plan.Open(shape, e.value.raw)
	if err != nil {
		return fmt.Errorf("window %s: %w", e.key, err)
	}
	t.cache.open(e, c, shape)
	return nil
}

// attach loads the segments that a reading looks into.
func (t *turn) attach(ref window.CellRef, c *window.Cell, r *window.Reading) error {
	needs := t.view.plan.Needs(ref.Shape, c, r)
	if len(needs) == 0 {
		return nil
	}
	return t.loadSegments(ref.Key, c, needs)
}

func (t *turn) loadSegments(key string, c *window.Cell, needs []window.Segment) error {
	keys := make([]engine.RecordKey, len(needs))
	for i, n := range needs {
		keys[i] = engine.RecordKey{Kind: engine.CellRecord, Key: n.Key(key)}
	}
	found, err := t.tx.Load(t.ctx, keys)
	if err != nil {
		return fmt.Errorf("load window segments: %w", err)
	}
	for i, n := range needs {
		if err := c.Attach(n, found[keys[i]]); err != nil {
			return fmt.Errorf("window %s: %w", key, err)
		}
	}
	return nil
}

// fold counts an event in every cell that listens to it. Those of an event from
// outside were found when they were loaded.
func (t *turn) fold(o *occasion) error {
	e := o.event
	if in := o.family.in; e == in.event && in.found && in.id == e.MemberID {
		for _, c := range in.cells {
			if err := t.foldInto(c.entry, c.shape, e); err != nil {
				return err
			}
		}
		return nil
	}
	t.cells = t.view.counted(t.cells[:0], e)
	for _, ref := range t.cells {
		x, err := t.cellEntry(ref)
		if err != nil {
			return err
		}
		if err := t.foldInto(x, ref.Shape, e); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) foldInto(x *entry[slot], shape int, e *engine.Event) error {
	if err := t.unpack(x, shape); err != nil {
		return err
	}
	if x.value.cell == nil {
		t.cache.open(x, t.view.plan.NewCell(shape), shape)
	}
	t.view.plan.Fold(shape, x.value.cell, e, t.view.Zone)
	t.cache.cells.touch(x)
	return nil
}

// openCell gives a cell to be changed, an empty one where there was none.
func (t *turn) openCell(ref window.CellRef) (*entry[slot], error) {
	e, err := t.cellEntry(ref)
	if err != nil {
		return nil, err
	}
	if e.value.cell == nil {
		t.cache.open(e, t.view.plan.NewCell(ref.Shape), ref.Shape)
	}
	return e, nil
}

// coverage says since when a metric's events were reported: the declared time of
// the type, else when the group, content or the member's channels were first
// heard of; of several channels the latest counts.
func (t *turn) coverage(id int, f *engine.Facts) (c window.Coverage, err error) {
	n := &t.view.coverage[id]
	c.NonNegative, c.From = n.NonNegative, n.From
	switch m := &t.view.Book.Metrics.All[id]; m.Source {
	case engine.OfMember:
		if f.Member != nil {
			c.JoinedAt = f.Member.JoinedAt
		}
	case engine.OfGroup:
		if c.From == 0 && f.Group != nil {
			c.From = f.Group.FirstAt
		}
		return c, nil
	case engine.OfContent:
		if c.From == 0 && f.Content != nil {
			c.From = f.Content.PostedAt
		}
		return c, nil
	}
	if c.From == 0 && f.Member != nil {
		c.From, err = t.reader.channels(f.Member)
	}
	return c, err
}

// Covered implements engine.CoverageReader.
func (r *metricReader) Covered(id int, f *engine.Facts) (from, joined engine.Time) {
	c, err := r.turn.coverage(id, f)
	if err != nil && r.err == nil {
		r.err = err
	}
	return c.From, c.JoinedAt
}

// channels is since when all of a member's channels are heard of.
func (r *metricReader) channels(m *engine.Member) (engine.Time, error) {
	if r.heardIn == r.round {
		return r.heard, nil
	}
	r.heard = 0
	for _, i := range m.Identities {
		since, err := r.turn.heardSince(i.Channel)
		if err != nil {
			return 0, err
		}
		r.heard = max(r.heard, since)
	}
	r.heardIn = r.round
	return r.heard, nil
}
