package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestBreaker(t *testing.T) {
	b := &breaker{}
	note := func(n int, o engine.SendOutcome, at engine.Time) (turned ChannelState) {
		for range n {
			if s := b.note(o, at); s != "" {
				turned = s
			}
		}
		return turned
	}
	for _, c := range []struct {
		about   string
		n       int
		outcome engine.SendOutcome
		at      time.Duration
		turned  ChannelState
		resting bool
		most    int // of 10
	}{
		{"19 failures are not enough", 19, engine.Retryable, 0, "", false, 10},
		{"a success begins the count anew", 1, engine.Delivered, 0, "", false, 10},
		{"19 more", 19, engine.UnknownOutcome, 0, "", false, 10},
		{"what says nothing of the channel doesn't count", 5, engine.RateLimited, 0, "", false, 10},
		{"the 20th in a row", 1, engine.Retryable, 0, ChannelResting, true, 1},
		{"what was still on its way doesn't lengthen the rest", 3, engine.Retryable, 30 * time.Second, "", true, 1},
		{"the rest is over: one is tried, and fails", 1, engine.Retryable, time.Minute, ChannelResting, true, 1},
		{"the next one is refused for good, so the channel works", 1, engine.Permanent, 2 * time.Minute, ChannelWorking, false, 10},
	} {
		now := at0.Add(c.at)
		if turned := note(c.n, c.outcome, now); turned != c.turned || b.resting(now) != c.resting || b.most(10) != c.most {
			t.Errorf("%s: turned %q, resting %v, at most %d", c.about, turned, b.resting(now), b.most(10))
		}
	}
}

// A channel that fails is left alone after 20 failures in a row: what waits uses
// up no attempts, and one message tries it after a minute.
func TestBreakerRestsAChannel(t *testing.T) {
	w := newWorld(t)
	w.open("fine", forgets)
	w.channel.answer = func(m engine.Message, _ int) engine.Receipt {
		if m.Key[0] == 'f' || w.now() > at0.Add(90*time.Second) {
			return engine.Receipt{Outcome: engine.Delivered}
		}
		return engine.Receipt{Outcome: engine.Retryable}
	}
	var all []engine.Delivery
	for i, id := range ids("d", 50) {
		all = append(all, w.mail(id, fmt.Sprint("m", i)))
	}
	w.queue(append(all, w.mail("f", "m1", via("fine")))...)
	worker := w.worker()
	w.drain(worker)
	if n := len(w.channel.keys()); n != 21 {
		t.Errorf("%d messages were sent, of 20 failures and one of another channel", n)
	}
	w.expect("f", engine.DeliverySent, "")
	for _, id := range ids("d", 50)[20:] {
		d := w.expect(id, engine.DeliveryHeld, engine.ChannelDown)
		if d.Attempts != 0 || d.Due < at0.Add(time.Minute) || d.Due > at0.Add(70*time.Second) {
			t.Fatalf("%s waits until %s after %d attempts", id, d.Due.Sub(at0), d.Attempts)
		}
	}
	w.live(worker, 59*time.Second)
	if n := len(w.channel.keys()); n != 21 {
		t.Errorf("%d more while it rested", n-21)
	}
	w.live(worker, 15*time.Second)
	if n := len(w.channel.keys()); n != 22 {
		t.Errorf("%d instead of one tried whether it works again", n-21)
	}
	w.live(worker, time.Hour)
	for _, id := range ids("d", 50) {
		w.expect(id, engine.DeliverySent, "")
	}
	if told := fmt.Sprint(w.facts.told()); told != "[resting resting working]" {
		t.Errorf("told %s", told)
	}
	if until := w.facts.changes[0].Until; until != at0.Add(time.Minute) {
		t.Errorf("resting until %s", until)
	}
}
