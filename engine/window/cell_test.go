package window

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// drawOneShape gives metrics of one shape and events of one member for tests of single cells.
func drawOneShape(t *rapid.T) *engine.MetricTable {
	table := engine.NewMetricTable()
	for range rapid.IntRange(1, 6).Draw(t, "metrics") {
		m := drawMetric(t)
		m.Source, m.Type, m.Filter, m.Exclude = engine.OfMember, "*", nil, false
		table.Intern(m)
	}
	return table
}

func newRig(t *rapid.T, table *engine.MetricTable) *rig {
	place := rapid.SampledFrom(places).Draw(t, "place")
	loc, err := calendar.LoadZone(place.zone)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, table: table, zone: calendar.NewZone(loc), brute: brute{loc: loc},
		store: map[string][]byte{}, cells: map[string]*Cell{}, shape: map[string]int{},
		newest: engine.Time(place.near.UnixMicro())}
	if r.plan, err = NewPlan(table); err != nil {
		t.Fatal(err)
	}
	r.plan.spillAt = rapid.SampledFrom([]int{3, 6, 20, SpillAt}).Draw(t, "spillAt")
	return r
}

// TestMerge folds a history into two cells and merges them: it must read as if
// all had been one from the beginning, also after storing it.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t, drawOneShape(t))
		for i := range rapid.IntRange(1, 60).Draw(t, "events") {
			at := r.newest
			if i > 0 {
				at, _ = r.nextTime(1000)
			}
			r.fold(drawEvent(t, at))
			r.newest = max(r.newest, at)
			if rapid.IntRange(0, 7).Draw(t, "commit") == 0 {
				r.commit(true)
			}
		}
		keys := map[string]string{}
		for _, m := range []string{"m1", "m2"} {
			keys[m] = r.plan.Keys(nil, &engine.Event{Type: "a", MemberID: m})[0].Key
		}
		into, from := r.cell(CellRef{Key: keys["m1"]}), r.cell(CellRef{Key: keys["m2"]})
		for _, s := range from.Segments() {
			if body, ok := r.store[s.Key(keys["m2"])]; ok {
				if err := from.Attach(s, body); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := r.plan.Merge(0, into, from); err != nil {
			t.Fatal(err)
		}
		r.commit(rapid.Bool().Draw(t, "restart"))
		for _, e := range r.brute.log {
			e.MemberID = "m1"
		}
		e := drawEvent(t, r.newest)
		e.MemberID = "m1"
		r.fold(e)
		for id := range r.table.All {
			r.decide(e, id)
		}
	})
}

// TestZoneChange lets the workspace move between zones far apart. Rolling windows
// and "all" count instants and must not notice.
func TestZoneChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := engine.NewMetricTable()
		for range rapid.IntRange(1, 6).Draw(t, "metrics") {
			m := drawMetric(t)
			if m.Window == "period" || strings.HasPrefix(m.Window, "t") || m.Window == "2mo" || m.Agg == engine.Days || m.Agg == engine.Streak {
				m.Window, m.Agg, m.Field = rapid.SampledFrom([]string{"24h", "7d", "all"}).Draw(t, "instants"), engine.Count, ""
			}
			table.Intern(m)
		}
		r := newRig(t, table)
		for i := range rapid.IntRange(1, 60).Draw(t, "events") {
			at, veryLate := r.newest, false
			if i > 0 {
				at, veryLate = r.nextTime(1)
			}
			if rapid.IntRange(0, 4).Draw(t, "moves") == 0 {
				name := rapid.SampledFrom([]string{"Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "Asia/Shanghai"}).Draw(t, "to")
				loc, err := calendar.LoadZone(name)
				if err != nil {
					t.Fatal(err)
				}
				r.zone = calendar.NewZone(loc)
			}
			e := drawEvent(t, at)
			r.fold(e)
			r.newest = max(r.newest, at)
			for id := range r.table.All {
				if !veryLate {
					r.ask(id, asks{about: e, current: e, now: e.At})
				}
			}
			if rapid.IntRange(0, 5).Draw(t, "commit") == 0 {
				r.commit(true)
			}
		}
	})
}

// daily folds an event a day, leaving out every gap-th.
func daily(p *Plan, z *calendar.Zone, days, gap int) *Cell {
	c := p.NewCell(0)
	for i := range days {
		if gap == 0 || i%gap != 0 {
			p.Fold(0, c, event(benchStart.Add(time.Duration(i)*24*time.Hour)), z)
		}
	}
	return c
}

func reopen(t *testing.T, p *Plan, c *Cell) *Cell {
	t.Helper()
	n, err := p.Open(0, c.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	if again := n.AppendBinary(nil); string(again) != string(c.AppendBinary(nil)) {
		t.Fatalf("opened and written again, the row is another")
	}
	return n
}

// TestLongStreak has streaks and days that reach far into the totals of what is older.
func TestLongStreak(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("all", engine.Streak, ""), metric("all", engine.Days, ""), metric("24h", engine.Count, ""))
	ask := func(c *Cell) (streak, days int64) {
		r := &Reading{Now: c.newest, Zone: z}
		return p.Value(0, c, r).Num, p.Value(1, c, r).Num
	}
	c := reopen(t, p, daily(p, z, 1000, 0))
	if s, d := ask(c); s != 1000 || d != 1000 {
		t.Errorf("1000 days in a row: streak %d, days %d", s, d)
	}
	if n := len(c.AppendBinary(nil)); n > 120 {
		t.Errorf("1000 days in a row take %d bytes", n)
	}
	c = reopen(t, p, daily(p, z, 1000, 7))
	if s, d := ask(c); s != 1000%7-1 || d != 857 {
		t.Errorf("every 7th day left out: streak %d, days %d", s, d)
	}
	// An import fills every gap, newest first and oldest first.
	for i := range 72 {
		p.Fold(0, c, event(benchStart.Add(time.Duration(994-i*14)*24*time.Hour)), z)
		if i < 71 {
			p.Fold(0, c, event(benchStart.Add(time.Duration(i*14+7)*24*time.Hour)), z)
		}
	}
	if s, d := ask(reopen(t, p, c)); s != 1000 || d != 1000 {
		t.Errorf("gaps filled: streak %d, days %d", s, d)
	}
}

// TestStreakOverSkippedDate: Samoa had no 30 December 2011, which breaks no streak,
// not even when it lies in the totals of what is older.
func TestStreakOverSkippedDate(t *testing.T) {
	z := zoneOf(t, "Pacific/Apia")
	p := planOf(t, metric("all", engine.Streak, ""))
	c := p.NewCell(0)
	for i := range 60 {
		at := engine.Time(time.Date(2011, 12, 10+i, 8, 0, 0, 0, time.UTC).UnixMicro())
		p.Fold(0, c, event(at), z)
		v := p.Value(0, reopen(t, p, c), &Reading{Now: at, Zone: z})
		if v.Num != int64(i)+1 {
			t.Fatalf("after %d days the streak is %d", i+1, v.Num)
		}
	}
}

// TestDistinctBound counts exactly to MaxDistinct, then gives a lower bound, and is
// exact again once the values have left the window.
func TestDistinctBound(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("7d", engine.Distinct, "item"), metric("all", engine.Count, ""))
	c := p.NewCell(0)
	at := benchStart
	value := func() engine.Value {
		r := &Reading{Now: at, Zone: z}
		if need := p.Needs(0, c, r); len(need) > 0 {
			t.Fatalf("needs %v of a cell that was never let go", need)
		}
		return p.Value(0, c, r)
	}
	for i := range MaxDistinct + 200 {
		at += 1e6
		p.Fold(0, c, event(at, prop("item", engine.StringValue(fmt.Sprint("v", i)))), z)
		want := engine.IntValue(int64(min(i+1, MaxDistinct)))
		want.AtLeast = i >= MaxDistinct
		if got := value(); !reflect.DeepEqual(got, want) {
			t.Fatalf("after %d values: %+v, want %+v", i+1, got, want)
		}
	}
	for day := range 18 {
		at += dayMicros
		p.Fold(0, c, event(at, prop("item", engine.IntValue(int64(day)))), z)
	}
	if got := value(); !reflect.DeepEqual(got, engine.IntValue(7)) {
		t.Errorf("after 18 days of a value each: %+v, want 7", got)
	}
	if n := len(c.dicts[0]); n > 20 {
		t.Errorf("%d values are still kept", n)
	}
}

// TestSegmentsOfDistinct reads a set column back from segments after a restart, and
// after the dictionary was swept.
func TestSegmentsOfDistinct(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("7d", engine.Distinct, "item"))
	c, store := p.NewCell(0), map[string][]byte{}
	unloaded, seenAt := false, map[int]engine.Time{}
	for i := range 6000 {
		at := benchStart + engine.Time(i)*300e6
		p.Fold(0, c, event(at, prop("item", engine.IntValue(int64(i*i%701)))), z)
		seenAt[i*i%701] = at
		if i%500 != 499 {
			continue
		}
		for _, rec := range c.Records(nil, "k") {
			store[rec.Key] = rec.Body
		}
		c = reopen(t, p, c)
		r := &Reading{Now: at, Zone: z}
		before := p.Value(0, c, r)
		unloaded = unloaded || before.Reason() == NotLoaded
		for _, s := range p.Needs(0, c, r) {
			if err := c.Attach(s, store[s.Key("k")]); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, last := range seenAt {
			if last > at-7*dayMicros {
				want++
			}
		}
		got := p.Value(0, c, r)
		if !reflect.DeepEqual(got, engine.IntValue(int64(want))) {
			t.Errorf("after %d events: %+v, want %d", i+1, got, want)
		}
		if before.Reason() != NotLoaded && !reflect.DeepEqual(before, got) {
			t.Errorf("after %d events, with segments missing: %+v", i+1, before)
		}
	}
	if !unloaded {
		t.Errorf("no decision looked into a segment that was missing")
	}
}

// TestTooLate: further back than LateAfter a cell does not know, and says so.
func TestTooLate(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("7d", engine.Count, ""), metric("all", engine.Count, ""), metric("today", engine.Count, ""))
	c := daily(p, z, 30, 0)
	for id := range 3 {
		if v := p.Value(id, c, &Reading{Now: c.newest - late, Zone: z}); v.Kind != engine.Int {
			t.Errorf("metric %d just in time: %+v", id, v)
		}
		if v := p.Value(id, c, &Reading{Now: c.newest - late - 1, Zone: z}); v.Reason() != engine.TooLate {
			t.Errorf("metric %d too late: %+v", id, v)
		}
	}
}

// TestOlderRulebook reads a cell that was kept for a rulebook that asked for less.
func TestOlderRulebook(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	old := planOf(t, metric("7d", engine.Count, ""))
	row := daily(old, z, 100, 0).AppendBinary(nil)
	for _, m := range []engine.Metric{metric("30d", engine.Count, ""), metric("all", engine.Count, ""), metric("2mo", engine.Count, ""),
		metric("7d", engine.Sum, "amount"), metric("all", engine.Streak, ""), metric("all", engine.First, "")} {
		p := planOf(t, metric("7d", engine.Count, ""), m)
		if p.ShapeTag(0) != old.ShapeTag(0) {
			t.Fatalf("the shape's tag changed with the rulebook")
		}
		c, err := p.Open(0, row)
		if err != nil {
			t.Fatal(err)
		}
		r := &Reading{Now: c.newest, Zone: z}
		if v := p.Value(0, c, r); !reflect.DeepEqual(v, engine.IntValue(7)) {
			t.Errorf("beside %s: %+v", m.Key(), v)
		}
		if v := p.Value(1, c, r); v.Reason() != engine.NotCovered || p.Fits(0, c) {
			t.Errorf("%s of a cell that does not know it: %+v, fits %v", m.Key(), v, p.Fits(0, c))
		}
		p.Fold(0, c, event(c.newest+1, prop("amount", engine.IntValue(1))), z) // goes on as it is
		if v := p.Value(0, c, &Reading{Now: c.newest, Zone: z}); !reflect.DeepEqual(v, engine.IntValue(8)) {
			t.Errorf("folded further beside %s: %+v", m.Key(), v)
		}
	}
	wide := planOf(t, metric("30d", engine.Sum, "amount"), metric("all", engine.Days, ""))
	c, err := old.Open(0, daily(wide, z, 100, 0).AppendBinary(nil))
	if err != nil || !old.Fits(0, c) {
		t.Errorf("a cell that keeps more than is asked does not fit: %v", err)
	}
	if v := old.Value(0, c, &Reading{Now: c.newest, Zone: z}); !reflect.DeepEqual(v, engine.IntValue(7)) {
		t.Errorf("a cell that keeps more: %+v", v)
	}
}

// TestLeftOutLong: a decision put off for longer than stamps are kept still leaves
// its event out of counts and sums, and is unknown where it can't.
func TestLeftOutLong(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	table := engine.NewMetricTable()
	for _, m := range []engine.Metric{metric("all", engine.Count, ""), metric("all", engine.Sum, "amount"), metric("all", engine.Avg, "amount"), metric("all", engine.Max, "amount")} {
		m.Exclude = true
		table.Intern(m)
	}
	p, err := NewPlan(table)
	if err != nil {
		t.Fatal(err)
	}
	c := p.NewCell(0)
	current := event(benchStart, prop("amount", engine.IntValue(100)))
	p.Fold(0, c, current, z)
	for i := range 5 {
		p.Fold(0, c, event(benchStart+engine.Time(i+5)*dayMicros, prop("amount", engine.IntValue(2))), z)
	}
	r := &Reading{Now: c.newest, Current: current, Zone: z}
	want := []engine.Value{engine.IntValue(5), engine.IntValue(10), engine.DecimalValue(2e6), engine.UnknownValue(engine.TooLate)}
	for id := range want {
		if got := p.Value(id, c, r); !reflect.DeepEqual(got, want[id]) {
			t.Errorf("%s: %+v, want %+v", table.All[id].Key(), got, want[id])
		}
	}
}

// TestFlat: a cell's row, the records a batch writes and the stamps a decision
// looks at stay the same however long the history is.
func TestFlat(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("24h", engine.Sum, "amount"), metric("7d", engine.Count, ""), metric("all", engine.Sum, "amount"))
	type cost struct{ row, segment, attached, days int }
	store := map[string][]byte{}
	measure := func(c *Cell, at engine.Time, n int) (worst cost) {
		for i := range n {
			at += 86e6 // 1,000 a day
			p.Fold(0, c, event(at, prop("amount", engine.IntValue(int64(i%100)))), z)
			if i%50 != 0 {
				continue
			}
			r := &Reading{Now: at, Zone: z}
			if v := p.Value(0, c, r); v.Kind != engine.Int {
				t.Fatalf("sum: %+v", v)
			}
			for k, rec := range c.Records(nil, "k") {
				store[rec.Key] = rec.Body
				if k == 0 {
					worst.row = max(worst.row, len(rec.Body))
				} else {
					worst.segment = max(worst.segment, len(rec.Body))
				}
			}
			p.Trim(0, c, z)
			attached := 0
			for i := range c.days {
				if c.days[i].out != nil {
					for _, b := range c.days[i].out.chunks {
						if b != nil {
							attached += b.len()
						}
					}
				}
			}
			worst.attached, worst.days = max(worst.attached, attached), max(worst.days, len(c.days))
			// What Trim let go of and the next decision needs would come from the store.
			if need := p.Needs(0, c, &Reading{Now: at + 86e6, Zone: z}); len(need) > 4 {
				t.Fatalf("needs %d segments", len(need))
			}
			for _, s := range p.Needs(0, c, &Reading{Now: at + 50*86e6, Zone: z}) {
				if err := c.Attach(s, store[s.Key("k")]); err != nil {
					t.Fatal(err)
				}
			}
		}
		return worst
	}
	c := p.NewCell(0)
	early := measure(c, benchStart, 20_000)
	later := measure(c, c.newest, 200_000)
	t.Logf("the first 20,000 events: %+v; the next 200,000: %+v", early, later)
	if later.row > early.row*11/10+16 || later.segment > early.segment*11/10 || later.days > early.days+1 || later.attached > early.attached*3/2 {
		t.Errorf("cost grows with history: first %+v, later %+v", early, later)
	}
	if later.row > 4096 {
		t.Errorf("the row takes %d bytes", later.row)
	}
}
