package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestThousandDrain(t *testing.T) {
	w := newWorld(t)
	var all []engine.Delivery
	for i, id := range ids("d", 1000) {
		all = append(all, w.mail(id, fmt.Sprint("m", i%50), promoting))
	}
	w.queue(all[:600]...)
	w.queueIn("other", all[600:]...)
	var reported int
	worker := w.worker(func(o *Options) { o.Report = func(engine.Delivery) { reported++ } })
	if n := w.drain(worker); n != 1000 {
		t.Errorf("claimed %d", n)
	}
	w.expectOnce(1000)
	for _, d := range w.all() {
		if d.State != engine.DeliverySent || d.Attempts != 1 || d.SentAt != at0 || d.Because != "" {
			t.Fatalf("settled as %+v", d)
		}
	}
	for _, n := range w.channel.sizes {
		if n > 10 {
			t.Errorf("a batch of %d over a channel that takes 10", n)
		}
	}
	if reported != 1000 {
		t.Errorf("%d were reported", reported)
	}
	if len(worker.tally.ward("w").byName) != 0 {
		t.Errorf("the tally keeps %d names", len(worker.tally.ward("w").byName))
	}
}

func TestMessage(t *testing.T) {
	w := newWorld(t)
	w.queue(w.mail("a", "m1", func(d *engine.Delivery) { d.Title, d.Data, d.Attempts = "标题", []byte(`{"x":1}`), 4 }))
	w.drain(w.worker())
	if len(w.channel.sent) != 1 {
		t.Fatal("nothing was sent")
	}
	m := w.channel.sent[0]
	got := fmt.Sprint(m.Key, m.Attempt, m.NotAfter.Equal(at0.Add(24*time.Hour).Std()), m.Target, m.Title, m.Text, string(m.Data), m.Channel)
	if want := "a5true{member m1@x}标题hello{\"x\":1}mail"; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("sent %s", got)
	}
}

func TestRetriesUntilItsTimeIsOver(t *testing.T) {
	w := newWorld(t)
	w.channel.answer = always(engine.Retryable)
	w.queue(w.mail("a", "m1"))
	w.live(w.worker(), 48*time.Hour)
	d := w.expect("a", engine.DeliveryExpired, engine.Expired)
	// at 0, 5 s, 35 s, 2:35, 12:35, 42:35, 2:42:35, 8:42:35, 20:42:35, and the next would be too late
	if d.Attempts != 9 || d.Code != "c" || d.SentAt != 0 {
		t.Errorf("ended as %+v", d)
	}
	last := w.channel.sent[len(w.channel.sent)-1]
	if at := last.At.Sub(at0); at != 20*time.Hour+42*time.Minute+35*time.Second || last.Attempt != 9 {
		t.Errorf("the last attempt, number %d, was at %s", last.Attempt, at)
	}
}

func TestExpiredIsNotSent(t *testing.T) {
	w := newWorld(t)
	w.queue(w.mail("a", "m1"))
	w.pass(24 * time.Hour)
	w.drain(w.worker())
	w.expect("a", engine.DeliveryExpired, engine.Expired)
	w.expectKeys()
}

// Consent withdrawn at t: nothing is sent after t, whether it was new, held, or
// waiting for another try.
func TestConsentWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.channel.answer = always(engine.Retryable)
	w.queue(w.mail("failed", "m1"), w.mail("later", "m1", func(d *engine.Delivery) { d.Due = at0.Add(time.Hour) }))
	worker := w.worker()
	w.drain(worker)
	w.facts.defs.Settings.QuietFrom, w.facts.defs.Settings.QuietTo = "08:00", "09:00" // it is 08:00 in Shanghai
	w.queue(w.mail("quiet", "m1"), w.mail("other's", "m2"))
	w.live(worker, time.Minute)
	w.expect("failed", engine.DeliveryHeld, engine.QuietHours)
	w.expect("quiet", engine.DeliveryHeld, engine.QuietHours)
	w.channel.answer = always(engine.Delivered)
	w.facts.members["m1"].Consent = map[string]engine.ConsentState{"": {Given: false, At: w.now()}}
	w.queue(w.mail("new", "m1"))
	w.live(worker, 23*time.Hour)
	for _, id := range []string{"failed", "later", "quiet", "new"} {
		w.expect(id, engine.DeliveryDropped, engine.NoConsent)
	}
	w.expectKeys("failed", "other's")
}

func TestSuppressedAndUnreachable(t *testing.T) {
	w := newWorld(t)
	w.facts.suppressed["m1@x"] = true
	nowhere := func(d *engine.Delivery) { d.Target.Address = "" }
	w.queue(w.mail("bounced", "m1"), w.mail("nowhere", "m2", nowhere), w.mail("gone", "m3"))
	delete(w.facts.members, "m3")
	w.drain(w.worker())
	w.expect("bounced", engine.DeliveryDropped, engine.Suppressed)
	w.expect("nowhere", engine.DeliveryDropped, engine.Unreachable)
	w.expect("gone", engine.DeliveryDropped, engine.Suppressed)
	w.expectKeys()
}

// A message for a member without an address goes to the channel's endpoint, and
// stays a message for that member when it is tried again.
func TestOwnEndpoint(t *testing.T) {
	w := newWorld(t)
	w.open("hook", engine.ChannelTraits{MaxBatch: 5, Dedupes: true, Targets: []engine.TargetKind{engine.ToWebhook}})
	w.channel.answer = always(engine.Retryable)
	w.queue(w.mail("a", "m1", via("hook"), func(d *engine.Delivery) { d.Target.Address = "" }))
	worker := w.worker()
	w.drain(worker)
	if len(w.channel.sent) != 1 || w.channel.sent[0].Target != (engine.Target{Kind: engine.ToWebhook}) {
		t.Fatalf("sent %+v", w.channel.sent)
	}
	w.facts.members["m1"].Consent = map[string]engine.ConsentState{"hook": {}}
	w.live(worker, time.Hour)
	w.expect("a", engine.DeliveryDropped, engine.NoConsent)
	w.expectKeys("a")
}

func TestChannelStates(t *testing.T) {
	w := newWorld(t)
	w.channel.answer = func(m engine.Message, _ int) engine.Receipt {
		switch m.Text {
		case "gone":
			return engine.Receipt{Outcome: engine.Gone, Code: "410"}
		case "auth":
			return engine.Receipt{Outcome: engine.AuthFailed, Code: "401", Detail: "the token was refused"}
		}
		return engine.Receipt{Outcome: engine.Delivered}
	}
	w.open("hook", engine.ChannelTraits{MaxBatch: 1})
	w.open("chat", engine.ChannelTraits{MaxBatch: 1})
	says := func(text string) func(*engine.Delivery) { return func(d *engine.Delivery) { d.Text = text } }
	w.queue(w.mail("a1", "m", via("chat"), says("auth")), w.mail("a2", "m", via("chat")),
		w.mail("g1", "m", via("hook"), says("gone")), w.mail("g2", "m", via("hook")), w.mail("x", "m", via("closed")), w.mail("fine", "m"))
	worker := w.worker()
	w.drain(worker)
	w.expectKeys("a1", "fine", "g1")
	a1 := w.expect("a1", engine.DeliveryHeld, engine.ChannelDown)
	if a1.Attempts != 0 || a1.SentAt != 0 || a1.Detail != "the token was refused" {
		t.Errorf("held as %+v", a1)
	}
	if d := w.expect("a2", engine.DeliveryHeld, engine.ChannelDown); d.Detail != "paused: the token was refused" {
		t.Errorf("a2 says %q", d.Detail)
	}
	w.expect("g1", engine.DeliveryDead, "")
	w.expect("g2", engine.DeliveryHeld, engine.ChannelDown)
	w.expect("x", engine.DeliveryHeld, engine.ChannelDown) // no such channel
	if told := fmt.Sprint(w.facts.told()); told != "[paused disabled]" {
		t.Errorf("told %s", told)
	}
	// The credential is mended and the message is another: both go out.
	w.facts.down = map[string]string{"hook": "still"}
	w.channel.answer = always(engine.Delivered)
	w.live(worker, 10*time.Minute)
	w.expect("a1", engine.DeliverySent, "")
	w.expect("a2", engine.DeliverySent, "")
	w.live(worker, 24*time.Hour)
	w.expect("g2", engine.DeliveryExpired, engine.ChannelDown) // and says what it waited for
}

func TestPluginThatCannotBeAsked(t *testing.T) {
	w := newWorld(t)
	w.queue(w.mail("a", "m1"))
	traits := w.channel.traits["mail"]
	delete(w.channel.traits, "mail")
	worker := w.worker()
	w.drain(worker)
	if d := w.expect("a", engine.DeliveryHeld, engine.ChannelDown); d.Detail != "plugin mail does not answer" {
		t.Errorf("says %q", d.Detail)
	}
	w.channel.traits["mail"] = traits
	w.live(worker, 2*time.Minute)
	w.expect("a", engine.DeliverySent, "")
}

func TestFactsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.queue(w.mail("a", "m1"))
	w.queue(w.mail("late", "m1", func(d *engine.Delivery) { d.NotAfter = d.Due }))
	w.facts.broken = errors.New("the database is away")
	worker := w.worker()
	w.drain(worker)
	d := w.expect("a", engine.DeliveryPending, "")
	if d.Attempts != 0 || d.Due < at0.Add(factsAgain) {
		t.Errorf("put back as %+v", d)
	}
	w.expect("late", engine.DeliveryExpired, engine.Expired) // not looked at again and again
	w.expectKeys()
	w.facts.broken = nil
	w.live(worker, time.Minute)
	w.expect("a", engine.DeliverySent, "")
}

func TestRateLimited(t *testing.T) {
	w := newWorld(t)
	w.open("slow", engine.ChannelTraits{MaxBatch: 1})
	w.channel.answer = func(_ engine.Message, nth int) engine.Receipt {
		if w.now() < at0.Add(30*time.Second) {
			return engine.Receipt{Outcome: engine.RateLimited, RetryAfter: 30 * time.Second}
		}
		return engine.Receipt{Outcome: engine.Delivered}
	}
	w.queue(w.mail("a", "m1", via("slow")), w.mail("b", "m1", via("slow")), w.mail("c", "m1", via("slow")))
	worker := w.worker()
	w.drain(worker)
	w.expectKeys("a") // the others are not thrown after it
	for _, id := range []string{"a", "b", "c"} {
		if d := w.expect(id, engine.DeliveryHeld, engine.Quota); d.Attempts != 0 || d.Due < at0.Add(30*time.Second) {
			t.Errorf("%s is due %s after %d attempts", id, d.Due.Sub(at0), d.Attempts)
		}
	}
	w.live(worker, time.Minute)
	for _, id := range []string{"a", "b", "c"} {
		if d := w.expect(id, engine.DeliverySent, ""); d.Attempts != 1 {
			t.Errorf("%s took %d attempts", id, d.Attempts)
		}
	}
}

// 20 a minute: 50 messages go out as 20, 20, 10, and never 21 within a minute.
func TestQuotaPerMinute(t *testing.T) {
	w := newWorld(t)
	w.facts.defs.Channels["mail"].PerMinute = 20
	var all []engine.Delivery
	for _, id := range ids("d", 50) {
		all = append(all, w.mail(id, "m1"))
	}
	w.queue(all...)
	worker := w.worker()
	w.drain(worker)
	if n := len(w.channel.sent); n != 20 {
		t.Errorf("%d went out at once", n)
	}
	w.live(worker, 5*time.Minute)
	w.expectOnce(50)
	for i, m := range w.channel.sent {
		within := 0
		for _, n := range w.channel.sent[i:] {
			if n.At.Sub(m.At) < time.Minute {
				within++
			}
		}
		if within > 20 {
			t.Fatalf("%d messages in the minute from %s", within, m.At)
		}
	}
	if took := w.channel.sent[49].At.Sub(at0); took > 150*time.Second {
		t.Errorf("50 messages took %s", took)
	}
}

// A long line over a narrow channel moves in order: a message is looked at a few
// times, not every minute.
func TestQuotaKeepsALine(t *testing.T) {
	w := newWorld(t)
	w.facts.defs.Channels["mail"].PerMinute = 20
	var all []engine.Delivery
	for _, id := range ids("d", 400) {
		all = append(all, w.mail(id, "m1"))
	}
	w.queue(all...)
	w.live(w.worker(), 30*time.Minute)
	w.expectOnce(400)
	for _, d := range w.all() {
		if d.Epoch > 4 {
			t.Fatalf("%s was claimed %d times", d.ID, d.Epoch)
		}
	}
}

func TestShareOfPromotion(t *testing.T) {
	w := newWorld(t)
	w.facts.defs.Settings.PromoShare = 30
	toRoom := func(d *engine.Delivery) {
		d.Target, d.Group = engine.Target{Kind: engine.ToGroup, Address: "room"}, "g1"
		d.NotAfter = d.NotAfter.Add(240 * time.Hour)
	}
	var all []engine.Delivery
	for i, id := range ids("d", 20) {
		d := w.mail(id, "", toRoom)
		d.Promotes = i >= 10
		d.Due = at0.Add(time.Duration(i) * time.Second)
		all = append(all, d)
	}
	w.queue(all...)
	worker := w.worker()
	w.live(worker, time.Minute)
	if n := len(w.channel.sent); n != 14 { // 4 of 14 are 29 %, 5 of 15 would be 33 %
		t.Errorf("%d went out", n)
	}
	w.expect("d0014", engine.DeliveryHeld, engine.PromoShare)
	w.live(worker, 8*24*time.Hour) // the first ones are forgotten, so the share is free again
	if d := w.get("d0014"); d.State != engine.DeliverySent {
		t.Errorf("after 8 days it is %s %q", d.State, d.Because)
	}
}

func TestOptions(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Outbox = nil }, "Options.Outbox is missing"},
		{func(o *Options) { o.Facts = nil }, "Options.Facts is missing"},
		{func(o *Options) { o.Channels = nil }, "Options.Channels is missing"},
		{func(o *Options) { o.Clock = nil }, "Options.Clock is missing"},
		{func(o *Options) { o.Jitter = nil }, "Options.Jitter is missing"},
		{func(o *Options) { o.Lease = 20 * time.Second }, "too short"},
	} {
		o := Options{Outbox: w.store.Outbox(), Facts: w.facts, Channels: w.channel, Clock: w.now, Jitter: w.rand}
		c.change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestOnceSaysWhatFails(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.worker().Once(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
