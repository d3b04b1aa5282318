package outbox

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// sending is a delivery that was claimed, valid for a day.
func sending() engine.Delivery {
	return engine.Delivery{
		Workspace: "w", ID: "dlv_1", Channel: "mail", Member: "m1", State: engine.DeliverySending,
		Because: engine.QuietHours, Due: at0, NotAfter: at0.Add(24 * time.Hour), CreatedAt: at0,
		Target: engine.Target{Kind: engine.ToMember, Address: "a@b"}, Epoch: 3, Lease: at0.Add(time.Minute),
	}
}

var (
	forgets   = engine.ChannelTraits{MaxBatch: 100}
	knowsKeys = engine.ChannelTraits{MaxBatch: 100, Dedupes: true}
	knows10m  = engine.ChannelTraits{MaxBatch: 100, Dedupes: true, DedupeFor: 10 * time.Minute}
)

func TestSettle(t *testing.T) {
	type change func(d *engine.Delivery, a *Attempt)
	tries := func(n int) change { return func(d *engine.Delivery, _ *Attempt) { d.Attempts = n } }
	traits := func(c engine.ChannelTraits) change { return func(_ *engine.Delivery, a *Attempt) { a.Traits = c } }
	late := func(d *engine.Delivery, a *Attempt) { d.NotAfter = a.Now }
	maybe := func(before time.Duration) change {
		return func(d *engine.Delivery, _ *Attempt) { d.SentAt = at0.Add(-before) }
	}
	once := func(_ *engine.Delivery, a *Attempt) { a.AtMostOnce = true }
	wait := func(r time.Duration) change { return func(_ *engine.Delivery, a *Attempt) { a.Receipt.RetryAfter = r } }
	answered := at0.Add(time.Second) // sent at at0, answered a second later

	for _, c := range []struct {
		about    string
		outcome  engine.SendOutcome
		changes  []change
		state    engine.DeliveryState
		because  engine.Reason
		due      time.Duration // after the answer; 0 for final states
		attempts int
		sentAt   engine.Time
	}{
		{"confirmed", engine.Delivered, nil, engine.DeliverySent, "", 0, 1, at0},
		{"queued by the remote, which is as good", engine.Accepted, nil, engine.DeliverySent, "", 0, 1, at0},
		{"the third try worked", engine.Delivered, []change{tries(2), maybe(time.Hour)}, engine.DeliverySent, "", 0, 3, at0},
		{"sent a moment before its time was over", engine.Delivered, []change{late}, engine.DeliverySent, "", 0, 1, at0},

		{"first failure", engine.Retryable, nil, engine.DeliveryPending, "", 5 * time.Second, 1, 0},
		{"seventh failure", engine.Retryable, []change{tries(6)}, engine.DeliveryPending, "", 6 * time.Hour, 7, 0},
		{"busy, and says until when", engine.Retryable, []change{wait(time.Hour)}, engine.DeliveryPending, "", 63 * time.Minute, 1, 0},
		{"Retry-After shorter than our pause", engine.Retryable, []change{tries(6), wait(time.Second)}, engine.DeliveryPending, "", 6 * time.Hour, 7, 0},
		{"failed when its time was over", engine.Retryable, []change{late}, engine.DeliveryExpired, engine.Expired, 0, 1, 0},
		{"failed too late, and an earlier try may have arrived", engine.Retryable, []change{late, maybe(time.Hour)}, engine.DeliveryUncertain, engine.Expired, 0, 1, at0.Add(-time.Hour)},
		{"a try that certainly failed leaves an earlier doubt", engine.Retryable, []change{maybe(time.Minute)}, engine.DeliveryPending, "", 5 * time.Second, 1, at0.Add(-time.Minute)},

		{"limited: obeyed, and not an attempt", engine.RateLimited, []change{wait(100 * time.Second)}, engine.DeliveryHeld, engine.Quota, 105 * time.Second, 0, 0},
		{"limited for longer than it lives: waits for its end", engine.RateLimited, []change{wait(48 * time.Hour)}, engine.DeliveryHeld, engine.Quota, 24*time.Hour - time.Second, 0, 0},
		{"limited when its time was over", engine.RateLimited, []change{late}, engine.DeliveryExpired, engine.Expired, 0, 0, 0},

		{"never deliverable", engine.Permanent, nil, engine.DeliveryDead, "", 0, 1, 0},
		{"not what the channel can do", engine.Unsupported, nil, engine.DeliveryDead, "", 0, 1, 0},
		{"forbidden by the platform", engine.PolicyBlocked, nil, engine.DeliveryDead, "", 0, 1, 0},
		{"410", engine.Gone, nil, engine.DeliveryDead, "", 0, 1, 0},
		{"wrong credential: waits for its mending, not an attempt", engine.AuthFailed, []change{tries(2)}, engine.DeliveryHeld, engine.ChannelDown, time.Minute, 2, 0},

		{"in doubt, keys forgotten: never by itself", engine.UnknownOutcome, nil, engine.DeliveryUncertain, "", 0, 1, at0},
		{"in doubt, keys known for ever: again", engine.UnknownOutcome, []change{traits(knowsKeys)}, engine.DeliveryPending, "", 5 * time.Second, 1, at0},
		{"in doubt, keys known long enough", engine.UnknownOutcome, []change{traits(knows10m), tries(2)}, engine.DeliveryPending, "", 2 * time.Minute, 3, at0},
		{"in doubt, keys forgotten before the next try", engine.UnknownOutcome, []change{traits(knows10m), tries(4)}, engine.DeliveryUncertain, "", 0, 5, at0},
		{"the first doubt counts, not the last", engine.UnknownOutcome, []change{traits(knows10m), maybe(10 * time.Minute)}, engine.DeliveryUncertain, "", 0, 1, at0.Add(-10 * time.Minute)},
		{"in doubt, keys known, but at most once was asked", engine.UnknownOutcome, []change{traits(knowsKeys), once}, engine.DeliveryUncertain, "", 0, 1, at0},
		{"in doubt and no time for another try: uncertain, not expired", engine.UnknownOutcome, []change{traits(knowsKeys), late}, engine.DeliveryUncertain, "", 0, 1, at0},
		{"an answer that is no outcome is a doubt", "splendid", nil, engine.DeliveryUncertain, "", 0, 1, at0},
		{"no answer is a doubt", "", []change{traits(knowsKeys)}, engine.DeliveryPending, "", 5 * time.Second, 1, at0},
	} {
		d := sending()
		a := Attempt{Receipt: engine.Receipt{Outcome: c.outcome, RemoteID: "r", Code: "418", Detail: "teapot"}, Traits: forgets, At: at0, Now: answered, Jitter: 0.5}
		for _, change := range c.changes {
			change(&d, &a)
		}
		got := Settle(d, a)
		due := time.Duration(0)
		if !Final(got.State) {
			due = got.Due.Sub(answered)
		}
		is := fmt.Sprint(got.State, got.Because, due, got.Attempts, got.SentAt, got.Code, got.Detail)
		want := fmt.Sprint(c.state, c.because, c.due, c.attempts, c.sentAt, "418", "teapot")
		if is != want {
			t.Errorf("%s (%s):\n got %s\nwant %s", c.about, c.outcome, is, want)
		}
		if sent := got.State == engine.DeliverySent; sent != (got.RemoteID == "r") {
			t.Errorf("%s: remote id %q in state %s", c.about, got.RemoteID, got.State)
		}
	}
}

var outcomes = []engine.SendOutcome{engine.Delivered, engine.Accepted, engine.Retryable, engine.RateLimited, engine.Permanent,
	engine.Gone, engine.AuthFailed, engine.UnknownOutcome, engine.Unsupported, engine.PolicyBlocked, "", "?"}

// Settling only goes forward: final stays final, attempts and doubts are not
// forgotten, nothing is due before now, and nothing is given back that may have
// arrived where it would arrive twice.
func TestSettleIsMonotone(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		d := sending()
		d.NotAfter = at0.Add(time.Duration(random.IntN(72)) * time.Hour)
		now := at0
		traits := []engine.ChannelTraits{forgets, knowsKeys, knows10m}[random.IntN(3)]
		once := random.IntN(4) == 0
		inDoubt := false
		for range 40 {
			a := Attempt{Receipt: engine.Receipt{Outcome: outcomes[random.IntN(len(outcomes))], RetryAfter: time.Duration(random.IntN(3)) * time.Minute},
				Traits: traits, AtMostOnce: once, At: now, Now: now.Add(time.Second), Jitter: random.Float64()}
			next := Settle(d, a)
			if next.Attempts < d.Attempts || d.SentAt != 0 && next.SentAt < d.SentAt {
				t.Fatalf("went back: %+v -> %+v", d, next)
			}
			if again := Settle(next, a); !reflect.DeepEqual(again, next) {
				t.Fatalf("settled twice: %+v -> %+v", next, again)
			}
			if Final(next.State) {
				break
			}
			inDoubt = inDoubt || next.SentAt != 0
			if inDoubt && (once || !traits.Dedupes) {
				t.Fatalf("given back although it may have arrived: %+v", next)
			}
			if next.Due < a.Now || next.Due > next.NotAfter {
				t.Fatalf("due %s at %s, to live until %s", next.Due, a.Now, next.NotAfter)
			}
			now = next.Due
			next.State = engine.DeliverySending // claimed again
			d = next
		}
	}
}

func TestSettledStaysAsItIs(t *testing.T) {
	for _, state := range []engine.DeliveryState{engine.DeliverySent, engine.DeliveryUncertain, engine.DeliveryDropped, engine.DeliveryExpired, engine.DeliveryDead, engine.DeliveryPending, engine.DeliveryHeld} {
		d := sending()
		d.State = state
		for _, outcome := range outcomes {
			if got := Settle(d, Attempt{Receipt: engine.Receipt{Outcome: outcome}, Now: at0}); !reflect.DeepEqual(got, d) {
				t.Errorf("%s settled as %s became %+v", state, outcome, got)
			}
		}
		if got := Apply(d, Verdict{Action: Drop, Because: engine.NoConsent}); !reflect.DeepEqual(got, d) {
			t.Errorf("%s dropped became %+v", state, got)
		}
	}
}

func TestMayRepeat(t *testing.T) {
	for _, c := range []struct {
		about  string
		sentAt time.Duration // before now; 0 for never
		traits engine.ChannelTraits
		once   bool
		want   bool
	}{
		{"never tried", 0, forgets, true, true},
		{"may have arrived, keys forgotten", time.Second, forgets, false, false},
		{"keys known for as long as the message lives", 1000 * time.Hour, knowsKeys, false, true},
		{"just before the key is forgotten", 10*time.Minute - time.Microsecond, knows10m, false, true},
		{"when the key is forgotten", 10 * time.Minute, knows10m, false, false},
		{"keys known, but at most once", time.Second, knowsKeys, true, false},
	} {
		d := sending()
		if c.sentAt > 0 {
			d.SentAt = at0.Add(-c.sentAt)
		}
		if got := MayRepeat(&d, c.traits, c.once, at0); got != c.want {
			t.Errorf("%s: %v", c.about, got)
		}
	}
}
