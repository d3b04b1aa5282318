package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Options is all that a worker needs. Log, Report, Failpoint and the sizes may
// be left out.
type Options struct {
	Outbox   engine.OutboxStore
	Facts    FactsSource
	Channels engine.Channels
	Clock    func() engine.Time // the present; used by several goroutines
	Jitter   func() float64     // evenly from [0, 1); used by several goroutines
	Log      *slog.Logger
	Report   func(engine.Delivery) // told of every settled delivery, for counters and live lists; must not wait
	// Failpoint is called at "after_send", between a send and its settle, by tests
	// that let a worker die there.
	Failpoint func(name string)

	Batch       int           // deliveries per claim; 500
	Concurrency int           // channels sending at once; 64
	Lease       time.Duration // how long a claim is ours; 60 s
	SendTimeout time.Duration // how long a channel may take for a batch; 15 s
}

// The sizes that are used where Options names none, and the pace of polling.
const (
	defaultBatch       = 500
	defaultConcurrency = 64
	defaultLease       = time.Minute
	defaultSendTimeout = 15 * time.Second
	settleMargin       = 5 * time.Second // of a lease, kept for writing what came of a send
	pollLeast          = 50 * time.Millisecond
	pollMost           = time.Second
)

func (o *Options) complete() error {
	missing := func(name string) error { return errors.New("outbox: Options." + name + " is missing") }
	switch {
	case o.Outbox == nil:
		return missing("Outbox")
	case o.Facts == nil:
		return missing("Facts")
	case o.Channels == nil:
		return missing("Channels")
	case o.Clock == nil:
		return missing("Clock")
	case o.Jitter == nil:
		return missing("Jitter")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(engine.Delivery) {}
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.Lease <= 0 {
		o.Lease = defaultLease
	}
	if o.SendTimeout <= 0 {
		o.SendTimeout = defaultSendTimeout
	}
	if o.Lease < o.SendTimeout+2*settleMargin {
		return fmt.Errorf("outbox: a lease of %s is too short for sends of %s; it must be %s longer", o.Lease, o.SendTimeout, 2*settleMargin)
	}
	return nil
}

// Worker takes due deliveries of all workspaces and gets them sent. Any number
// of workers may share one store.
//
// Before an attempt that must not be repeated (the channel forgets keys, or is
// at most once) the delivery is settled as sending, with its attempt counted and
// SentAt set: it stays claimed, and if we die now, whoever claims it next sees
// that it may have arrived.
type Worker struct {
	o     Options
	tally *tally
	zones zones
	wake  chan struct{}
	slots chan struct{} // one for each channel that is sending

	mu      sync.Mutex // guards senders, and their queues
	senders map[channelKey]*sender
	queued  int
	going   sync.WaitGroup
}

// New makes a worker. The error names what is missing.
func New(o Options) (*Worker, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	return &Worker{
		o: o, tally: newTally(o.Outbox), senders: map[channelKey]*sender{},
		wake: make(chan struct{}, 1), slots: make(chan struct{}, o.Concurrency),
	}, nil
}

// Wake makes a running worker look at once, for instance after a commit that
// queued something. It never waits.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run sends until the context ends; then it finishes what is being sent, gives
// the rest back and returns nil. It looks at once after a full claim, otherwise
// every 50 ms to 1 s, the longer the less there is. Run it once.
func (w *Worker) Run(ctx context.Context) error {
	defer w.going.Wait()
	pause := pollLeast
	for ctx.Err() == nil {
		n, more, err := w.claimAndQueue(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			w.o.Log.Error("claim deliveries", "error", err)
			pause = pollMost
		case more:
			pause = pollLeast
			continue
		case n > 0:
			pause = pollLeast
		default:
			pause = min(2*pause, pollMost)
		}
		w.rest(ctx, pause)
	}
	return nil
}

func (w *Worker) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-w.wake:
	case <-timer.C:
	}
}

// Once claims one batch, sends it channel by channel and returns how many
// deliveries it claimed when all are settled: 0 means that nothing is due. For
// tests and simulations; not beside Run.
func (w *Worker) Once(ctx context.Context) (int, error) {
	claimed, err := w.claim(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range w.byChannel(claimed) {
		for len(s.queue) > 0 {
			w.batch(ctx, s)
		}
	}
	return len(claimed), nil
}

// claim leases what is due and notes it for counting.
func (w *Worker) claim(ctx context.Context) ([]engine.Delivery, error) {
	now := w.o.Clock()
	claimed, err := w.o.Outbox.Claim(ctx, now, now.Add(w.o.Lease), w.o.Batch)
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	for i := range claimed {
		w.tally.ward(claimed[i].Workspace).enter(&claimed[i], now)
	}
	return claimed, nil
}
