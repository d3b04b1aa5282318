package outbox

import (
	"context"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// What is taken off and added to the store's count: never more off than the store
// is certain to have counted.
func TestTally(t *testing.T) {
	now := at0.Add(time.Hour)
	lease := now.Add(30 * time.Second)
	since := now.Add(-time.Minute)
	for _, c := range []struct {
		about  string
		other  entry
		stored int // what the store counts, itself included
		want   int
	}{
		{"nothing else in our hands: itself is taken off", entry{}, 3, 2},
		{"another, undecided, is taken off too", entry{claimed: now, lease: lease}, 3, 1},
		{"another that goes out counts", entry{claimed: now, lease: lease, sentAt: now}, 3, 2},
		{"another that may have arrived before counts", entry{claimed: now, lease: lease, maybe: true}, 3, 2},
		{"claimed before the span: the store doesn't count it", entry{claimed: since - 1, lease: lease}, 3, 2},
		{"claimed before the span and going out in it: ours to add", entry{claimed: since - 1, lease: lease, sentAt: now}, 3, 3},
		{"gone out before the span", entry{claimed: since - 2, lease: lease, sentAt: since - 1}, 3, 2},
		{"its lease ran out: it may be settled by another worker", entry{claimed: since, lease: now}, 3, 2},
		{"a store that counts less than we hold", entry{claimed: now, lease: lease}, 1, 0},
	} {
		ward := newTally(&history{sent: make([]engine.Time, c.stored)}).ward("w")
		d := engine.Delivery{ID: "self", Member: "m1", Promotes: true, Lease: lease}
		ward.enter(&d, now)
		if c.other != (entry{}) {
			c.other.promotes = true
			ward.byName["mm1"]["other"] = &c.other
		}
		ward.store.(*history).all(now)
		n, err := ward.counting("w", now).others(context.Background(), engine.SentQuery{Member: "m1", Since: since}, "self")
		if err != nil || n != [2]int{c.want, c.want} {
			t.Errorf("%s: %v, want %d", c.about, n, c.want)
		}
	}
}

// all moves the whole history to one moment.
func (h *history) all(at engine.Time) {
	for i := range h.sent {
		h.sent[i] = at
	}
}
