package scratch

import (
	"cmp"
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

type outbox struct{ store *Store }

// look is when a delivery wants attention; 0 when it is final.
func look(d *engine.Delivery) engine.Time {
	switch d.State {
	case engine.DeliveryPending, engine.DeliveryHeld:
		return d.Due
	case engine.DeliverySending:
		return d.Lease
	}
	return 0
}

func waits(d *engine.Delivery) bool {
	return d.State == engine.DeliveryPending || d.State == engine.DeliveryHeld || d.State == engine.DeliverySending
}

func (o *outbox) Claim(ctx context.Context, now, until engine.Time, limit int) ([]engine.Delivery, error) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	var due []engine.Delivery
	for _, w := range o.store.spaces {
		w.deliveries.each(func(_ string, d queued) {
			if waits(&d.Delivery) && look(&d.Delivery) <= now {
				due = append(due, d.Delivery)
			}
		})
	}
	slices.SortFunc(due, func(a, b engine.Delivery) int {
		return cmp.Or(cmp.Compare(look(&a), look(&b)), cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(len(due), max(limit, 0))]
	for i := range due {
		d := &due[i]
		d.State, d.Lease, d.Epoch = engine.DeliverySending, until, d.Epoch+1
		o.store.spaces[d.Workspace].deliveries.set(d.ID, queued{Delivery: *d, counted: now})
	}
	return due, ctx.Err()
}

func (o *outbox) Settle(ctx context.Context, settled []engine.Delivery) (lost []string, err error) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	for _, d := range settled {
		if !o.settle(d) {
			lost = append(lost, d.ID)
		}
	}
	return lost, ctx.Err()
}

func (o *outbox) settle(d engine.Delivery) bool {
	w := o.store.spaces[d.Workspace]
	if w == nil {
		return false
	}
	old, ok := w.deliveries.get(d.ID)
	if !ok || old.State != engine.DeliverySending || old.Epoch != d.Epoch {
		return false
	}
	d.Lease = 0
	if d.State == engine.DeliverySending {
		d.Lease = old.Lease // an attempt on record: still claimed
	}
	if d.Day != 0 && !waits(&d) {
		w.count(engine.Figure{Name: engine.DeliveryFigure, Day: d.Day, Part: d.Channel, Detail: string(d.State), Amount: 1})
	}
	w.deliveries.set(d.ID, queued{Delivery: d, counted: countedAt(&d, old.counted)})
	return true
}

func (o *outbox) SentSince(_ context.Context, q engine.SentQuery) (all, promotional int, err error) {
	(&reader{store: o.store, workspace: q.Workspace}).look(func(w *space) {
		w.deliveries.each(func(_ string, d queued) {
			if d.counted == 0 || d.counted < q.Since || !concerns(&q, &d.Delivery) {
				return
			}
			all++
			if d.Promotes {
				promotional++
			}
		})
	})
	return all, promotional, nil
}

func concerns(q *engine.SentQuery, d *engine.Delivery) bool {
	return (q.Member == "" || q.Member == d.Member) && (q.Group == "" || q.Group == d.Group) && (q.Channel == "" || q.Channel == d.Channel)
}

func (o *outbox) Replay(_ context.Context, workspace, id string, now, notAfter engine.Time) (engine.Delivery, error) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	var d queued
	ok := false
	w := o.store.spaces[workspace]
	if w != nil {
		d, ok = w.deliveries.get(id)
	}
	if !ok {
		return engine.Delivery{}, engine.NotFound("delivery", id)
	}
	if err := d.Revive(now, notAfter); err != nil {
		return engine.Delivery{}, err
	}
	d.counted = 0
	w.deliveries.set(id, d)
	return d.Delivery, nil
}

// Queue adds deliveries whose ids are new.
func (o *outbox) Queue(ctx context.Context, workspace string, deliveries []engine.Delivery) error {
	return o.store.Within(ctx, workspace, func(tx engine.Tx) error {
		lane := tx.Lane()
		return tx.Save(ctx, &engine.Changes{Position: lane.Position, Revision: lane.Revision, Deliveries: deliveries})
	})
}

func (o *outbox) NextDue(context.Context) (engine.Time, error) {
	o.store.mu.RLock()
	defer o.store.mu.RUnlock()
	var next engine.Time
	for _, w := range o.store.spaces {
		w.deliveries.each(func(_ string, d queued) {
			if at := look(&d.Delivery); waits(&d.Delivery) && (next == 0 || at < next) {
				next = at
			}
		})
	}
	return next, nil
}
