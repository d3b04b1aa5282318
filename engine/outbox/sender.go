package outbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

type channelKey struct{ workspace, channel string }

// sender is one channel's queue and what we know of how it fares. One batch of
// a channel is sent at a time: a slow one delays nothing but itself.
type sender struct {
	key     channelKey
	queue   []engine.Delivery
	running bool
	pace    time.Duration // per message, smoothed; 0 while unknown
	began   engine.Time   // when the batch that is on its way was taken; 0 when there is none
	size    int           // of that batch
	line    engine.Time   // the last place given to what did not fit into the queue

	// Of the goroutine that sends.
	breaker breaker
	slot    engine.Time // the last place given to what met the platform's quota
	limited engine.Time // the remote asked us to go slow until then
}

// How much of a channel's due work is kept in memory.
const (
	queueTime  = 20 * time.Second // what the channel can send in this time,
	queueMost  = 1024             // but not more than this,
	batchMost  = 256              // and never less than fits into a call, which is at most this
	totalQueue = 20_000           // over all channels
	lineMost   = time.Minute
)

// room is how many more deliveries the queue takes.
func (s *sender) room() int {
	most := queueMost
	if s.pace > 0 {
		most = min(max(int(queueTime/s.pace), 1), queueMost)
	}
	return most - len(s.queue)
}

// place is when a delivery that found the queue full should find room: one
// after the other at the channel's own pace, within a minute or two.
func (s *sender) place(d *engine.Delivery, now engine.Time) engine.Time {
	step := max(s.pace, 100*time.Microsecond)
	if s.began != 0 && s.size > 0 { // it takes at least as long as it has taken
		step = max(step, now.Sub(s.began)/time.Duration(s.size))
	}
	s.line = max(s.line, now.Add(time.Duration(len(s.queue))*step)).Add(step)
	if s.line.Sub(now) > lineMost {
		s.line = now.Add(lineMost)
		return s.line.Add(spread(d.ID, lineMost))
	}
	return s.line
}

// quotaSlot is a place behind all others that wait for the platform's quota.
func (s *sender) quotaSlot(now engine.Time, perMinute int) engine.Time {
	s.slot = max(s.slot.Add(time.Minute/time.Duration(perMinute)), now.Add(quotaAgain))
	return s.slot
}

// byChannel puts deliveries into their channels' queues and returns the
// channels in order of their first delivery. For Once.
func (w *Worker) byChannel(claimed []engine.Delivery) (order []*sender) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range claimed {
		s := w.sender(&d)
		s.queue = append(s.queue, d)
		w.queued++
		if !slices.Contains(order, s) {
			order = append(order, s)
		}
	}
	return order
}

func (w *Worker) sender(d *engine.Delivery) *sender {
	key := channelKey{d.Workspace, d.Channel}
	s := w.senders[key]
	if s == nil {
		s = &sender{key: key}
		w.senders[key] = s
	}
	return s
}

// claimAndQueue claims once and sees that every channel with work is sending.
// What does not fit is put back until its channel should have caught up. More
// says that there is probably more to claim, and room for it.
func (w *Worker) claimAndQueue(ctx context.Context) (n int, more bool, err error) {
	claimed, err := w.claim(ctx)
	if err != nil {
		return 0, false, err
	}
	now := w.o.Clock()
	var back []engine.Delivery
	w.mu.Lock()
	for i := range claimed {
		d := claimed[i]
		s := w.sender(&d)
		if s.room() <= 0 || w.queued >= totalQueue {
			back = append(back, putBack(d, s.place(&d, now), now))
			continue
		}
		s.queue = append(s.queue, d)
		w.queued++
		if !s.running {
			s.running = true
			w.going.Go(func() { w.drain(ctx, s) })
		}
	}
	w.mu.Unlock()
	w.giveBack(context.WithoutCancel(ctx), back)
	return len(claimed), len(claimed) == w.o.Batch && len(back) == 0, nil
}

// drain sends a channel's queue until it is empty, or gives it back when the
// worker stops.
func (w *Worker) drain(ctx context.Context, s *sender) {
	for w.keepGoing(s) {
		select {
		case <-ctx.Done():
		case w.slots <- struct{}{}:
			if ctx.Err() == nil {
				w.batch(ctx, s)
			}
			<-w.slots
		}
		if ctx.Err() != nil {
			now := w.o.Clock()
			var back []engine.Delivery
			for _, d := range w.take(s, queueMost) {
				back = append(back, putBack(d, d.Due, now))
			}
			w.giveBack(context.WithoutCancel(ctx), back)
		}
	}
}

func (w *Worker) keepGoing(s *sender) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.running = len(s.queue) > 0
	return s.running
}

// take removes up to n deliveries from the front of a queue.
func (w *Worker) take(s *sender, n int) []engine.Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	n = min(n, len(s.queue))
	jobs := slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	w.queued -= n
	return jobs
}

// begin takes a batch, end says that it is done.
func (w *Worker) begin(s *sender, n int) []engine.Delivery {
	jobs := w.take(s, n)
	w.mu.Lock()
	defer w.mu.Unlock()
	s.began, s.size = w.o.Clock(), len(jobs)
	return jobs
}

func (w *Worker) end(s *sender) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.began = 0
}

// learnPace smooths how long a message takes.
func (w *Worker) learnPace(s *sender, took time.Duration, messages int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	each := max(took, 0) / time.Duration(messages)
	s.pace = (cmp.Or(s.pace, each) + each) / 2
}

// putBack makes a claimed delivery wait again as if it had not been claimed.
func putBack(d engine.Delivery, due, now engine.Time) engine.Delivery {
	if over(&d, now) {
		return expire(d)
	}
	d.State, d.Due = engine.DeliveryPending, upTo(due, d.NotAfter)
	if d.Because != "" {
		d.State = engine.DeliveryHeld
	}
	return d
}
