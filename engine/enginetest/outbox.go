package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func delivery(id string, position int64, due int) engine.Delivery {
	return engine.Delivery{ID: id, Position: position, Channel: "mail", Member: "m1", Group: "g1", Rule: "r", Version: 3, State: engine.DeliveryPending, Due: at(due), NotAfter: at(due + 1000),
		Target: engine.Target{Kind: engine.ToMember, Address: "a@b"}, Title: "标题", Text: "你好😀", Data: []byte("{\"a\":1}\x00"), CreatedAt: at(1)}
}

func enqueue(t *testing.T, s engine.Store, workspace string, deliveries ...engine.Delivery) {
	t.Helper()
	write(t, s, workspace, func(c *engine.Changes) { c.Deliveries = deliveries })
}

func claim(t *testing.T, s engine.Store, now, until, limit int) []engine.Delivery {
	t.Helper()
	found, err := s.Outbox().Claim(context.Background(), at(now), at(until), limit)
	ok(t, err)
	return found
}

func settle(t *testing.T, s engine.Store, d engine.Delivery, state engine.DeliveryState) (lost bool) {
	t.Helper()
	d.State = state
	ids, err := s.Outbox().Settle(context.Background(), []engine.Delivery{d})
	ok(t, err)
	return slices.Contains(ids, d.ID)
}

func idsOf(deliveries []engine.Delivery) (ids []string) {
	for _, d := range deliveries {
		ids = append(ids, d.Workspace+"/"+d.ID)
	}
	return ids
}

func deliveriesListed(t *testing.T, s engine.Store) {
	var all []engine.Delivery
	for n := range 30 {
		d := delivery(fmt.Sprintf("d%02d", n), int64(n/4), n)
		d.Channel, d.Member, d.Rule = fmt.Sprint("c", n%2), fmt.Sprint("m", n%3), fmt.Sprint("r", n%5)
		d.State = []engine.DeliveryState{engine.DeliveryPending, engine.DeliveryHeld, engine.DeliveryDropped}[n%3]
		d.Because, d.Promotes, d.Service = engine.QuietHours, n%2 == 0, n%4 == 0
		all = append(all, d)
	}
	enqueue(t, s, space, all[:20]...)
	ok(t, s.Outbox().Queue(context.Background(), space, all[20:]))
	again := all[3]
	again.Text, again.State = "changed", engine.DeliveryDead
	enqueue(t, s, space, again) // the id is the key: the first stays
	ok(t, s.Outbox().Queue(context.Background(), space, []engine.Delivery{again}))
	slices.Reverse(all)
	for _, q := range []engine.DeliveryQuery{{}, {State: engine.DeliveryHeld}, {Channel: "c1"}, {Member: "m2"}, {Member: "m2", Parts: []string{"m0"}}, {Rule: "r3", Channel: "c0"}, {State: engine.DeliverySent}, {After: 3}, {After: 2, State: engine.DeliveryHeld}} {
		var want []string
		for _, d := range all {
			if (q.State == "" || q.State == d.State) && (q.Channel == "" || q.Channel == d.Channel) && (q.Member == "" || q.Member == d.Member || slices.Contains(q.Parts, d.Member)) && (q.Rule == "" || q.Rule == d.Rule) && (q.After == 0 || d.Position > q.After) {
				want = append(want, text(t, d))
			}
		}
		for _, limit := range []int{1, 7, 100} {
			got := pages(t, limit, func(p engine.Page) (engine.Rows[engine.Delivery], error) {
				q.Page = p
				return s.Reader(space).ListDeliveries(context.Background(), q)
			})
			same(t, fmt.Sprintf("%+v", q), got, want)
		}
	}
}

func deliveriesLeased(t *testing.T, s engine.Store) {
	a, b := delivery("a", 1, 10), delivery("b", 1, 5)
	enqueue(t, s, space, a, b)
	enqueue(t, s, "other", delivery("a", 1, 7))
	same(t, "nothing is due", idsOf(claim(t, s, 4, 50, 10)), nil)
	same(t, "limited", idsOf(claim(t, s, 20, 50, 1)), []string{"community/b"})
	found := claim(t, s, 20, 60, 10)
	same(t, "oldest due first", idsOf(found), []string{"other/a", "community/a"})
	same(t, "leased", idsOf(claim(t, s, 49, 99, 10)), nil)
	got := found[1]
	if !bytes.Equal(got.Data, a.Data) || got.State != engine.DeliverySending || got.Epoch < 1 || got.Lease != at(60) {
		t.Fatalf("claimed as %+v", got)
	}
	a.State, a.Epoch, a.Lease = got.State, got.Epoch, got.Lease
	equal(t, "what was claimed", text(t, got), text(t, a))
	again := claim(t, s, 50, 99, 10)
	same(t, "after the lease ran out", idsOf(again), []string{"community/b"})
	if again[0].Epoch < 2 {
		t.Fatalf("the epoch did not grow: %d", again[0].Epoch)
	}
	list, err := s.Reader(space).ListDeliveries(context.Background(), engine.DeliveryQuery{State: engine.DeliverySending})
	ok(t, err)
	equal(t, "sending", len(list.Items), 2)
}

func staleSettleLost(t *testing.T, s engine.Store) {
	enqueue(t, s, space, delivery("a", 1, 1), delivery("b", 1, 1), delivery("c", 1, 1))
	first := claim(t, s, 10, 20, 10)
	second := claim(t, s, 20, 30, 2)
	first[0].RemoteID, second[0].RemoteID = "first", "second"
	ctx := context.Background()
	for i := range first {
		first[i].State = engine.DeliverySent
	}
	lost, err := s.Outbox().Settle(ctx, first)
	ok(t, err)
	same(t, "lost", lost, []string{"a", "b"})
	second[0].State, second[0].SentAt, second[0].Code, second[0].Detail, second[0].Attempts = engine.DeliverySent, at(25), "200", "fine", 2
	equal(t, "lost", settle(t, s, second[0], engine.DeliverySent), false)
	equal(t, "settling twice", settle(t, s, second[0], engine.DeliveryDead), true)
	ghost := delivery("ghost", 1, 1)
	ghost.Workspace = space
	equal(t, "settling what is not there", settle(t, s, ghost, engine.DeliverySent), true)
	second[1].Workspace = "other"
	equal(t, "settling in another workspace", settle(t, s, second[1], engine.DeliverySent), true)
	rows, err := s.Reader(space).ListDeliveries(ctx, engine.DeliveryQuery{State: engine.DeliverySent})
	ok(t, err)
	same(t, "sent", idsOf(rows.Items), []string{"community/c", "community/a"})
	got := rows.Items[1]
	equal(t, "who settled it", fmt.Sprint(got.RemoteID, got.SentAt, got.Code, got.Detail, got.Attempts), fmt.Sprint("second", at(25), "200", "fine", 2))
}

// attemptsOnRecord settles a delivery as sending: it stays claimed.
func attemptsOnRecord(t *testing.T, s engine.Store) {
	ctx := context.Background()
	enqueue(t, s, space, delivery("a", 1, 1))
	d := claim(t, s, 10, 60, 1)[0]
	d.Attempts, d.SentAt, d.Detail = 1, at(12), "on its way"
	equal(t, "lost", settle(t, s, d, engine.DeliverySending), false)
	same(t, "still leased", idsOf(claim(t, s, 59, 99, 10)), nil)
	next, err := s.Outbox().NextDue(ctx)
	ok(t, err)
	equal(t, "next is the end of the lease", next, at(60))
	equal(t, "settling with the same epoch again", settle(t, s, d, engine.DeliverySending), false)
	second := claim(t, s, 60, 99, 10)
	same(t, "after the lease ran out", idsOf(second), []string{"community/a"})
	equal(t, "what is on record", fmt.Sprint(second[0].Attempts, second[0].SentAt, second[0].Detail), fmt.Sprint(1, at(12), "on its way"))
	equal(t, "a late settle is lost", settle(t, s, d, engine.DeliverySent), true)
	// It may have arrived at 12: so it counts while it waits, and from a claim on as being sent.
	count := func(since engine.Time) int {
		all, _, err := s.Outbox().SentSince(ctx, engine.SentQuery{Workspace: space, Member: "m1", Since: since})
		ok(t, err)
		return all
	}
	equal(t, "being sent since its claim", count(at(60)), 1)
	second[0].Due = at(70)
	equal(t, "lost", settle(t, s, second[0], engine.DeliveryPending), false)
	equal(t, "waiting, since 12", count(at(12)), 1)
	equal(t, "waiting, after 12", count(at(12)+1), 0)
}

func deliveriesWait(t *testing.T, s engine.Store) {
	ctx := context.Background()
	next := func() engine.Time {
		at, err := s.Outbox().NextDue(ctx)
		ok(t, err)
		return at
	}
	equal(t, "next of an empty queue", next(), 0)
	held := delivery("held", 1, 30)
	held.State, held.Because = engine.DeliveryHeld, engine.QuietHours
	dead := delivery("dead", 1, 1)
	dead.State = engine.DeliveryDead
	enqueue(t, s, space, held, dead, delivery("now", 1, 20))
	equal(t, "next", next(), at(20))
	found := claim(t, s, 25, 40, 10)
	same(t, "due", idsOf(found), []string{"community/now"})
	found[0].Due, found[0].Attempts, found[0].Because = at(33), 1, ""
	equal(t, "lost", settle(t, s, found[0], engine.DeliveryPending), false)
	equal(t, "next", next(), at(30))
	found = claim(t, s, 35, 99, 10)
	same(t, "due", idsOf(found), []string{"community/held", "community/now"})
	equal(t, "attempts", found[1].Attempts, 1)
	equal(t, "next is the end of the lease", next(), at(99))
	found[0].Due = at(50)
	equal(t, "lost", settle(t, s, found[0], engine.DeliveryHeld), false)
	equal(t, "lost", settle(t, s, found[1], engine.DeliverySent), false)
	equal(t, "next", next(), at(50))
	equal(t, "lost", settle(t, s, claim(t, s, 50, 60, 5)[0], engine.DeliveryExpired), false)
	equal(t, "next of a finished queue", next(), 0)
	same(t, "nothing is left", idsOf(claim(t, s, 999, 1999, 10)), nil)
}

func sentCounted(t *testing.T, s engine.Store) {
	mk := func(id, member, group, channel string, promotes bool) engine.Delivery {
		d := delivery(id, 1, 1)
		d.Member, d.Group, d.Channel, d.Promotes = member, group, channel, promotes
		return d
	}
	enqueue(t, s, space, mk("a", "m1", "g1", "mail", true), mk("b", "m1", "", "mail", false), mk("c", "m1", "", "sms", true), mk("d", "m2", "g1", "mail", true), mk("e", "m1", "", "mail", true), mk("f", "m1", "", "mail", true))
	enqueue(t, s, "other", mk("a", "m1", "g1", "mail", true))
	count := func(q engine.SentQuery) string {
		q.Workspace = space
		all, promotional, err := s.Outbox().SentSince(context.Background(), q)
		ok(t, err)
		return fmt.Sprint(all, promotional)
	}
	equal(t, "before", count(engine.SentQuery{Member: "m1"}), "0 0")
	for _, d := range claim(t, s, 100, 200, 10) {
		d.SentAt = at(100)
		switch d.ID {
		case "a", "b":
			settle(t, s, d, engine.DeliverySent)
		case "c":
			d.SentAt = 0
			settle(t, s, d, engine.DeliveryUncertain)
		case "e":
			d.SentAt = 0
			settle(t, s, d, engine.DeliveryDead)
		}
	} // d and f are being sent
	equal(t, "to a member", count(engine.SentQuery{Member: "m1"}), "4 3")
	equal(t, "to a member on a channel", count(engine.SentQuery{Member: "m1", Channel: "sms"}), "1 1")
	equal(t, "to a group", count(engine.SentQuery{Group: "g1"}), "2 2")
	equal(t, "since", count(engine.SentQuery{Member: "m1", Since: at(100)}), "4 3")
	equal(t, "since later", count(engine.SentQuery{Member: "m1", Since: at(100) + 1}), "0 0")
	equal(t, "to nobody", count(engine.SentQuery{Member: "m9"}), "0 0")
}

func replays(t *testing.T, s engine.Store) {
	ctx := context.Background()
	enqueue(t, s, space, delivery("a", 1, 1))
	replay := func(id string) (engine.Delivery, error) {
		return s.Outbox().Replay(ctx, space, id, at(500), at(900))
	}
	_, err := replay("a")
	mustBe(t, err, engine.CodeConflict)
	_, err = replay("none")
	mustBe(t, err, engine.CodeNotFound)
	_, err = s.Outbox().Replay(ctx, "other", "a", at(500), at(900))
	mustBe(t, err, engine.CodeNotFound)
	epoch := int64(0)
	for _, state := range []engine.DeliveryState{engine.DeliveryUncertain, engine.DeliveryDead, engine.DeliveryExpired, engine.DeliveryDropped, engine.DeliverySent} {
		d := claim(t, s, 500, 600, 10)[0]
		if d.Epoch <= epoch {
			t.Fatalf("epoch %d after %d", d.Epoch, epoch)
		}
		epoch, d.Attempts, d.Because, d.Detail = d.Epoch, 3, engine.Quota, "why"
		equal(t, "lost", settle(t, s, d, state), false)
		got, err := replay("a")
		if state == engine.DeliverySent {
			mustBe(t, err, engine.CodeConflict)
			return
		}
		ok(t, err)
		equal(t, "replayed", fmt.Sprint(got.State, got.Due, got.NotAfter, got.Attempts, got.Because, got.Detail, got.Text), fmt.Sprint("pending", at(500), at(900), 0, "", "", "你好😀"))
	}
}

// outboxRaces lets several workers claim at once: nobody gets what another got.
func outboxRaces(t *testing.T, s engine.Store) {
	const workers, each = 4, 40
	var all []engine.Delivery
	for n := range workers * each {
		all = append(all, delivery(fmt.Sprintf("d%03d", n), 1, n%7))
	}
	enqueue(t, s, space, all...)
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range 4 * each {
				found, err := s.Outbox().Claim(context.Background(), at(100), at(200), 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, d := range found {
					got[d.ID]++
				}
				done := len(got) == len(all)
				mu.Unlock()
				if done {
					return
				}
			}
		})
	}
	wg.Wait()
	equal(t, "deliveries claimed", len(got), len(all))
	for id, n := range got {
		equal(t, "claims of "+id, n, 1)
	}
}
