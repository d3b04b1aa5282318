package bench

import (
	"context"
	"encoding/json"
	"syscall"
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

// cpu is what this process has used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMachineAlone is the machine's CPU without a store: batches of 1,000
// events of members who are known, with 1,000 rules.
func BenchmarkMachineAlone(b *testing.B) {
	ctx := context.Background()
	m := machine.New(machine.Options{Store: &void{Store: scratch.New()}, Books: &rules.Books{}})
	l := NewLoad(20_000, 1000)
	var writes []machine.Write
	for _, t := range l.EventTypes() {
		body, _ := json.Marshal(t)
		writes = append(writes, machine.Write{Kind: engine.DefineEventType, Key: t.Key, Body: body})
	}
	for key, doc := range l.Documents() {
		st := &rules.Stored{Draft: doc}
		if err := st.Publish(rules.Rollout{}, 0); err != nil {
			b.Fatal(err)
		}
		body, _ := st.Body()
		writes = append(writes, machine.Write{Kind: engine.DefineRule, Key: key, Body: body})
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
		began := cpu()
		accept(x)
		used += cpu() - began
	}
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N*1000), "cpu-us/event")
}
