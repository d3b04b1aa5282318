package outbox

import (
	"context"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// settleTries is how often a settle is written when the store fails, in the
// time that is left of a claim.
const settleTries = 6

// send hands deliveries to the channel and settles what came of them.
func (b *batch) send(going []engine.Delivery) {
	messages := make([]engine.Message, len(going))
	for i := range going {
		messages[i] = message(&going[i], b.target(&going[i]), b.traits)
	}
	ctx, cancel := context.WithTimeout(b.ctx, b.o.SendTimeout)
	at := b.o.Clock()
	receipts := onePerMessage(b.o.Channels.Send(ctx, b.channel.Config, messages), len(messages))
	cancel()
	b.o.Failpoint("after_send")
	now := b.o.Clock()
	b.learnPace(b.s, now.Sub(at), len(going))
	settled := make([]engine.Delivery, len(going))
	for i, d := range going {
		settled[i] = Settle(d, Attempt{Receipt: receipts[i], Traits: b.traits, AtMostOnce: b.def.AtMostOnce,
			At: at, Now: now, Jitter: b.o.Jitter()})
	}
	b.settle(b.ctx, settled)
	b.forget(going)
	b.learn(receipts, now)
}

func message(d *engine.Delivery, target engine.Target, traits engine.ChannelTraits) engine.Message {
	target, _ = TargetFor(target, traits)
	return engine.Message{
		Key: d.ID, Attempt: d.Attempts + 1, NotAfter: d.NotAfter.Std(),
		Target: target, Title: d.Title, Text: d.Text, Data: d.Data,
	}
}

// onePerMessage makes up for receipts that are missing.
func onePerMessage(receipts []engine.Receipt, n int) []engine.Receipt {
	for len(receipts) < n {
		receipts = append(receipts, engine.Receipt{Outcome: engine.UnknownOutcome, Code: "no_receipt", Detail: "the channel gave no receipt"})
	}
	return receipts[:n]
}

// learn takes from the receipts how the channel fares, and passes on what an
// operator must know, once for the batch.
func (b *batch) learn(receipts []engine.Receipt, now engine.Time) {
	changes := map[ChannelState]engine.Receipt{}
	for _, r := range receipts {
		switch r.Outcome {
		case engine.Gone:
			changes[ChannelDisabled] = r
		case engine.AuthFailed:
			changes[ChannelPaused] = r
		}
		if turned := b.s.breaker.note(r.Outcome, now); turned != "" {
			changes[turned] = r
		}
	}
	// One recipient may be limited while others are not: only a batch that ends
	// in refusals slows the whole channel down.
	if n := len(receipts); n > 0 && receipts[n-1].Outcome == engine.RateLimited {
		wait := receipts[n-1].RetryAfter
		b.s.limited = now.Add(min(max(wait, time.Second), quotaAgain))
	}
	for _, state := range [...]ChannelState{ChannelWorking, ChannelResting, ChannelPaused, ChannelDisabled} {
		if r, ok := changes[state]; ok {
			b.tell(state, r, now)
		}
	}
}

func (b *batch) tell(state ChannelState, r engine.Receipt, now engine.Time) {
	c := ChannelChange{Workspace: b.s.key.workspace, Channel: b.s.key.channel, State: state, Code: r.Code, Detail: r.Detail, At: now}
	if state == ChannelResting {
		c.Until = b.s.breaker.until
	}
	b.o.Log.Warn("channel changed", "workspace", c.Workspace, "channel", c.Channel, "state", string(c.State), "code", c.Code)
	if err := b.o.Facts.ChannelChanged(b.ctx, c); err != nil {
		b.o.Log.Error("record a channel's state", "workspace", c.Workspace, "channel", c.Channel, "error", err)
	}
}

// forget takes deliveries that were approved off the tally: after their settle,
// so that they are never counted by neither.
func (w *Worker) forget(deliveries []engine.Delivery) {
	for i := range deliveries {
		ward := w.tally.ward(deliveries[i].Workspace)
		ward.mu.Lock()
		ward.leave(&deliveries[i])
		ward.mu.Unlock()
	}
}

// giveBack settles deliveries that go back into the queue: they leave the tally
// first, as the store doesn't count them afterwards.
func (w *Worker) giveBack(ctx context.Context, back []engine.Delivery) {
	w.forget(back)
	w.settle(ctx, back)
}

// settle writes results. What somebody else claimed meanwhile is left to them;
// nothing is sent again because a settle failed.
func (w *Worker) settle(ctx context.Context, settled []engine.Delivery) {
	if len(settled) == 0 {
		return
	}
	w.date(ctx, settled)
	pause := 100 * time.Millisecond
	for try := 1; ; try++ {
		ids, err := w.o.Outbox.Settle(ctx, settled)
		if err == nil {
			lost := map[string]bool{}
			w.lost(ids, lost)
			for _, d := range settled {
				if !lost[d.ID] {
					w.o.Report(d)
				}
			}
			return
		}
		w.o.Log.Error("settle deliveries", "count", len(settled), "try", try, "error", err)
		if try == settleTries {
			return // the leases run out; marks say which may have arrived
		}
		time.Sleep(pause)
		pause *= 2
	}
}

// date says on which day of its workspace what ends is counted.
func (w *Worker) date(ctx context.Context, settled []engine.Delivery) {
	days := map[string]int32{}
	for i := range settled {
		d := &settled[i]
		if !Final(d.State) {
			continue
		}
		day, known := days[d.Workspace]
		if !known {
			day = w.today(ctx, d.Workspace)
			days[d.Workspace] = day
		}
		d.Day = day
	}
}

// today is the local date of a workspace. Where it cannot be asked for its zone
// UTC serves: that is no reason to settle later.
func (w *Worker) today(ctx context.Context, workspace string) int32 {
	var loc *time.Location
	if defs, err := w.o.Facts.Definitions(ctx, workspace); err == nil {
		loc = w.zones.load(defs.Settings.Zone)
	}
	return int32(calendar.DateOf(w.o.Clock().Std(), loc))
}

func (w *Worker) lost(ids []string, into map[string]bool) {
	for _, id := range ids {
		into[id] = true
		w.o.Log.Warn("delivery was claimed by another worker meanwhile; its result is left to that one", "delivery", id)
	}
}
