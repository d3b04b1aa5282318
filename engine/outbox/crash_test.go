package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// dies runs a worker that is killed between a send and its settle.
func (w *world) dies() {
	w.t.Helper()
	killed := errors.New("killed")
	defer func() {
		if r := recover(); r != any(killed) {
			w.t.Fatalf("it ended with %v", r)
		}
	}()
	_, _ = w.worker(func(o *Options) {
		o.Failpoint = func(name string) {
			if name == "after_send" {
				panic(killed)
			}
		}
	}).Once(context.Background())
}

// What a crash between send and settle makes of a delivery, by what the channel
// is able to recognise.
func TestCrashAfterSend(t *testing.T) {
	for _, c := range []struct {
		about  string
		traits engine.ChannelTraits
		once   bool
		after  time.Duration // until the next worker looks
		state  engine.DeliveryState
		calls  int
	}{
		{"keys forgotten: never again", forgets, false, time.Minute, engine.DeliveryUncertain, 1},
		{"keys known: again, under the same key", knowsKeys, false, time.Minute, engine.DeliverySent, 2},
		{"keys known, but at most once was asked", knowsKeys, true, time.Minute, engine.DeliveryUncertain, 1},
		{"keys still known", knows10m, false, 9 * time.Minute, engine.DeliverySent, 2},
		{"keys forgotten meanwhile", knows10m, false, 10 * time.Minute, engine.DeliveryUncertain, 1},
		{"its time over meanwhile: in doubt, not expired", forgets, false, 30 * time.Hour, engine.DeliveryUncertain, 1},
		{"its time over meanwhile, and the key known", knows10m, false, 30 * time.Hour, engine.DeliveryUncertain, 1},
	} {
		w := newWorld(t)
		w.open("sms", c.traits).AtMostOnce = c.once
		w.queue(w.mail("a", "m1", via("sms")))
		w.dies()
		if d := w.expect("a", engine.DeliverySending, ""); d.Lease != at0.Add(time.Minute) {
			t.Errorf("%s: leased until %s", c.about, d.Lease)
		}
		w.drain(w.worker()) // the lease still runs
		if n := w.channel.calls["a"]; n != 1 {
			t.Errorf("%s: sent %d times while it was leased", c.about, n)
		}
		w.pass(c.after)
		w.drain(w.worker())
		if d := w.get("a"); d.State != c.state || w.channel.calls["a"] != c.calls {
			t.Errorf("%s: %s after %d calls, want %s after %d", c.about, d.State, w.channel.calls["a"], c.state, c.calls)
		}
	}
}

// A crash before the send leaves no doubt: the message goes out once.
func TestCrashBeforeSend(t *testing.T) {
	w := newWorld(t)
	w.open("sms", forgets)
	w.queue(w.mail("a", "m1", via("sms")))
	if _, err := w.store.Outbox().Claim(context.Background(), w.now(), w.now().Add(time.Minute), 10); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.drain(w.worker())
	w.expect("a", engine.DeliverySent, "")
	w.expectOnce(1)
}

// A crash with a certain failure before it: the first attempt leaves no doubt, the
// second does.
func TestCrashOnSecondAttempt(t *testing.T) {
	w := newWorld(t)
	w.open("sms", forgets)
	w.channel.answer = always(engine.Retryable)
	w.queue(w.mail("a", "m1", via("sms")))
	w.drain(w.worker())
	if d := w.expect("a", engine.DeliveryPending, ""); d.SentAt != 0 || d.Attempts != 1 {
		t.Fatalf("after a certain failure: %+v", d)
	}
	w.pass(5 * time.Second)
	w.dies()
	w.pass(time.Minute)
	w.drain(w.worker())
	d := w.expect("a", engine.DeliveryUncertain, "")
	if d.Attempts != 2 || d.SentAt != at0.Add(5*time.Second) || d.Detail != stopped || w.channel.calls["a"] != 2 {
		t.Errorf("%d calls, %+v", w.channel.calls["a"], d)
	}
}

// stallingStore lets somebody else act before a settle.
type stallingStore struct {
	engine.OutboxStore
	before func()
}

func (s *stallingStore) Settle(ctx context.Context, d []engine.Delivery) ([]string, error) {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.OutboxStore.Settle(ctx, d)
}

// A worker that stalls after its claim until its lease ran out doesn't send: the
// mark is refused by the epoch, and the other's result stands.
func TestStalledBeforeSendIsFenced(t *testing.T) {
	w := newWorld(t)
	w.open("sms", forgets)
	w.queue(w.mail("a", "m1", via("sms")))
	store := &stallingStore{OutboxStore: w.store.Outbox(), before: func() {
		w.pass(61 * time.Second)
		w.drain(w.worker())
	}}
	w.drain(w.worker(func(o *Options) { o.Outbox = store }))
	w.expect("a", engine.DeliverySent, "")
	w.expectOnce(1)
}

// Two servers' clocks differ: the one behind thinks that its lease still runs while
// the other has claimed and sent. The mark tells it.
func TestClockBehindIsFenced(t *testing.T) {
	w := newWorld(t)
	w.open("sms", forgets)
	w.queue(w.mail("a", "m1", via("sms")), w.mail("b", "m2", via("sms")))
	store := &stallingStore{OutboxStore: w.store.Outbox(), before: func() {
		w.drain(w.worker(func(o *Options) {
			o.Batch = 1
			o.Clock = func() engine.Time { return w.now().Add(61 * time.Second) }
		}))
	}}
	w.drain(w.worker(func(o *Options) { o.Outbox = store }))
	w.expectOnce(2)
}

// A worker that stalls between send and settle loses its settle and sends nothing
// again; the other one sends under the same key only where that is recognised.
func TestStalledAfterSendIsFenced(t *testing.T) {
	for _, c := range []struct {
		traits engine.ChannelTraits
		state  engine.DeliveryState
		calls  int
	}{{knowsKeys, engine.DeliverySent, 2}, {forgets, engine.DeliveryUncertain, 1}} {
		w := newWorld(t)
		w.open("sms", c.traits)
		w.queue(w.mail("a", "m1", via("sms")))
		stalled := false
		var reported []engine.Delivery
		slow := w.worker(func(o *Options) {
			o.Failpoint = func(string) {
				stalled = true
				w.pass(61 * time.Second)
				w.drain(w.worker())
			}
			o.Report = func(d engine.Delivery) { reported = append(reported, d) }
		})
		w.drain(slow)
		d := w.get("a")
		if !stalled || d.State != c.state || w.channel.calls["a"] != c.calls || d.Epoch != 2 {
			t.Errorf("%s after %d calls, epoch %d; want %s after %d", d.State, w.channel.calls["a"], d.Epoch, c.state, c.calls)
		}
		if len(reported) != 0 {
			t.Errorf("the stalled worker reported what it lost: %+v", reported)
		}
	}
}

// A worker whose lease has hardly any time left gives its claim back.
func TestLowLeaseIsGivenBack(t *testing.T) {
	w := newWorld(t)
	w.queue(w.mail("a", "m1"), w.mail("b", "m2"))
	store := &flakyStore{OutboxStore: w.store.Outbox()}
	worker := w.worker(func(o *Options) { o.Outbox = store })
	claimed, err := worker.claim(context.Background())
	if err != nil || len(claimed) != 2 {
		t.Fatal(claimed, err)
	}
	w.pass(41 * time.Second)
	for _, s := range worker.byChannel(claimed) {
		worker.batch(context.Background(), s)
	}
	w.expectKeys()
	if d := w.expect("a", engine.DeliveryPending, ""); d.Attempts != 0 || d.Due != at0 {
		t.Errorf("given back as %+v", d)
	}
	if n := -store.fail.Load(); n != 1 {
		t.Errorf("%d settles, though nothing needed a mark", n)
	}
	w.drain(worker)
	w.expectOnce(2)
}

// So does one whose mark took too long; the next attempt is the first.
func TestLowLeaseAfterMark(t *testing.T) {
	w := newWorld(t)
	w.open("sms", forgets)
	w.queue(w.mail("a", "m1", via("sms")))
	store := &stallingStore{OutboxStore: w.store.Outbox(), before: func() { w.pass(41 * time.Second) }}
	worker := w.worker(func(o *Options) { o.Outbox = store })
	if _, err := worker.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	if d := w.expect("a", engine.DeliveryPending, ""); d.SentAt != 0 || d.Attempts != 0 || len(w.channel.sent) != 0 {
		t.Errorf("given back as %+v", d)
	}
	w.drain(worker)
	if d := w.expect("a", engine.DeliverySent, ""); d.Attempts != 1 || d.Epoch != 2 {
		t.Errorf("sent as %+v", d)
	}
	w.expectOnce(1)
}

// flakyStore fails some settles, before or after they are written.
type flakyStore struct {
	engine.OutboxStore
	fail atomic.Int32 // so many settles fail
	late bool         // after they were written
}

func (s *flakyStore) Settle(ctx context.Context, d []engine.Delivery) ([]string, error) {
	if s.fail.Add(-1) < 0 {
		return s.OutboxStore.Settle(ctx, d)
	}
	if s.late {
		_, _ = s.OutboxStore.Settle(ctx, d)
	}
	return nil, errors.New("connection lost")
}

// Settles that fail are written again; nothing is sent again.
func TestSettleFails(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		w.open("hook", knowsKeys)
		w.queue(w.mail("a", "m1", via("hook")))
		store := &flakyStore{OutboxStore: w.store.Outbox(), late: late}
		store.fail.Store(1)
		w.drain(w.worker(func(o *Options) { o.Outbox = store }))
		w.expect("a", engine.DeliverySent, "")
		w.expectOnce(1)
	}
}

// A mark that fails to be written, or whose answer is lost, keeps the message from
// being sent; it goes back without a doubt, for nobody was given it.
func TestMarkFails(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		w.open("sms", forgets)
		w.queue(w.mail("a", "m1", via("sms")))
		store := &flakyStore{OutboxStore: w.store.Outbox(), late: late}
		store.fail.Store(1)
		w.drain(w.worker(func(o *Options) { o.Outbox = store }))
		if d := w.expect("a", engine.DeliveryPending, ""); d.SentAt != 0 || d.Attempts != 0 || len(w.channel.sent) != 0 {
			t.Errorf("late %v: %+v", late, d)
		}
		w.live(w.worker(), time.Minute)
		w.expect("a", engine.DeliverySent, "")
		w.expectOnce(1)
	}
}

// Several workers at once on one store, over a channel that counts raw calls.
func TestWorkersShareAStore(t *testing.T) {
	w := newWorld(t)
	var all []engine.Delivery
	for i, id := range ids("d", 400) {
		all = append(all, w.mail(id, fmt.Sprint("m", i%7)))
	}
	w.queue(all...)
	var wg sync.WaitGroup
	for range 4 {
		worker := w.worker(func(o *Options) { o.Batch = 7 })
		wg.Go(func() {
			for {
				n, err := worker.Once(context.Background())
				if err != nil {
					t.Error(err)
				}
				if n == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	w.expectOnce(400)
	for _, d := range w.all() {
		if d.State != engine.DeliverySent {
			t.Fatalf("%s is %s", d.ID, d.State)
		}
	}
}

// Random crashes, stalls and failures over channels of all kinds: nothing is lost,
// every raw call carries the delivery's key, and a channel that forgets keys, or is
// at most once, gets no key twice unless the first was certainly not delivered.
func TestRandomCrashes(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 30
	}
	for seed := range rounds {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		w := newWorld(t)
		w.rand = random.Float64
		w.open("forgets", forgets)
		w.open("once", knowsKeys).AtMostOnce = true
		w.open("knows", knowsKeys)
		doubtful := map[string]bool{} // keys handed over with no certain failure
		w.channel.answer = func(m engine.Message, _ int) engine.Receipt {
			if doubtful[m.Key] {
				t.Fatalf("seed %d: %s was sent again in doubt", seed, m.Key)
			}
			outcome := []engine.SendOutcome{engine.Delivered, engine.Delivered, engine.Retryable, engine.UnknownOutcome, engine.RateLimited}[random.IntN(5)]
			if m.Key[0] != 'k' && outcome != engine.Retryable && outcome != engine.RateLimited {
				doubtful[m.Key] = true
			}
			return engine.Receipt{Outcome: outcome, RetryAfter: time.Second}
		}
		var all []engine.Delivery
		for i := range 30 {
			channel := []string{"forgets", "once", "knows"}[i%3]
			all = append(all, w.mail(fmt.Sprintf("%c%d", channel[0], i), "m1", via(channel)))
		}
		w.queue(all...)
		for range 20 {
			w.stumbles(random)
			w.pass(time.Duration(random.IntN(90)) * time.Second)
		}
		w.live(w.worker(), 48*time.Hour)
		for _, d := range w.all() {
			if !Final(d.State) || d.State == engine.DeliveryExpired && w.channel.calls[d.ID] == 0 {
				t.Fatalf("seed %d: %s ended as %s %q", seed, d.ID, d.State, d.Because)
			}
		}
	}
}

// stumbles runs a worker once that may die or stall at any send.
func (w *world) stumbles(random *rand.Rand) {
	killed := errors.New("killed")
	defer func() {
		if r := recover(); r != nil && r != any(killed) {
			panic(r)
		}
	}()
	_, _ = w.worker(func(o *Options) {
		o.Batch = 1 + random.IntN(20)
		o.Failpoint = func(string) {
			switch random.IntN(4) {
			case 0:
				panic(killed)
			case 1:
				w.pass(time.Duration(random.IntN(120)) * time.Second)
			}
		}
	}).Once(context.Background())
}
