package machine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"pgregory.net/rapid"
)

// busy are rules that give, count, tag and emit.
var busy = []string{`
key: third
kind: reward
title: {en: Third, zh: 第三次}
on: message.sent
when: 'events("message.sent", "all").count() >= 3'
once: member
then:
  - award_badge: {badge: talker}
  - grant_points: {amount: 7}
`, `
key: each
kind: reward
title: {en: Each, zh: 每次}
on: [message.sent, post.made]
when: 'event.props.n > 2'
then:
  - grant_points: {amount: 'event.props.n'}
  - emit: {type: point.made, props: {n: 'event.props.n - 1'}}
limits: {per_member: {times: 4, per: day}, total: {times: 30, per: ever}}
`, `
key: echo
kind: reward
title: {en: Echo, zh: 回响}
on: point.made
when: 'event.props.n > 3'
then:
  - grant_points: {amount: 1}
  - add_tag: {tag: echoed}
  - emit: {type: point.made, props: {n: 'event.props.n - 2'}}
`, `
key: daily
kind: reward
title: {en: Daily, zh: 每天}
on: post.made
when: 'true'
once: day
then:
  - grant_points: {amount: 2}
`}

var busyRewards = []engine.Reward{{Key: "talker", Kind: "badge"}}

func busyWorld(t fataler) *world {
	t.Helper()
	w := newWorld(t)
	for _, r := range busyRewards {
		w.reward(r)
	}
	w.publish(busy...)
	return w
}

// history draws events of a few members over a few days.
func history(t *rapid.T, w *world) []engine.Event {
	n := rapid.IntRange(1, 40).Draw(t, "events")
	var out []engine.Event
	for range n {
		w.now += engine.Time(rapid.IntRange(0, int(day/3)).Draw(t, "gap"))
		typ := rapid.SampledFrom([]string{"message.sent", "post.made"}).Draw(t, "type")
		out = append(out, w.by(rapid.SampledFrom([]string{"ada", "bo", "cy"}).Draw(t, "who"), typ, "n", rapid.IntRange(0, 9).Draw(t, "n")))
	}
	return out
}

// TestSentHoweverTheEffectsAreTheSame sends the same events one by one, in
// batches of any size, twice each, and from four clients in turn.
func TestSentHoweverTheEffectsAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := busyWorld(t)
		events := history(t, one)
		for _, e := range events {
			one.now = e.At
			one.send(e)
		}
		many := busyWorld(t)
		for i := 0; i < len(events); {
			n := min(len(events)-i, rapid.IntRange(1, 12).Draw(t, "batch"))
			batch := slices.Clone(events[i : i+n])
			if rapid.Bool().Draw(t, "twice") {
				batch = append(batch, batch...)
			}
			many.now = events[i+n-1].At
			many.send(batch...)
			if rapid.Bool().Draw(t, "again") {
				for _, r := range many.send(batch...) {
					if r.Status != machine.Duplicate {
						t.Fatalf("sent again: %+v", r)
					}
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				many = many.another()
			}
			i += n
		}
		if a, b := one.state(), many.state(); a != b {
			t.Fatalf("one by one:\n%s\nin batches:\n%s", a, b)
		}
		many.verify()
	})
}

// TestFourClientsAtOnce sends every event from four clients at once, through
// two machines: each is accepted once, and the replay agrees.
func TestFourClientsAtOnce(t *testing.T) {
	w := busyWorld(t)
	other := w.another()
	var events []engine.Event
	for i := range 200 {
		e := w.by(fmt.Sprint("m", i%7), "post.made", "n", i%10)
		events = append(events, e)
	}
	var mu sync.Mutex
	accepted := map[string]int{}
	var wg sync.WaitGroup
	for client := range 4 {
		m := []*machine.Machine{w.m, other.m}[client%2]
		wg.Go(func() {
			for chunk := range slices.Chunk(events, 1+client*7) {
				results, err := m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: w.now, Events: slices.Clone(chunk)})
				if err != nil {
					t.Errorf("accept: %v", err)
					return
				}
				mu.Lock()
				for _, r := range results {
					if r.Status == machine.Accepted {
						accepted[r.ID]++
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, e := range events {
		if accepted[e.ID] != 1 {
			t.Errorf("event %s was accepted %d times", e.ID, accepted[e.ID])
		}
	}
	w.verify()
}

func TestDuplicatesGetTheDecisionsOfWhatTheyEmittedToo(t *testing.T) {
	w := busyWorld(t)
	e := w.by("ada", "post.made", "n", 8)
	first := effects(w.send(e)[0].Decisions)
	again := w.send(e)[0]
	if again.Status != machine.Duplicate {
		t.Fatalf("sent again: %+v", again)
	}
	want := []string{"daily:grant_points", "each:grant_points", "each:emit", "echo:grant_points", "echo:add_tag", "echo:emit",
		"echo:grant_points", "echo:add_tag", "echo:emit"}
	if got := effects(again.Decisions); !slices.Equal(got, first) || !slices.Equal(got, want) {
		t.Errorf("at first %v, again %v, want %v", first, got, want)
	}
	twice := w.send(w.by("bo", "post.made", "n", 5))
	if len(effects(twice[0].Decisions)) == 0 {
		t.Fatal("a new event has no effects")
	}
}

func TestAnIDWithAnotherBodyIsRefused(t *testing.T) {
	w := busyWorld(t)
	e := w.by("ada", "post.made", "n", 1)
	other := e
	other.Props = []engine.Prop{{Name: "n", Value: engine.IntValue(2)}}
	for _, batch := range [][]engine.Event{{e, other}, {other}} {
		r := w.try(machine.Batch{Source: "test", Events: batch})
		last := r[len(r)-1]
		if last.Status != machine.Invalid || last.Problems[0].Code != "id_reused" {
			t.Errorf("another body in a batch of %d: %+v", len(batch), last)
		}
	}
	if r := w.try(machine.Batch{Source: "elsewhere", Events: []engine.Event{other}}); r[0].Status != machine.Accepted {
		t.Errorf("the same id from another credential: %+v", r[0])
	}
}

// TestARetryIsADuplicateWhateverWasDeclaredMeanwhile: declaring a type changes
// the kinds of its values, not what was sent.
func TestARetryIsADuplicateWhateverWasDeclaredMeanwhile(t *testing.T) {
	w := newWorld(t)
	e := w.by("ada", "price.seen", "amount", 5)
	e.At = 0
	w.send(e)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "price.seen", Body: body(engine.EventType{Key: "price.seen",
		Subject: engine.SubjectMember, Fields: []engine.Field{{Name: "amount", Type: "decimal"}}})})
	w.now += hour
	if r := w.send(e)[0]; r.Status != machine.Duplicate {
		t.Errorf("sent again: %+v", r)
	}
}

func TestAnUnknownMemberIDIsRefusedAndMakesNobody(t *testing.T) {
	w := newWorld(t)
	w.send(w.by("ada", "x"))
	stranger := w.by("", "x")
	stranger.Member = engine.MemberRef{ID: "nobody"}
	aimed := w.by("ada", "x")
	aimed.To = engine.MemberRef{ID: "nobody"}
	known := w.by("", "x")
	known.Member = engine.MemberRef{ID: w.id("ada")}
	r := w.try(machine.Batch{Source: "test", Events: []engine.Event{stranger, aimed, known}})
	for i, path := range []string{"/events/0/member/id", "/events/1/to/id"} {
		if r[i].Status != machine.Invalid || r[i].Problems[0].Code != "unknown_member" || r[i].Problems[0].Path != path {
			t.Errorf("event %d: %+v", i, r[i])
		}
	}
	if r[2].Status != machine.Accepted || w.memberByID("nobody") != nil {
		t.Errorf("a known id: %+v; nobody: %v", r[2], w.memberByID("nobody"))
	}
	// The refused ids are not used up: the same event is taken once its member is known.
	stranger.Member = identity("bo")
	if r := w.send(stranger)[0]; r.Status != machine.Accepted {
		t.Errorf("with an identity: %+v", r)
	}
}
