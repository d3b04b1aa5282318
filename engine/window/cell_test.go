package window

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

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

// TestLateOnADroppedDay: a day whose stamps were dropped gets a late event that
// still needs one; it stays one day.
func TestLateOnADroppedDay(t *testing.T) {
	z := zoneOf(t, "Asia/Shanghai")
	p := planOf(t, metric("all", engine.Days, ""), metric("all", engine.Count, ""))
	for hour := range 48 {
		c := p.NewCell(0)
		dropped := benchStart + engine.Time(hour)*3600e6
		at := dropped + late + 2e6 // the floor is just behind what is dropped
		p.Fold(0, c, event(dropped), z)
		p.Fold(0, c, event(at), z)
		p.Fold(0, c, event(at-late+1800e6), z)
		want := int64(2)
		if dayOf(z, dropped) != dayOf(z, at-late+1800e6) {
			want = 3
		}
		r := &Reading{Now: at, Zone: z}
		if d, n := p.Value(0, c, r), p.Value(1, c, r); d.Num != want || n.Num != 3 {
			t.Errorf("hour %d: %d events on %d days, want 3 on %d", hour, n.Num, d.Num, want)
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
