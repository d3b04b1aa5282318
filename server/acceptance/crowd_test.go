package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
)

const (
	crowdClients = 8
	hookSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// everyMessage gives points for every message, and tells the receiver which.
const everyMessage yaml = `key: every-message
kind: reward
title: {en: Every message, zh: 每条消息}
on: message.sent
then:
  - grant_points: {amount: 'event.props.n'}
  - send: {channel: hook, text: '{{ event.id }}'}
`

// crowd are clients that send until they are told to stop, send again what got
// no answer, and keep their own books of what was acknowledged.
type crowd struct {
	s    *server
	hook *hooktest.Receiver
	stop atomic.Bool
	wg   sync.WaitGroup

	acked, away, badWord atomic.Int64 // events answered; 503 as promised; other refusals

	mu       sync.Mutex
	accepted map[string]int // event id -> times it was answered as new
	points   map[string]int64
	events   map[string]int // of a member
	problems []string
}

// newCrowd sets a running server up for a crowd.
func newCrowd(t *testing.T, s *server) *crowd {
	c := &crowd{s: s, hook: hooktest.New(t, hookSecret), accepted: map[string]int{}, points: map[string]int64{}, events: map[string]int{}}
	s.hooked(c.hook.URL)
	s.call("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"secret": hookSecret}})
	s.publish("every-message", everyMessage)
	return c
}

func (c *crowd) start() {
	for n := range crowdClients {
		c.wg.Go(func() { c.client(n) })
	}
}

// finish lets every client get the answer it waits for.
func (c *crowd) finish() {
	c.stop.Store(true)
	c.wg.Wait()
}

func (c *crowd) problem(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// said is an event as its client remembers it.
type said struct {
	id, member string
	n          int64
}

func (c *crowd) client(n int) {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	var before []said
	for next := 0; !c.stop.Load(); {
		var batch []said
		for range 1 + random.IntN(5) {
			batch = append(batch, said{fmt.Sprintf("c%d-%d", n, next), fmt.Sprintf("m%d-%d", n, random.IntN(2)), 1 + random.Int64N(100)})
			next++
		}
		c.insist(batch, false)
		if len(before) > 0 && random.IntN(10) == 0 {
			c.insist(before, true) // as a client that forgot its answer
		}
		before = batch
		time.Sleep(time.Duration(random.IntN(8)) * time.Millisecond)
	}
}

// insist sends a batch until it is answered.
func (c *crowd) insist(batch []said, known bool) {
	var events []any
	for _, e := range batch {
		events = append(events, map[string]any{"id": e.id, "type": "message.sent", "props": map[string]any{"n": e.n},
			"member": map[string]string{"channel": "test", "external_id": e.member}})
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		c.problem("%v", err)
		return
	}
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a, err := c.s.try("POST", "/events", "application/json", body)
		switch {
		case err == nil && a.status == http.StatusOK:
			c.book(batch, a, known)
			return
		case err == nil:
			c.refused(a)
		}
		if time.Now().After(deadline) {
			c.problem("no answer for %s in 3 minutes", batch[0].id)
			return
		}
	}
}

// refused notes an answer that is no acknowledgement: only 503 that says when to
// come again is one that a client can live with.
func (c *crowd) refused(a answer) {
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status == http.StatusServiceUnavailable && err == nil && wait > 0 {
		c.away.Add(1)
		return
	}
	if c.badWord.Add(1) < 5 {
		c.problem("refused with %d, Retry-After %q: %.300s", a.status, a.header.Get("Retry-After"), a.body)
	}
}

// book enters an answer into the books.
func (c *crowd) book(batch []said, a answer, known bool) {
	var out struct{ Results []result }
	if err := json.Unmarshal(a.body, &out); err != nil || len(out.Results) != len(batch) {
		c.problem("answer to %s: %v %.300s", batch[0].id, err, a.body)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range out.Results {
		e := batch[i]
		right := r.ID == e.id && len(r.Decisions) == 1 && len(r.Decisions[0].Effects) == 2 && r.Decisions[0].Outcome == "true"
		if known && r.Status != "duplicate" || !known && r.Status != "accepted" && r.Status != "duplicate" || !right {
			c.problems = append(c.problems, fmt.Sprintf("%s (known %v): %+v", e.id, known, r))
		}
		if r.Status == "accepted" {
			c.accepted[e.id]++
		}
		if !known {
			c.points[e.member] += e.n
			c.events[e.member]++
			c.acked.Add(1)
		}
	}
}

// reckon holds the server's books against the crowd's.
func (c *crowd) reckon(t *testing.T) {
	t.Helper()
	for _, p := range c.problems {
		t.Error(p)
	}
	for id, times := range c.accepted {
		if times > 1 {
			t.Errorf("%s was accepted %d times", id, times)
		}
	}
	if c.acked.Load() < 100 {
		t.Fatalf("only %d events were acknowledged: nothing is shown", c.acked.Load())
	}
	for member, want := range c.points {
		var m struct {
			Accounts map[string]struct{ Balance int64 }
		}
		c.s.call("GET", "/members/test:"+member, nil).decode(t, &m)
		entries, sum := c.ledger(t, member)
		if got := m.Accounts["points"].Balance; got != want || sum != want || entries != c.events[member] {
			t.Errorf("%s has %d points in %d entries with a sum of %d; acknowledged were %d points in %d events",
				member, got, entries, sum, want, c.events[member])
		}
	}
	c.arrived(t)
}

// ledger reads a member's entries and says how many there are and their sum.
func (c *crowd) ledger(t *testing.T, member string) (entries int, sum int64) {
	t.Helper()
	seen := map[string]bool{}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Amount     int64
				Occurrence string
			}
			Next string
		}
		c.s.call("GET", "/members/test:"+member+"/points?limit=1000&cursor="+cursor, nil).decode(t, &page)
		for _, e := range page.Items {
			if seen[e.Occurrence] {
				t.Errorf("%s got points twice for %s", member, e.Occurrence)
			}
			seen[e.Occurrence] = true
			sum += e.Amount
		}
		entries += len(page.Items)
		if cursor = page.Next; cursor == "" {
			return entries, sum
		}
	}
}

// arrived waits for every message and holds their ids against each other: one
// event's message has one id, however often it came.
func (c *crowd) arrived(t *testing.T) {
	t.Helper()
	ids, texts, calls := map[string]string{}, map[string]string{}, 0
	want := int(c.acked.Load())
	c.settled(t)
	for _, call := range c.hook.Calls() {
		var body struct{ Data struct{ Text string } }
		if err := json.Unmarshal(call.Body, &body); err != nil {
			t.Fatalf("a webhook says %s: %v", call.Body, err)
		}
		if other, had := texts[body.Data.Text]; had && other != call.ID {
			t.Errorf("the message of %s came as %s and as %s", body.Data.Text, other, call.ID)
		}
		if other, had := ids[call.ID]; had && other != body.Data.Text {
			t.Errorf("%s is the id of %s and of %s", call.ID, other, body.Data.Text)
		}
		texts[body.Data.Text], ids[call.ID] = call.ID, body.Data.Text
		calls++
	}
	if len(texts) != want || len(ids) != want {
		t.Errorf("%d messages with %d ids arrived in %d calls, not %d", len(texts), len(ids), calls, want)
	}
	t.Logf("%d events acknowledged, %d calls for %d messages", want, calls, len(ids))
}

// settled waits until nothing is left to be sent, also what was being sent when
// the server died, and wants that nothing ended otherwise than sent.
func (c *crowd) settled(t *testing.T) {
	t.Helper()
	left := func(states ...string) (found []string) {
		for _, state := range states {
			var page struct {
				Items []struct{ ID, State, Because, Detail string }
			}
			c.s.call("GET", "/deliveries?limit=5&state="+state, nil).decode(t, &page)
			for _, d := range page.Items {
				found = append(found, fmt.Sprint(d))
			}
		}
		return found
	}
	for deadline := time.Now().Add(3 * time.Minute); len(left("pending", "sending")) > 0 && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	if not := left("pending", "sending", "held", "uncertain", "dropped", "expired", "dead"); len(not) > 0 {
		t.Errorf("not sent, of possibly more: %v", not)
	}
}
