package window

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

var benchStart = engine.Time(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC).UnixMicro())

func planOf(tb testing.TB, metrics ...engine.Metric) *Plan {
	tb.Helper()
	table := engine.NewMetricTable()
	for _, m := range metrics {
		table.Intern(m)
	}
	p, err := NewPlan(table)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func zoneOf(tb testing.TB, name string) *calendar.Zone {
	tb.Helper()
	loc, err := calendar.LoadZone(name)
	if err != nil {
		tb.Fatal(err)
	}
	return calendar.NewZone(loc)
}

func event(at engine.Time, props ...engine.Prop) *engine.Event {
	return &engine.Event{Type: "a", At: at, MemberID: "mem_0123456789abcdef", Group: "second", Props: props}
}

func prop(name string, v engine.Value) engine.Prop { return engine.Prop{Name: name, Value: v} }

func metric(window string, agg engine.Agg, field string) engine.Metric {
	return engine.Metric{Source: engine.OfMember, Type: "a", Window: window, Agg: agg, Field: field}
}

// fifteen folds 15 events at random moments of 30 days.
func fifteen(p *Plan, z *calendar.Zone, unit int64, seed uint64) *Cell {
	r := rand.New(rand.NewPCG(seed, 7))
	at := make([]int64, 15)
	for i := range at {
		at[i] = r.Int64N(30*dayMicros) / unit * unit
	}
	slices.Sort(at)
	c := p.NewCell(0)
	for _, t := range at {
		p.Fold(0, c, event(benchStart+engine.Time(t)), z)
	}
	return c
}

func BenchmarkFold(b *testing.B) {
	z := zoneOf(b, "Asia/Shanghai")
	for name, p := range map[string]*Plan{
		"count": planOf(b, metric("30d", engine.Count, "")),
		"sums":  planOf(b, metric("30d", engine.Sum, "amount"), metric("all", engine.Max, "price"), metric("this_month", engine.Days, "")),
		"set":   planOf(b, metric("30d", engine.Distinct, "item")),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			c, e := p.NewCell(0), event(benchStart, prop("amount", engine.IntValue(5)), prop("item", engine.StringValue("x")), prop("price", engine.DecimalValue(19_900_000)))
			for b.Loop() {
				e.At += 1700e6 // 50 a day
				p.Fold(0, c, e, z)
				if len(c.pending) > 0 {
					c.pending = nil
				}
			}
		})
	}
}

func BenchmarkValue(b *testing.B) {
	z := zoneOf(b, "Asia/Shanghai")
	metrics := []engine.Metric{
		metric("30d", engine.Count, ""), metric("7d", engine.Count, ""), metric("today", engine.Count, ""), metric("this_month", engine.Count, ""),
		metric("all", engine.Count, ""), metric("30d", engine.Days, ""), metric("30d", engine.Streak, ""), metric("30d", engine.Last, ""),
	}
	p := planOf(b, metrics...)
	c := fifteen(p, z, 1, 1)
	for id, m := range metrics {
		b.Run(m.Window+"_"+string(m.Agg), func(b *testing.B) {
			b.ReportAllocs()
			r := &Reading{Now: c.newest, Zone: z, Coverage: Coverage{From: 1, JoinedAt: 1}}
			for b.Loop() {
				if v := p.Value(id, c, r); v.Kind == engine.Unknown {
					b.Fatal(v)
				}
			}
		})
	}
}

func BenchmarkKeys(b *testing.B) {
	p := planOf(b, metric("30d", engine.Count, ""),
		engine.Metric{Source: engine.OfMember, Type: "a", Window: "all", Agg: engine.Sum, Field: "amount",
			Filter: []engine.MetricFilter{{Name: "item", FromEvent: "props.item"}}},
		engine.Metric{Source: engine.OfGroup, Type: "*", Window: "7d", Agg: engine.Count})
	e := event(benchStart, prop("item", engine.StringValue("answer-1")))
	b.Run("keys", func(b *testing.B) {
		b.ReportAllocs()
		var refs []CellRef
		for b.Loop() {
			refs = p.Keys(refs[:0], e)
		}
	})
	b.Run("reads", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Reads(1, e, SubjectOf(e))
		}
	})
}

func BenchmarkPack(b *testing.B) {
	z := zoneOf(b, "Asia/Shanghai")
	p := planOf(b, metric("30d", engine.Count, ""))
	c := fifteen(p, z, 1, 1)
	row := c.AppendBinary(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			row = c.AppendBinary(row[:0])
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Open(0, row); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("clone+fold", func(b *testing.B) {
		b.ReportAllocs()
		e := event(c.newest)
		for b.Loop() {
			p.Fold(0, c.Clone(), e, z)
		}
	})
}

// TestMemory measures packed rows as a cache would hold them: two windows of 30
// days with 15 events for each of a number of members.
func TestMemory(t *testing.T) {
	const members, cells = 20_000, 2
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("30d", engine.Count, ""))
	for name, unit := range map[string]int64{"microseconds": 1, "milliseconds": 1000, "seconds": 1_000_000} {
		rows := make([][]byte, members*cells)
		var scratch []byte
		before := heap()
		bytes := 0
		for i := range rows {
			scratch = fifteen(p, z, unit, uint64(i)).AppendBinary(scratch[:0])
			rows[i] = slices.Clone(scratch)
			bytes += len(scratch)
		}
		held := heap() - before
		perMillion := float64(held) / members * 1e6 / 1e6
		t.Logf("times in %s: %.1f bytes a cell packed, %.0f MB of heap for 1,000,000 members with two windows (slice headers included)",
			name, float64(bytes)/float64(len(rows)), perMillion)
		if perMillion > 250 {
			t.Errorf("%.0f MB for 1,000,000 members, the goal is 250", perMillion)
		}
		runtime.KeepAlive(rows)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
