package machine

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// metricReader answers metrics for one decision, each once: what it computed is
// kept until the facts change.
type metricReader struct {
	turn    *turn
	event   *engine.Event
	subject window.Subject
	values  []engine.Value
	stamps  []uint32 // by metric: the round in which values holds
	round   uint32
	err     error // of the database; the turn fails with it
}

// reset begins a round for new facts.
func (r *metricReader) reset(o *occasion, f *engine.Facts) {
	r.event = o.event
	r.subject = window.Subject{}
	if o.event != nil {
		r.subject.Group, r.subject.Content = o.event.Group, o.event.Content
	}
	if o.member != nil {
		r.subject.Member = o.member.ID
	}
	if o.content != nil {
		r.subject.Content = o.content.Key
	}
	n := len(r.turn.view.Book.Metrics.All)
	if len(r.values) != n {
		r.values, r.stamps, r.round = make([]engine.Value, n), make([]uint32, n), 0
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
	ref, why := t.view.plan.Reads(id, r.event, r.subject)
	if why != "" {
		return engine.UnknownValue(why), nil
	}
	c, err := t.cell(ref)
	if err != nil {
		return engine.Value{}, err
	}
	reading := window.Reading{Now: f.Now, Current: r.event, Zone: f.Zone, Period: f.Period}
	if reading.Coverage, err = t.coverage(id, f); err != nil {
		return engine.Value{}, err
	}
	if err := t.attach(ref, c, &reading); err != nil {
		return engine.Value{}, err
	}
	return t.view.plan.Value(id, c, &reading), nil
}

// cell gives a cell, nil while nothing was folded into it.
func (t *turn) cell(ref window.CellRef) (*window.Cell, error) {
	s, ok := t.cache.cells.get(ref.Key)
	if !ok {
		if err := t.ensure([]engine.RecordKey{{Kind: engine.CellRecord, Key: ref.Key}}); err != nil {
			return nil, err
		}
		s, _ = t.cache.cells.get(ref.Key)
	}
	if s.cell == nil && s.raw != nil {
		c, err := t.view.plan.Open(ref.Shape, s.raw)
		if err != nil {
			return nil, fmt.Errorf("window %s: %w", ref.Key, err)
		}
		s.cell, s.raw, s.shape = c, nil, ref.Shape
	}
	return s.cell, nil
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

// fold counts an event in every cell that listens to it.
func (t *turn) fold(e *engine.Event) error {
	t.cells = t.view.plan.Keys(t.cells[:0], e)
	for _, ref := range t.cells {
		c, err := t.cell(ref)
		if err != nil {
			return err
		}
		if c == nil {
			c = t.view.plan.NewCell(ref.Shape)
			t.putCell(ref, c)
		}
		t.view.plan.Fold(ref.Shape, c, e, t.view.Zone)
		t.touch(engine.CellRecord, ref.Key)
	}
	return nil
}

func (t *turn) putCell(ref window.CellRef, c *window.Cell) {
	t.cache.cells.put(ref.Key, &slot{cell: c, shape: ref.Shape})
}

// coverage says since when a metric's events were reported: the declared time of
// the type, else when the member's channels were first heard; of several the
// latest counts.
func (t *turn) coverage(id int, f *engine.Facts) (window.Coverage, error) {
	m := &t.view.Book.Metrics.All[id]
	var c window.Coverage
	typ := t.view.Defs.EventTypes[m.Type]
	if typ != nil {
		if fd, ok := typ.FieldNamed(m.Field); ok {
			c.NonNegative = fd.NonNegative
		}
	}
	switch {
	case m.Source == engine.OfMember && f.Member != nil:
		c.JoinedAt = f.Member.JoinedAt
	case m.Source == engine.OfGroup && f.Group != nil:
		c.From = f.Group.FirstAt
		return c, nil
	case m.Source == engine.OfContent && f.Content != nil:
		c.From = f.Content.PostedAt
		return c, nil
	}
	if typ != nil && typ.CoveredFrom != 0 {
		c.From = typ.CoveredFrom
		return c, nil
	}
	if f.Member == nil {
		return c, nil
	}
	for _, channel := range f.Member.Channels() {
		since, err := t.counter("cov|" + channel)
		if err != nil {
			return c, err
		}
		c.From = max(c.From, engine.Time(since))
	}
	return c, nil
}

// preloadCells reads the cells that the events will be folded into, and all
// cells that rules may read of members seen for the first time.
func (t *turn) preloadCells(in []*incoming, cold []string) error {
	var keys []engine.RecordKey
	for _, x := range in {
		e := *x.event
		if e.MemberID = t.resolved(e.Member); e.MemberID == "" {
			continue // a new member has no cells yet
		}
		t.cells = t.view.plan.Keys(t.cells[:0], &e)
		for _, ref := range t.cells {
			keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: ref.Key})
		}
	}
	slices.Sort(cold)
	for _, id := range slices.Compact(cold) {
		for _, m := range t.view.memberMetrics {
			if ref, why := t.view.plan.Reads(m, nil, window.Subject{Member: id}); why == "" {
				keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: ref.Key})
			}
		}
		keys = append(keys, engine.RecordKey{Kind: engine.MarkRecord, Key: "new|" + id})
	}
	return t.ensure(keys)
}
