package scratch

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// commit makes what the transaction saved visible, all at once.
func (t *tx) commit() {
	if t.changes == nil {
		return
	}
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	w, c := t.space, t.changes
	w.lane = engine.LaneState{Position: c.Position, Revision: c.Revision}
	for id, taken := range t.claims {
		w.claims.set(id, taken)
	}
	w.applyLog(c)
	w.applyState(c)
	w.applyWork(c)
	for _, f := range c.Figures {
		w.count(f)
	}
	if t.store.past {
		w.applyPast(c)
	}
}

// count adds to a figure.
func (w *space) count(f engine.Figure) {
	k := figureKey{f.Name, f.Day, f.Part, f.Detail}
	sum, _ := w.figures.get(k)
	w.figures.set(k, engine.AddFigure(sum, f.Amount))
}

func (w *space) applyPast(c *engine.Changes) {
	for _, r := range c.Past {
		k := engine.RecordKey{Kind: r.Kind, Key: r.Key}
		versions, _ := w.past.get(k)
		w.past.set(k, append(slices.Clip(versions), version{r.Position, bytes.Clone(r.Body)}))
	}
}

func (w *space) applyLog(c *engine.Changes) {
	for _, e := range c.Events {
		e.Body = bytes.Clone(e.Body)
		w.events.put(e)
	}
	for _, e := range c.Ledger {
		w.ledger.put(e)
	}
	for _, d := range c.Decisions {
		w.decisions.put(d)
	}
	for _, a := range c.Audit {
		w.audit.put(a)
	}
}

func (w *space) applyRecords(rows []engine.Record) {
	for _, r := range rows {
		k := engine.RecordKey{Kind: r.Kind, Key: r.Key}
		if r.Body == nil {
			w.remove(k)
			continue
		}
		w.set(k, append(make([]byte, 0, len(r.Body)), r.Body...))
	}
}

func (w *space) applyState(c *engine.Changes) {
	w.applyRecords(c.Records)
	for _, d := range c.Definitions {
		id := definitionID{d.Kind, d.Key}
		versions, _ := w.definitions.get(id)
		d.Body = bytes.Clone(d.Body)
		w.definitions.set(id, placed(versions, d, func(a, b engine.Definition) int { return cmp.Compare(a.Revision, b.Revision) }))
	}
	for _, p := range c.Personal {
		w.setPersonal(p)
	}
}

func (w *space) setPersonal(p engine.PersonalField) {
	fields, _ := w.personal.get(p.Member)
	if p.Value != "" {
		w.personal.set(p.Member, placed(fields, p, byField))
		return
	}
	i, found := slices.BinarySearchFunc(fields, p, byField)
	if !found {
		return
	}
	if fields = slices.Delete(slices.Clone(fields), i, i+1); len(fields) == 0 {
		w.personal.remove(p.Member)
		return
	}
	w.personal.set(p.Member, fields)
}

func byField(a, b engine.PersonalField) int {
	return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Name, b.Name))
}

// placed is a copy of a sorted list with a value in its place.
func placed[T any](in []T, v T, order func(a, b T) int) []T {
	i, found := slices.BinarySearchFunc(in, v, order)
	out := slices.Clone(in)
	if found {
		out[i] = v
		return out
	}
	return slices.Insert(out, i, v)
}

func (w *space) applyWork(c *engine.Changes) {
	for _, t := range c.TimersDone {
		if old, ok := w.timers.get(t.Key); ok && old.Due == t.Due {
			w.timers.remove(t.Key)
		}
	}
	for _, t := range c.Timers {
		t.Body = bytes.Clone(t.Body)
		w.timers.set(t.Key, t)
	}
	for _, i := range c.Items {
		i.Body = bytes.Clone(i.Body)
		w.items.set(itemID{i.Kind, i.ID}, i)
	}
	for _, d := range c.Deliveries {
		if _, exists := w.deliveries.get(d.ID); exists {
			continue // the id is the idempotency key: the first stays
		}
		d.Workspace, d.Data = w.id, bytes.Clone(d.Data)
		w.deliveries.set(d.ID, queued{Delivery: d, counted: countedAt(&d, 0)})
	}
}

// countedAt is the time by which a delivery counts for caps.
func countedAt(d *engine.Delivery, before engine.Time) engine.Time {
	switch d.State {
	case engine.DeliverySending:
		return max(d.SentAt, before)
	case engine.DeliverySent, engine.DeliveryUncertain:
		return cmp.Or(d.SentAt, before)
	}
	return d.SentAt
}
