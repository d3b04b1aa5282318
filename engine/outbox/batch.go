package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	factsTimeout = 10 * time.Second
	factsAgain   = 5 * time.Second
	stopped      = "it was being sent when the server stopped, or lost its lease"
)

// batch is some deliveries of one channel on their way through gate, mark, send
// and settle, with what is known at this moment.
type batch struct {
	*Worker
	s          *sender
	ctx        context.Context // not cancelled by a stop: what is begun is finished
	defs       *engine.Definitions
	def        *engine.ChannelDef // nil when it was deleted
	channel    Channel
	traits     engine.ChannelTraits
	down       string
	members    map[string]*engine.Member
	users      map[string][]User // by the address of a target that names them
	suppressed map[string]bool
}

// batch takes what one call may carry from a channel's queue and settles it all.
func (w *Worker) batch(ctx context.Context, s *sender) {
	b := &batch{Worker: w, s: s, ctx: context.WithoutCancel(ctx)}
	facts, cancel := context.WithTimeout(b.ctx, factsTimeout)
	defer cancel()
	err := b.askChannel(facts)
	jobs := w.begin(s, b.size())
	defer w.end(s)
	if err == nil {
		jobs, err = b.askUsers(facts, jobs)
	}
	if err == nil {
		err = b.askPeople(facts, jobs)
	}
	if err != nil {
		b.trouble(jobs, err)
		return
	}
	going := b.decide(facts, jobs)
	if going = b.mark(going); len(going) > 0 {
		b.send(going)
	}
}

// size is how many deliveries this batch takes.
func (b *batch) size() int {
	if b.down != "" || b.traits.MaxBatch == 0 {
		return batchMost
	}
	return b.s.breaker.most(min(max(b.traits.MaxBatch, 1), batchMost))
}

// askChannel finds out what the channel is and whether it may send.
func (b *batch) askChannel(ctx context.Context) (err error) {
	b.defs, err = b.o.Facts.Definitions(ctx, b.s.key.workspace)
	if err != nil {
		return fmt.Errorf("load definitions: %w", err)
	}
	b.def = b.defs.Channels[b.s.key.channel]
	if b.def == nil || b.def.Disabled {
		b.down = "the channel is off"
		return nil
	}
	b.channel, err = b.o.Facts.Channel(ctx, b.s.key.workspace, b.s.key.channel)
	switch {
	case engine.CodeOf(err) == engine.CodeNotFound:
		b.down = "the channel has no configuration"
		return nil
	case err != nil:
		return fmt.Errorf("load channel %s: %w", b.s.key.channel, err)
	}
	if b.down = b.channel.Down; b.down != "" {
		return nil
	}
	b.traits, err = b.o.Channels.Traits(ctx, b.channel.Config.Plugin)
	if err != nil {
		b.o.Log.Warn("ask a plugin what it can", "plugin", b.channel.Config.Plugin, "error", err)
		b.down = fmt.Sprintf("plugin %s does not answer", b.channel.Config.Plugin)
	} else if b.s.breaker.resting(b.o.Clock()) {
		b.down = "the channel rests after many failures in a row"
	}
	return nil
}

// askPeople loads the members and suppressed addresses that deliveries name.
func (b *batch) askPeople(ctx context.Context, jobs []engine.Delivery) (err error) {
	var ids, addresses []string
	for i := range jobs {
		if jobs[i].Member != "" {
			ids = append(ids, jobs[i].Member)
		}
		if address := b.target(&jobs[i]).Address; address != "" {
			addresses = append(addresses, address)
		}
	}
	if len(ids) > 0 {
		if b.members, err = b.o.Facts.Members(ctx, b.s.key.workspace, unique(ids)); err != nil {
			return fmt.Errorf("load members: %w", err)
		}
	}
	if len(addresses) > 0 {
		b.suppressed, err = b.o.Facts.Suppressed(ctx, b.s.key.workspace, b.s.key.channel, unique(addresses))
		if err != nil {
			return fmt.Errorf("load suppressed addresses: %w", err)
		}
	}
	return nil
}

// trouble puts deliveries back that could not be asked about.
func (b *batch) trouble(jobs []engine.Delivery, err error) {
	b.o.Log.Error("deliveries wait: their facts cannot be read", "workspace", b.s.key.workspace, "channel", b.s.key.channel, "error", err)
	now := b.o.Clock()
	for i := range jobs {
		jobs[i] = putBack(jobs[i], now.Add(factsAgain+spread(jobs[i].ID, factsAgain)), now)
	}
	b.giveBack(b.ctx, jobs)
}

// inTime is whether enough of a claim is left to send and settle within it.
func (b *batch) inTime(d *engine.Delivery, now engine.Time) bool {
	return now.Add(b.o.SendTimeout+settleMargin) <= d.Lease
}

// mark puts attempts on record that must not be made twice, and drops those
// that are not ours any more. A claim that ran low meanwhile is given back.
func (b *batch) mark(going []engine.Delivery) []engine.Delivery {
	if len(going) == 0 {
		return nil
	}
	lost := map[string]bool{}
	if marked(b.traits, b.def.AtMostOnce) {
		now := b.o.Clock()
		marks := make([]engine.Delivery, len(going))
		for i, d := range going {
			d.Attempts, d.Detail = d.Attempts+1, stopped
			if d.SentAt == 0 {
				d.SentAt = now
			}
			marks[i] = d
		}
		ids, err := b.o.Outbox.Settle(b.ctx, marks)
		if err != nil {
			b.trouble(going, fmt.Errorf("mark as sending: %w", err))
			return nil
		}
		b.lost(ids, lost)
	}
	return b.stillOurs(going, lost)
}

func (b *batch) stillOurs(going []engine.Delivery, lost map[string]bool) []engine.Delivery {
	now := b.o.Clock()
	var ours, back, gone []engine.Delivery
	for _, d := range going {
		switch {
		case lost[d.ID]:
			gone = append(gone, d)
		case !b.inTime(&d, now):
			back = append(back, putBack(d, d.Due, now))
		default:
			ours = append(ours, d)
		}
	}
	b.forget(gone)
	b.giveBack(b.ctx, back)
	return ours
}

func unique(list []string) []string {
	seen := make(map[string]bool, len(list))
	out := list[:0]
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
