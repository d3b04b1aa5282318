package machine

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// segment sends a message to everybody in a segment, in chunks.
func (t *turn) segment(o *occasion, b timerBody, due engine.Time) error {
	ch := t.view.Defs.Channels[b.Ref]
	if len(b.Members) == 0 {
		chunk := 0
		return t.everyMark("new|", func(ids []string) error {
			c := b
			c.Members = ids
			t.timer(due, "segment", fmt.Sprintf("seg|%d|%s|%d", b.Position, b.Rule, chunk), c)
			chunk++
			return nil
		})
	}
	cond := t.view.Book.Segments[b.Key]
	if ch == nil || cond == nil {
		return nil
	}
	if err := t.preloadCells(nil, slices.Clone(b.Members)); err != nil {
		return err
	}
	for _, id := range b.Members {
		m, err := t.member(id)
		if err != nil {
			return err
		}
		if m == nil || m.ID != id || m.LeftAt != 0 {
			continue
		}
		x := &occasion{event: scheduledEvent(o.event, ""), member: m, family: o.family}
		t.setFacts(x, due)
		t.facts.Event = nil
		in, err := cond.Eval(&t.facts)
		if t.reader.err != nil {
			return t.reader.err
		}
		if err != nil || in != engine.Yes {
			continue
		}
		t.changes.Deliveries = append(t.changes.Deliveries, engine.Delivery{
			ID: deliveryID(t.ws, fmt.Sprintf("seg|%d|%s", b.Position, b.Rule), id), Position: o.event.Position,
			Channel: ch.Key, Member: id, Rule: b.Rule, State: engine.DeliveryPending, Due: max(due, t.received), NotAfter: b.Until,
			Target: engine.Target{Kind: engine.ToMember, Address: address(m, ch)}, Text: b.Text, CreatedAt: due, Promotes: true})
	}
	return nil
}

// dissolve hands the members of a closed group over.
func (t *turn) dissolve(o *occasion, b timerBody) error {
	ids, err := t.marksUnder(RosterPrefix(b.Key))
	if err != nil {
		return err
	}
	for _, id := range ids {
		m, err := t.member(id)
		if err != nil {
			return err
		}
		if m == nil || m.ID != id {
			continue
		}
		if err := t.leave(m, b.Key); err != nil {
			return err
		}
		if b.Ref == "" {
			continue
		}
		if free, err := t.seat(b.Ref); err != nil || !free {
			t.queue(waitingKey(b.Ref), id, true)
			continue
		}
		if err := t.join(m, b.Ref, o.event.At, "hand-over"); err != nil {
			return err
		}
	}
	return nil
}
