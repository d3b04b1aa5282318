package outbox

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// running is a world whose clock is the bubble's, with a worker that runs in it.
// Stop ends it and waits.
func running(t *testing.T, prepare func(w *world), changes ...func(*Options)) (w *world, worker *Worker, stop func()) {
	w = newWorld(t)
	start := time.Now()
	now := func() engine.Time { return at0.Add(time.Since(start)) }
	w.channel.now = now
	prepare(w)
	worker = w.worker(append(changes, func(o *Options) { o.Clock = now })...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- worker.Run(ctx) }()
	return w, worker, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	}
}

func slowly(channel string, d time.Duration) func(ctx context.Context, c string) {
	return func(ctx context.Context, c string) {
		if c == channel {
			time.Sleep(d)
		}
	}
}

func (w *world) states() map[engine.DeliveryState]int {
	n := map[engine.DeliveryState]int{}
	for _, d := range w.all() {
		n[d.State]++
	}
	return n
}

// One channel that takes 10 s for a message, with 1,500 waiting before all others,
// delays nobody else.
func TestSlowChannelDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, worker, stop := running(t, func(w *world) {
			w.open("slow", engine.ChannelTraits{MaxBatch: 1})
			w.channel.wait = slowly("slow", 10*time.Second)
			var all []engine.Delivery
			for _, id := range ids("s", 1500) {
				all = append(all, w.mail(id, "m1", via("slow"), func(d *engine.Delivery) { d.Due -= 1000 }))
			}
			for _, id := range ids("d", 500) {
				all = append(all, w.mail(id, "m2"))
			}
			w.queue(all...)
		})
		time.Sleep(2 * time.Second)
		if fast, slow := w.sentOver("mail"), w.sentOver("slow"); fast != 500 || slow != 1 {
			t.Errorf("after 2 s %d quick and %d slow messages were sent", fast, slow)
		}
		worker.mu.Lock()
		queued := worker.queued
		worker.mu.Unlock()
		if n := w.states()[engine.DeliveryPending]; queued > queueMost || n < 1500-queueMost-1 {
			t.Errorf("%d are in memory, %d wait in the store", queued, n)
		}
		time.Sleep(2*time.Minute - 2*time.Second)
		stop()
		w.checkSlow(worker)
	})
}

func (w *world) sentOver(channel string) (n int) {
	w.channel.mu.Lock()
	defer w.channel.mu.Unlock()
	for _, m := range w.channel.sent {
		if m.Channel == channel {
			n++
		}
	}
	return n
}

// checkSlow looks at what two minutes made of a channel that takes 10 s: it never
// waited for its messages, and they were not claimed again and again.
func (w *world) checkSlow(worker *Worker) {
	if n := w.sentOver("slow"); n < 12 || n > 13 {
		w.t.Errorf("%d slow messages in 2 minutes", n)
	}
	for key, n := range w.channel.calls {
		if n != 1 {
			w.t.Errorf("%s was sent %d times", key, n)
		}
	}
	claims := int64(0)
	for _, d := range w.all() {
		if d.Channel == "slow" {
			claims += d.Epoch
		}
	}
	if claims > 1500*5 {
		w.t.Errorf("1,500 messages were claimed %d times", claims)
	}
	if n := len(worker.tally.ward("w").byName); n != 0 {
		w.t.Errorf("the tally keeps %d names", n)
	}
}

// A stop finishes what is being sent and gives the rest back at once, as if it had
// never been claimed.
func TestGracefulStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, stop := running(t, func(w *world) {
			w.channel.wait = slowly("mail", 5*time.Second)
			var all []engine.Delivery
			for _, id := range ids("d", 100) {
				all = append(all, w.mail(id, "m1"))
			}
			all[99].State, all[99].Because = engine.DeliveryHeld, engine.QuietHours
			w.queue(all...)
		})
		time.Sleep(time.Second)
		before := time.Now()
		stop()
		if took := time.Since(before); took != 4*time.Second {
			t.Errorf("the stop took %s; the batch being sent needed 4 s more", took)
		}
		if got := fmt.Sprint(w.states()); got != "map[held:1 pending:89 sent:10]" {
			t.Errorf("left behind: %s", got)
		}
		w.expectOnce(10)
		if d := w.get("d0050"); d.Attempts != 0 || d.Due != at0 || d.SentAt != 0 {
			t.Errorf("given back as %+v", d)
		}
		w.clock.Store(int64(at0.Add(10 * time.Second)))
		w.channel.wait = nil
		w.drain(w.worker())
		w.expectOnce(100)
	})
}

// countingStore notes when it is asked for work.
type countingStore struct {
	engine.OutboxStore
	asked []time.Time
}

func (s *countingStore) Claim(ctx context.Context, now, until engine.Time, limit int) ([]engine.Delivery, error) {
	s.asked = append(s.asked, time.Now())
	return s.OutboxStore.Claim(ctx, now, until, limit)
}

// Idle it looks once a second at the most; what is queued with a wake goes at once,
// and without one within a second.
func TestPollingAndWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{}
		var worker *Worker
		w, worker, stop := running(t, func(w *world) {
			store.OutboxStore = w.store.Outbox()
		}, func(o *Options) { o.Outbox = store })
		time.Sleep(time.Minute + 300*time.Millisecond)
		synctest.Wait()
		var pauses []time.Duration
		for i := range store.asked[1:] {
			pauses = append(pauses, store.asked[i+1].Sub(store.asked[i]))
		}
		if !slices.IsSorted(pauses) || pauses[0] != 100*time.Millisecond || slices.Max(pauses) != time.Second || len(pauses) > 65 {
			t.Errorf("idle, it looked after %v", pauses)
		}
		woken := time.Now()
		w.queue(w.mail("a", "m1"))
		worker.Wake()
		worker.Wake() // never waits
		synctest.Wait()
		w.expectKeys("a")
		if time.Since(woken) != 0 {
			t.Errorf("woken, it took %s", time.Since(woken))
		}
		time.Sleep(30 * time.Second)
		w.queue(w.mail("b", "m1"))
		time.Sleep(time.Second)
		synctest.Wait()
		w.expectKeys("a", "b")
		stop()
	})
}

// brokenStore cannot claim for a while.
type brokenStore struct {
	engine.OutboxStore
	until time.Time
}

func (s *brokenStore) Claim(ctx context.Context, now, until engine.Time, limit int) ([]engine.Delivery, error) {
	if time.Now().Before(s.until) {
		return nil, context.DeadlineExceeded
	}
	return s.OutboxStore.Claim(ctx, now, until, limit)
}

func TestRunSurvivesAStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &brokenStore{until: time.Now().Add(time.Minute)}
		w, _, stop := running(t, func(w *world) {
			store.OutboxStore = w.store.Outbox()
			w.queue(w.mail("a", "m1"))
		}, func(o *Options) { o.Outbox = store })
		time.Sleep(62 * time.Second)
		stop()
		w.expect("a", engine.DeliverySent, "")
	})
}

// Channels send side by side, as many as are allowed.
func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, most := 0, 0
		_, _, stop := running(t, func(w *world) {
			w.channel.wait = func(context.Context, string) {
				w.channel.mu.Lock()
				busy++
				most = max(most, busy)
				w.channel.mu.Unlock()
				time.Sleep(time.Second)
				w.channel.mu.Lock()
				busy--
				w.channel.mu.Unlock()
			}
			var all []engine.Delivery
			for n := range 20 {
				key := fmt.Sprint("c", n)
				w.open(key, forgets)
				all = append(all, w.mail(key, "m1", via(key)))
			}
			w.queue(all...)
		}, func(o *Options) { o.Concurrency = 5 })
		time.Sleep(10 * time.Second)
		stop()
		if most != 5 {
			t.Errorf("%d channels sent at once", most)
		}
	})
}

// A backlog many times the queue's size goes out whole and quickly.
func TestBacklogDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, stop := running(t, func(w *world) {
			w.channel.traits["mail"] = engine.ChannelTraits{MaxBatch: 100, Dedupes: true}
			w.channel.wait = slowly("mail", 50*time.Millisecond) // 2,000 a second
			var all []engine.Delivery
			for _, id := range ids("d", 6000) {
				all = append(all, w.mail(id, "m1"))
			}
			w.queue(all...)
		})
		time.Sleep(20 * time.Second)
		stop()
		w.expectOnce(6000)
		last := w.channel.sent[len(w.channel.sent)-1].At.Sub(at0)
		if last > 8*time.Second {
			t.Errorf("6,000 messages over a channel that takes 2,000 a second took %s", last)
		}
	})
}
