package sdk

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// Inbox takes the events that a [Listener] finds.
type Inbox interface {
	// Post returns once every event is durable in Bylaw, or ctx has ended. It waits
	// for the host's credit, so a listener that posts before it reads on is slowed
	// down by a busy host. Events may arrive twice: the host drops repeated ids.
	Post(ctx context.Context, events ...Event) error
}

// inbox is the state of one instance's events in the current session.
type inbox struct {
	id      string
	log     *slog.Logger
	waiting atomic.Int32

	post     sync.Mutex // one Post at a time: sequence numbers are in order
	mu       sync.Mutex
	session  *session
	credit   uint32
	seq      uint64
	acked    uint64
	draining func() bool
	changed  chan struct{} // closed and replaced on every change
}

// inbox finds or makes an instance's box.
func (ss *sessions) inbox(id string, log *slog.Logger) *inbox {
	b := ss.box(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = log
	return b
}

func (ss *sessions) box(id string) *inbox {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	b := ss.boxes[id]
	if b == nil {
		b = &inbox{id: id, session: ss.current, changed: make(chan struct{}), log: slog.New(slog.DiscardHandler)}
		b.draining = func() bool {
			ss.mu.Lock()
			defer ss.mu.Unlock()
			return ss.drain
		}
		ss.boxes[id] = b
	}
	return b
}

// forget drops a closed instance's box: opened again, it begins without credit.
func (ss *sessions) forget(id string) {
	ss.mu.Lock()
	b := ss.boxes[id]
	delete(ss.boxes, id)
	ss.mu.Unlock()
	if b != nil {
		b.reset(nil)
	}
}

// change runs f and wakes whoever waits.
func (b *inbox) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.changed)
	b.changed = make(chan struct{})
}

// reset begins with a new session, or with none.
func (b *inbox) reset(s *session) {
	b.change(func() { b.session, b.credit, b.seq, b.acked = s, 0, 0, 0 })
}

func (b *inbox) grant(n uint32) {
	b.change(func() { b.credit += n })
}

func (b *inbox) acknowledge(a *pb.EventAck) {
	b.change(func() { b.acked = max(b.acked, a.Seq) })
	for _, r := range a.Rejects {
		b.log.Warn("the host refused an event", "seq", r.Seq, "reason", r.Reason)
	}
}

// Post implements Inbox.
func (b *inbox) Post(ctx context.Context, events ...Event) error {
	b.post.Lock()
	defer b.post.Unlock()
	b.waiting.Store(int32(len(events)))
	defer b.waiting.Store(0)
	for len(events) > 0 {
		s, n, err := b.claim(ctx, len(events))
		if err != nil {
			return err
		}
		last, err := b.hand(s, events[:n])
		if err != nil {
			continue // the session is ending: its reset is on the way
		}
		durable, err := b.await(ctx, s, last)
		if err != nil {
			return err
		}
		if durable {
			events = events[n:]
			b.waiting.Store(int32(len(events)))
		}
	}
	return nil
}

const largestEventBatch = 256

// claim waits for a session and credit, and takes up to n of it.
func (b *inbox) claim(ctx context.Context, n int) (*session, int, error) {
	for {
		draining := b.draining()
		b.mu.Lock()
		if b.session != nil && b.credit > 0 && !draining {
			n = min(n, int(b.credit), largestEventBatch)
			b.credit -= uint32(n)
			s := b.session
			b.mu.Unlock()
			return s, n, nil
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// hand writes events to the session and returns the last one's number.
func (b *inbox) hand(s *session, events []Event) (uint64, error) {
	batch := &pb.EventBatch{InstanceId: b.id}
	b.mu.Lock()
	for _, e := range events {
		wire := eventToWire(e)
		b.seq++
		wire.Seq = b.seq
		batch.Events = append(batch.Events, wire)
	}
	last := b.seq
	b.mu.Unlock()
	return last, s.send(&pb.PluginFrame{Frame: &pb.PluginFrame_Events{Events: batch}})
}

// await is true when everything up to last is durable, false when the session
// ended first and the events must be handed over again.
func (b *inbox) await(ctx context.Context, s *session, last uint64) (bool, error) {
	for {
		b.mu.Lock()
		same, acked, changed := b.session == s, b.acked, b.changed
		b.mu.Unlock()
		switch {
		case !same:
			return false, nil
		case acked >= last:
			return true, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
