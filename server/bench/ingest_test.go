package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/store"
)

// BenchmarkMachine is ingest without HTTP: batches of 1,000 with 1,000 rules on SQLite.
func BenchmarkMachine(b *testing.B) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + b.TempDir() + "/bench.db", Instance: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	m := machine.New(machine.Options{Store: s, Books: &rules.Books{}})
	l := NewLoad(20_000, 1000)
	if err := s.Within(ctx, "w", func(tx engine.Tx) error { return nil }); err != nil {
		b.Log(err)
	}
	writes, err := l.Writes()
	if err != nil {
		b.Fatal(err)
	}
	t0 := time.Now()
	if _, err := m.Define(ctx, "w", "bench", engine.TimeOf(time.Now()), writes, nil); err != nil {
		b.Fatal(err)
	}
	b.Logf("publish 1000 rules: %v", time.Since(t0))
	v, err := m.State(ctx, "w")
	if err != nil {
		b.Fatal(err)
	}
	if len(v.Book.Rules) != 1000 {
		b.Fatalf("%d rules, %d broken, such as %v", len(v.Book.Rules), len(v.Book.Broken), v.Book.Broken["rule-00001"])
	}
	decisions := 0
	for b.Loop() {
		b.StopTimer()
		batch := machine.Batch{Source: "bench", Received: l.clock + 3600_000_000, Show: machine.ShowMatched}
		for range 1000 {
			batch.Events = append(batch.Events, l.Next().Engine())
		}
		b.StartTimer()
		r, err := m.Accept(ctx, "w", batch)
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range r {
			if x.Status != machine.Accepted {
				b.Fatal(fmt.Sprint(x))
			}
			decisions += len(x.Decisions)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*1000), "us/event")
	b.ReportMetric(float64(decisions)/float64(b.N*1000), "decisions/event")
}
