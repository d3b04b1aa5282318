package bench

import (
	"context"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

// void is a store that keeps the definitions and nothing else, so that what is
// left to measure is the machine.
type void struct {
	*scratch.Store
	lane engine.LaneState
	defs []engine.Definition
}

func (v *void) Within(_ context.Context, _ string, fn func(engine.Tx) error) error {
	return fn(&nothing{v})
}

type nothing struct{ *void }

func (n *nothing) Lane() engine.LaneState { return n.lane }

func (n *nothing) Claim(context.Context, []engine.EventClaim) (map[int]engine.Seen, error) {
	return nil, nil
}

func (n *nothing) Load(context.Context, []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	return nil, nil
}

func (n *nothing) Decisions(context.Context, []int64) ([]engine.Decision, error) { return nil, nil }

func (n *nothing) Definitions(context.Context, int64) ([]engine.Definition, error) {
	return n.defs, nil
}

func (n *nothing) Save(_ context.Context, c *engine.Changes) error {
	n.lane = engine.LaneState{Position: c.Position, Revision: c.Revision}
	n.defs = append(n.defs, c.Definitions...)
	return nil
}

// BenchmarkMachineAlone is the machine's CPU without a store: batches of 1,000
// events of members who are known, with 1,000 rules.
func BenchmarkMachineAlone(b *testing.B) {
	ctx := context.Background()
	m := machine.New(machine.Options{Store: &void{Store: scratch.New()}, Books: &rules.Books{}})
	l := NewLoad(20_000, 1000)
	writes, err := l.Writes()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := m.Define(ctx, "w", "bench", engine.TimeOf(time.Now()), writes, nil); err != nil {
		b.Fatal(err)
	}
	batch := func() machine.Batch {
		out := machine.Batch{Source: "bench", Received: l.clock + 3600_000_000, Show: machine.ShowMatched}
		for range 1000 {
			out.Events = append(out.Events, l.Next().Engine())
		}
		return out
	}
	accept := func(x machine.Batch) {
		if _, err := m.Accept(ctx, "w", x); err != nil {
			b.Fatal(err)
		}
	}
	for range 100 {
		accept(batch())
	}
	used := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		x := batch()
		b.StartTimer()
		began := processCPU()
		accept(x)
		used += processCPU() - began
	}
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N*1000), "cpu-us/event")
}
