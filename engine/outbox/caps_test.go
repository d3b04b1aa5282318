package outbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func (w *world) caps(day, week int) {
	w.facts.defs.Settings.CapDay, w.facts.defs.Settings.CapWeek = day, week
}

func days(n int) func(*engine.Delivery) {
	return func(d *engine.Delivery) { d.NotAfter = d.NotAfter.Add(time.Duration(n-1) * 24 * time.Hour) }
}

// Five at once, one a day allowed: one goes out each day, the others say why they
// wait; service messages and such that don't promote go at once.
func TestCapOfADay(t *testing.T) {
	w := newWorld(t)
	w.caps(1, 0)
	w.open("sms", knowsKeys)
	w.queue(w.mail("a", "m1", promoting, days(6)), w.mail("b", "m1", promoting, days(6), via("sms")), w.mail("c", "m1", promoting, days(6)),
		w.mail("d", "m1", promoting, days(6), via("sms")), w.mail("e", "m1", promoting, days(6)),
		w.mail("news", "m1"), w.mail("service", "m1", promoting, func(d *engine.Delivery) { d.Service = true }), w.mail("x", "m2", promoting))
	worker := w.worker()
	w.drain(worker)
	// "service" promotes too and counts, but is not held; it is "a" that was first.
	w.expectKeys("a", "news", "service", "x")
	w.live(worker, 2*time.Minute)
	d := w.expect("b", engine.DeliveryHeld, engine.CapReached)
	midnight := local(t, "Asia/Shanghai", "2026-01-02 00:00:00")
	if d.Detail != capDay || d.Due < midnight || d.Due >= midnight.Add(spreadMax) {
		t.Errorf("held until %s: %s", d.Due, d.Detail)
	}
	w.live(worker, 5*24*time.Hour)
	perDay := map[string]int{}
	for _, m := range w.channel.sent {
		if len(m.Key) == 1 && m.Key != "x" {
			perDay[m.At.Std().In(zone(t, "Asia/Shanghai")).Format("02")]++
		}
	}
	if got := fmt.Sprint(perDay); got != "map[01:1 02:1 03:1 04:1 05:1]" {
		t.Errorf("by day: %s", got)
	}
}

// Three in seven days allowed: the fourth waits until the first is a week old.
func TestCapOfAWeek(t *testing.T) {
	w := newWorld(t)
	w.caps(0, 3)
	var all []engine.Delivery
	for i, id := range ids("d", 4) {
		all = append(all, w.mail(id, "m1", promoting, days(10), func(d *engine.Delivery) { d.Due = at0.Add(time.Duration(i) * time.Hour) }))
	}
	w.queue(all...)
	w.live(w.worker(), 9*24*time.Hour)
	if len(w.channel.sent) != 4 {
		t.Fatalf("%d were sent", len(w.channel.sent))
	}
	if waited := w.channel.sent[3].At.Sub(w.channel.sent[0].At); waited < week || waited > week+25*time.Hour {
		t.Errorf("the fourth came %s after the first", waited)
	}
}

// One that fails for good frees its place within a minute or so, not tomorrow.
func TestFailureFreesItsPlace(t *testing.T) {
	w := newWorld(t)
	w.caps(1, 0)
	w.channel.answer = func(m engine.Message, _ int) engine.Receipt {
		if m.Key == "a" {
			return engine.Receipt{Outcome: engine.Permanent}
		}
		return engine.Receipt{Outcome: engine.Delivered}
	}
	w.queue(w.mail("a", "m1", promoting), w.mail("b", "m1", promoting))
	w.live(w.worker(), 2*time.Minute)
	w.expect("b", engine.DeliverySent, "")
}

// What may have arrived counts while it waits for another try.
func TestDoubtCounts(t *testing.T) {
	w := newWorld(t)
	w.caps(1, 0)
	w.open("hook", knowsKeys)
	w.channel.answer = always(engine.UnknownOutcome)
	w.queue(w.mail("a", "m1", promoting, via("hook")))
	worker := w.worker()
	w.drain(worker)
	w.expect("a", engine.DeliveryPending, "")
	w.queue(w.mail("b", "m1", promoting))
	w.drain(worker)
	w.expect("b", engine.DeliveryHeld, engine.CapReached)
	w.channel.answer = always(engine.Delivered)
	w.live(worker, time.Hour)
	w.expect("a", engine.DeliverySent, "") // it doesn't stand in its own way
	w.expect("b", engine.DeliveryHeld, engine.CapReached)
}

// A person is one person after a merge.
func TestCapsFollowMerges(t *testing.T) {
	w := newWorld(t)
	w.caps(1, 0)
	w.queue(w.mail("a", "new", promoting))
	worker := w.worker()
	w.drain(worker)
	b := w.mail("b", "old", promoting)
	w.facts.members["old"].MergedInto = "new"
	w.queue(b)
	w.drain(worker)
	w.expect("b", engine.DeliveryHeld, engine.CapReached)
	w.expectKeys("a")
}

// A claim that is carried over the person's midnight is counted under the new day.
func TestClaimOverMidnight(t *testing.T) {
	w := newWorld(t)
	w.caps(1, 0)
	w.clock.Store(int64(local(t, "Asia/Shanghai", "2026-01-01 23:59:50")))
	w.queue(w.mail("a", "m1", promoting))
	worker := w.worker()
	claimed, err := worker.claim(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.pass(15 * time.Second)
	for _, s := range worker.byChannel(claimed) {
		worker.batch(context.Background(), s)
	}
	w.expectKeys()
	w.drain(worker)
	if d := w.expect("a", engine.DeliverySent, ""); d.SentAt != w.now() {
		t.Errorf("sent at %s", d.SentAt)
	}
}

// Four workers over three channels on the same people, really at the same time:
// never over the cap, and never stuck below it.
func TestCapsUnderParallelWorkers(t *testing.T) {
	const members, perDay, most = 5, 2, 4
	w := newWorld(t)
	w.caps(perDay, 0)
	w.open("sms", knowsKeys)
	w.open("chat", forgets)
	var all []engine.Delivery
	for i := range 100 {
		all = append(all, w.mail(fmt.Sprintf("d%03d", i), fmt.Sprint("m", i%members), promoting, via([]string{"mail", "sms", "chat"}[i%3]), days(30)))
	}
	w.queue(all...)
	workers := make([]*Worker, 4)
	for i := range workers {
		workers[i] = w.worker(func(o *Options) { o.Batch = 3 + i })
	}
	end := w.now().Add(most * 24 * time.Hour)
	for w.now() < end {
		var wg sync.WaitGroup
		for _, worker := range workers {
			wg.Go(func() {
				for {
					if n, err := worker.Once(context.Background()); n == 0 || err != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		next, err := w.store.Outbox().NextDue(context.Background())
		if err != nil || next == 0 {
			t.Fatal(next, err)
		}
		w.clock.Store(int64(max(next, w.now()+1)))
	}
	counts := map[string]int{}
	for _, m := range w.channel.sent {
		if m.At < end {
			counts[m.Target.Address+m.At.Std().In(zone(t, "Asia/Shanghai")).Format(" 02")]++
		}
	}
	for who, n := range counts {
		if n > perDay {
			t.Errorf("%d messages to %s", n, who)
		}
	}
	if len(w.channel.sent) < members*(perDay*most) {
		t.Errorf("only %d messages in %d days: %v", len(w.channel.sent), most, counts)
	}
}

// Lives of people in all zones, with quiet hours and caps, messages of several
// rules and channels, failures and two workers in each other's way, checked by
// hand: nothing in quiet hours, nothing over a cap, nothing lost.
func TestLivesAgainstModel(t *testing.T) {
	lives := 400
	if testing.Short() {
		lives = 60
	}
	sent, expired := 0, 0
	for seed := range lives {
		w := newWorld(t)
		random := rand.New(rand.NewPCG(uint64(seed), 8))
		w.rand = random.Float64
		people := w.populate(random)
		w.twoWorkers(random, 14*24*time.Hour)
		for _, d := range w.all() {
			switch {
			case d.State == engine.DeliverySent:
				sent++
			case d.State == engine.DeliveryExpired:
				expired++
			case !Final(d.State):
				t.Fatalf("seed %d: %s is %s %q, due %s", seed, d.ID, d.State, d.Because, d.Due)
			}
		}
		for id, m := range people {
			w.checkLife(seed, id, zone(t, m.Zone))
		}
	}
	t.Logf("%d sent, %d expired", sent, expired)
	if sent < lives*5 || expired < lives {
		t.Errorf("the lives are lopsided: %d sent, %d expired", sent, expired)
	}
}

// populate makes one to three people with 30 promotional messages in a week.
func (w *world) populate(random *rand.Rand) map[string]*engine.Member {
	s := &w.facts.defs.Settings
	s.CapDay, s.CapWeek = 1+random.IntN(3), 2+random.IntN(6)
	s.QuietFrom, s.QuietTo = clockText(random), clockText(random)
	for s.QuietFrom == s.QuietTo {
		s.QuietTo = clockText(random)
	}
	w.open("sms", knowsKeys)
	w.open("chat", forgets)
	w.clock.Store(int64(engine.TimeOf(time.Date(2024, time.Month(1+random.IntN(24)), 1+random.IntN(28), 0, 0, 0, 0, time.UTC))))
	w.channel.answer = func(engine.Message, int) engine.Receipt {
		return engine.Receipt{Outcome: []engine.SendOutcome{engine.Delivered, engine.Delivered, engine.Delivered, engine.Retryable, engine.UnknownOutcome}[random.IntN(5)]}
	}
	people := map[string]*engine.Member{}
	var all []engine.Delivery
	for _, id := range ids("d", 30) {
		m := fmt.Sprint("m", random.IntN(1+random.IntN(3)))
		all = append(all, w.mail(id, m, promoting, via([]string{"mail", "sms", "chat"}[random.IntN(3)]), func(d *engine.Delivery) {
			d.Due = d.Due.Add(time.Duration(random.Int64N(int64(week))))
			d.NotAfter = d.Due.Add(time.Duration(1+random.IntN(96)) * time.Hour)
		}))
		if people[m] == nil {
			people[m] = w.facts.members[m]
			people[m].Zone = modelZones[random.IntN(len(modelZones))]
		}
	}
	w.queue(all...)
	return people
}

// twoWorkers lives for a while; while one is sending the other may claim and send.
func (w *world) twoWorkers(random *rand.Rand, span time.Duration) {
	b := w.worker(func(o *Options) { o.Batch = 2 })
	inside := false
	a := w.worker(func(o *Options) {
		o.Batch = 3
		o.Failpoint = func(string) {
			if !inside && random.IntN(2) == 0 {
				inside = true
				w.pass(time.Duration(random.IntN(10_000)) * time.Millisecond)
				w.drain(b)
				inside = false
			}
		}
	})
	w.live(a, span)
}

// checkLife looks at every message that may have reached a person.
func (w *world) checkLife(seed int, id string, loc *time.Location) {
	s := &w.facts.defs.Settings
	first := map[string]engine.Time{} // when each message may first have arrived
	for _, m := range w.channel.sent {
		if m.Target.Address != id+"@x" {
			continue
		}
		if quietByHand(s, m.At.Std().In(loc)) {
			w.t.Fatalf("seed %d: %s at %s, in quiet hours %s-%s", seed, m.Key, m.At.Std().In(loc), s.QuietFrom, s.QuietTo)
		}
		if _, ok := first[m.Key]; !ok && m.Outcome != engine.Retryable {
			first[m.Key] = m.At
		}
	}
	for key, at := range first {
		day, sevenDays := 0, 0
		for _, other := range first {
			if other.Std().In(loc).Format(time.DateOnly) == at.Std().In(loc).Format(time.DateOnly) {
				day++
			}
			if at <= other && other.Sub(at) < week {
				sevenDays++
			}
		}
		if day > s.CapDay || sevenDays > s.CapWeek {
			w.t.Fatalf("seed %d: %s at %s is one of %d that day (cap %d), first of %d in 7 days (cap %d)", seed, key, at.Std().In(loc), day, s.CapDay, sevenDays, s.CapWeek)
		}
	}
}
