package outbox

import (
	"slices"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func forUsers(d *engine.Delivery) {
	d.Target = engine.Target{Kind: engine.ToUser, Address: engine.UsersOfRole + "operator"}
}

// reached are the addresses that the channel was given, in order of their names.
func (w *world) reached() (addresses []string) {
	w.channel.mu.Lock()
	defer w.channel.mu.Unlock()
	for _, m := range w.channel.sent {
		addresses = append(addresses, string(m.Target.Kind)+" "+m.Target.Address)
	}
	slices.Sort(addresses)
	return addresses
}

func (w *world) expectReached(want ...string) {
	w.t.Helper()
	if got := w.reached(); !slices.Equal(got, want) {
		w.t.Errorf("reached %v, want %v", got, want)
	}
}

// Each of several users has a delivery of their own, whose key stays the same;
// one without an address is dropped, one who is suppressed too.
func TestUsersHaveDeliveriesOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	w.facts.users = []User{{"an", "an@x"}, {"bo", "bo@x"}, {"cy", ""}, {"di", "di@x"}}
	w.facts.suppressed["di@x"] = true
	w.queue(w.mail("d1", "", forUsers))
	w.drain(w.worker())
	w.expectReached("user an@x", "user bo@x")
	w.expectOnce(2)
	w.expect("d1", engine.DeliveryDropped, engine.OneEach)
	states := map[string]engine.Delivery{}
	for _, d := range w.all() {
		states[d.Target.Address] = d
	}
	for who, want := range map[string][2]string{"id:an": {"sent", ""}, "id:bo": {"sent", ""}, "id:cy": {"dropped", "unreachable"}, "id:di": {"dropped", "suppressed"}} {
		if d := states[who]; string(d.State) != want[0] || string(d.Because) != want[1] {
			t.Errorf("%s: %s %s", who, d.State, d.Because)
		}
	}
	// Sent again by hand it reaches who came since, and nobody twice.
	w.facts.users = append(w.facts.users, User{"ed", "ed@x"})
	if _, err := w.store.Outbox().Replay(t.Context(), "w", "d1", w.now(), w.now()+1e6); err != nil {
		t.Fatal(err)
	}
	w.drain(w.worker())
	w.expectReached("user an@x", "user bo@x", "user ed@x")
	w.expectOnce(3)
}

// The address is the one of the moment of sending; who is no user any more has none.
func TestUsersAreLookedUpWhenSending(t *testing.T) {
	w := newWorld(t)
	w.facts.users = []User{{"an", "old@x"}, {"bo", "bo@x"}}
	w.facts.down["mail"] = "paused"
	w.queue(w.mail("d1", "", forUsers))
	w.drain(w.worker())
	if n := len(w.all()); n != 1 {
		t.Fatalf("%d deliveries while the channel is down", n)
	}
	delete(w.facts.down, "mail")
	failed := false
	w.channel.answer = func(engine.Message, int) engine.Receipt {
		if !failed {
			return engine.Receipt{Outcome: engine.Retryable}
		}
		return engine.Receipt{Outcome: engine.Delivered}
	}
	w.pass(time.Hour)
	w.drain(w.worker())
	failed = true
	w.facts.users = []User{{"an", "new@x"}}
	w.live(w.worker(), time.Hour)
	got := w.reached()
	if !slices.Contains(got, "user new@x") || len(got) != 3 {
		t.Errorf("reached %v", got)
	}
	for _, d := range w.all() {
		if d.Target.Address == "id:bo" && (d.State != engine.DeliveryDropped || d.Because != engine.Unreachable) {
			t.Errorf("who left: %s %s", d.State, d.Because)
		}
	}
}

// Where no user has an address the message goes to the channel's own endpoint,
// once; on a channel without one it is dropped.
func TestUsersWithoutAddresses(t *testing.T) {
	w := newWorld(t)
	w.open("hook", engine.ChannelTraits{MaxBatch: 10, Targets: []engine.TargetKind{engine.ToWebhook, engine.ToUser}})
	w.facts.users = []User{{"an", ""}, {"bo", ""}}
	w.queue(w.mail("d1", "", forUsers), w.mail("d2", "", forUsers, via("hook")))
	w.drain(w.worker())
	w.expect("d1", engine.DeliveryDropped, engine.Unreachable)
	w.expect("d2", engine.DeliverySent, "")
	w.expectReached("webhook ")
}

// What may have reached the endpoint goes there again, and to no user besides.
func TestWhatTheEndpointMayHaveIsNotDivided(t *testing.T) {
	w := newWorld(t)
	w.open("hook", engine.ChannelTraits{Dedupes: true, MaxBatch: 10, Targets: []engine.TargetKind{engine.ToWebhook, engine.ToUser}})
	w.facts.users = []User{{"an", ""}}
	w.channel.answer = func(_ engine.Message, nth int) engine.Receipt {
		if nth == 1 {
			return engine.Receipt{Outcome: engine.UnknownOutcome}
		}
		return engine.Receipt{Outcome: engine.Delivered}
	}
	w.queue(w.mail("d1", "", forUsers, via("hook")))
	w.drain(w.worker())
	w.facts.users = []User{{"an", "an@x"}}
	w.live(w.worker(), time.Hour)
	w.expect("d1", engine.DeliverySent, "")
	w.expectReached("webhook ", "webhook ")
}

// Nothing speaks to users of a member who was erased.
func TestUsersHearNothingOfTheErased(t *testing.T) {
	w := newWorld(t)
	w.facts.users = []User{{"an", "an@x"}}
	d := w.mail("d1", "lin", forUsers)
	w.facts.members["lin"].Erased = true
	w.queue(d)
	w.drain(w.worker())
	w.expectReached()
	for _, d := range w.all() {
		if d.State != engine.DeliveryDropped {
			t.Errorf("%s: %s", d.ID, d.State)
		}
	}
}
