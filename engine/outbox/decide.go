package outbox

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// decide asks the gate about each delivery and gives back those that may go
// now. The workspace's lock is held from counting until the decisions stand, so
// that a person's messages are decided one after the other, whatever channels
// they go over.
func (b *batch) decide(ctx context.Context, jobs []engine.Delivery) (going []engine.Delivery) {
	var settled, back []engine.Delivery
	ward := b.tally.ward(b.s.key.workspace)
	ward.mu.Lock()
	now := b.o.Clock()
	counting := ward.counting(b.s.key.workspace, now)
	var trouble error
	for _, d := range jobs {
		var v Verdict
		ready := b.inTime(&d, now) && trouble == nil
		if ready {
			v, trouble = b.ask(ctx, &d, counting)
		}
		switch {
		case !ready:
			back = append(back, putBack(d, d.Due, now))
		case trouble != nil:
			back = append(back, putBack(d, now.Add(factsAgain), now))
		case b.repeats(&d, now):
			d.State, d.Because = engine.DeliveryUncertain, ""
			settled = append(settled, d)
		case v.Action == Send:
			ward.approve(&d, now)
			going = append(going, d)
			continue
		default:
			settled = append(settled, Apply(d, v))
		}
		ward.leave(&d)
	}
	ward.mu.Unlock()
	if trouble != nil {
		b.o.Log.Error("deliveries wait: what was sent cannot be counted", "workspace", b.s.key.workspace, "error", trouble)
	}
	b.settle(b.ctx, append(settled, back...))
	return going
}

// repeats is whether sending a delivery could repeat what the channel would not
// recognise.
func (b *batch) repeats(d *engine.Delivery, now engine.Time) bool {
	return b.down == "" && !MayRepeat(d, b.traits, b.def.AtMostOnce, now)
}

// ask puts the question to the gate. What was sent is counted only for what
// nothing else holds.
func (b *batch) ask(ctx context.Context, d *engine.Delivery, c *count) (Verdict, error) {
	target := b.target(d)
	q := Question{
		Delivery: *d, Now: c.now, Claimed: d.Lease.Add(-b.o.Lease), Settings: b.defs.Settings,
		Member: b.members[d.Member], Suppressed: b.suppressed[target.Address] && target.Address != "",
		Channel: b.def, Traits: b.traits, Down: b.down, DownUntil: b.s.breaker.until, Limited: b.s.limited,
	}
	q.Delivery.Target, q.Nowhere = target, forOne(d.Target) && target.Address == ""
	q.Gone = d.Member != "" && q.Member == nil
	q.Zone = ZoneFor(d, q.Member, &q.Settings, b.zones.load)
	v := Gate(q)
	if v.Action != Send {
		return v, nil
	}
	if err := c.fill(ctx, &q); err != nil {
		return v, err
	}
	if q.limited() && q.Sent.Minute >= q.Channel.PerMinute {
		q.Slot = b.s.quotaSlot(c.now, q.Channel.PerMinute)
	}
	return Gate(q), nil
}
