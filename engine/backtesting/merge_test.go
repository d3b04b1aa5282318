package backtesting_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Where people are merged a back-test finds the same whether it was told so, sees
// it on the way, or looks first; and what one had done counts for the other.
func TestMergesAreFoundOnTheWay(t *testing.T) {
	p := newPast(t)
	start := at("2025-03-01T00:00:00Z")
	say := func(n int, who string) engine.Event {
		return engine.Event{ID: fmt.Sprint("e", n), Type: "message.sent", At: start + engine.Time(n)*3600_000_000,
			Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: who}}}
	}
	p.happen(say(0, "ada"), say(1, "ada"), say(2, "old-ada"), say(3, "old-ada"))
	e := say(4, "ada")
	e.Type, e.ID, e.To = "bylaw.member.merge", "merge", engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: "old-ada"}}
	results, err := p.machine.Accept(t.Context(), ws, machine.Batch{Source: "hand", Received: e.At, Reserved: true, Events: []engine.Event{e}})
	p.must(err)
	if results[0].Status != machine.Accepted {
		t.Fatalf("%+v", results[0])
	}
	p.happen(say(5, "ada"))
	plan := p.plan("key: five\nkind: reward\ntitle: {en: Five}\non: message.sent\nwhen: 'events(\"message.sent\", \"all\").count() >= 5'\nonce: member\nthen: [{grant_points: {amount: 5}}]\n", "", ever, forever)
	hashes := map[string]bool{}
	for _, change := range []func(*backtesting.Plan){func(*backtesting.Plan) {}, func(x *backtesting.Plan) { x.Merged = true }, func(x *backtesting.Plan) { x.Acted = func(*machine.Seen) {} }} {
		x := plan
		change(&x)
		r, err := backtesting.Run(t.Context(), x)
		p.must(err)
		if r.Gained != 1 || r.After.Matches != 1 {
			t.Errorf("%d gained by %d matches", r.Gained, r.After.Matches)
		}
		hashes[r.Hash] = true
	}
	if len(hashes) != 1 {
		t.Errorf("%d different results", len(hashes))
	}
}

// A run that nobody waits for any more ends within a chunk, and says so.
func TestARunIsStopped(t *testing.T) {
	p := newPast(t)
	for n := range 200 {
		p.happen(engine.Event{ID: fmt.Sprint("e", n), Type: "message.sent", At: at("2025-03-01T00:00:00Z") + engine.Time(n), Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: "ada"}}})
	}
	plan := p.plan("key: five\nkind: reward\ntitle: {en: Five}\non: message.sent\nthen: [{grant_points: {amount: 5}}]\n", "", ever, forever)
	ctx, stop := context.WithCancel(t.Context())
	acted := 0
	plan.Acted = func(*machine.Seen) { acted++ }
	plan.Audience = stopping{stop}
	if r, err := backtesting.Run(ctx, plan); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("it ended with %+v, %v", r, err)
	}
	if acted >= 200 {
		t.Errorf("all %d events were worked after it was stopped", acted)
	}
}

// stopping is an audience that stops the run that asks it.
type stopping struct{ stop context.CancelFunc }

func (s stopping) Eval(*engine.Facts) (engine.Tri, error) {
	s.stop()
	return engine.Yes, nil
}

func (s stopping) Explain(*engine.Facts) *engine.Finding { return &engine.Finding{} }

// TestProgressIsInEvents: how far a run is and how far it goes are told in events,
// whatever room their positions leave between them.
func TestProgressIsInEvents(t *testing.T) {
	p := newPast(t)
	for n := range 200 {
		p.happen(engine.Event{ID: fmt.Sprint("e", n), Type: "message.sent", At: at("2025-03-01T00:00:00Z") + engine.Time(n), Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: "ada"}}})
	}
	plan := p.plan("key: five\nkind: reward\ntitle: {en: Five}\non: message.sent\nthen: [{grant_points: {amount: 5}}]\n", "", ever, forever)
	var done, total int64
	plan.Progress = func(d, of int64) {
		if d < done || d > of {
			t.Errorf("%d of %d after %d", d, of, done)
		}
		done, total = d, of
	}
	if _, err := backtesting.Run(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if done != total || total < 200 || total > 300 {
		t.Errorf("it ended with %d of %d", done, total)
	}
}
