package window

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// The zones and the days around which their clocks do what is hard: go forward,
// go back (St. John's one minute after midnight), skip midnight, skip a date.
var places = []struct {
	zone string
	near time.Time
}{
	{"Asia/Shanghai", time.Date(2026, 2, 20, 15, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 3, 7, 4, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 10, 30, 4, 0, 0, 0, time.UTC)},
	{"America/St_Johns", time.Date(2010, 11, 5, 0, 0, 0, 0, time.UTC)},
	{"America/St_Johns", time.Date(2010, 11, 7, 1, 0, 0, 0, time.UTC)},
	{"America/Sao_Paulo", time.Date(2018, 11, 2, 0, 0, 0, 0, time.UTC)},
	{"America/Santiago", time.Date(2022, 9, 9, 0, 0, 0, 0, time.UTC)},
	{"Pacific/Apia", time.Date(2011, 12, 28, 9, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)},
	{"UTC", time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)},
}

// rig drives cells as the machine does: rows and segments in a store, cells in a
// cache that is lost at times.
type rig struct {
	t      *rapid.T
	plan   *Plan
	table  *engine.MetricTable
	zone   *calendar.Zone
	store  map[string][]byte
	cells  map[string]*Cell
	shape  map[string]int
	brute  brute
	newest engine.Time
}

func (r *rig) cell(ref CellRef) *Cell {
	if c, ok := r.cells[ref.Key]; ok {
		return c
	}
	c := r.plan.NewCell(ref.Shape)
	if row, ok := r.store[ref.Key]; ok {
		var err error
		if c, err = r.plan.Open(ref.Shape, row); err != nil {
			r.t.Fatalf("open what was stored: %v", err)
		}
	}
	r.cells[ref.Key], r.shape[ref.Key] = c, ref.Shape
	return c
}

func (r *rig) fold(e *engine.Event) {
	r.brute.log = append(r.brute.log, e)
	for _, ref := range r.plan.Keys(nil, e) {
		r.plan.Fold(ref.Shape, r.cell(ref), e, r.zone)
	}
}

// commit stores everything; restart forgets the cache as well.
func (r *rig) commit(restart bool) {
	for key, c := range r.cells {
		for _, rec := range c.Records(nil, key) {
			if len(rec.Key) > 191 {
				r.t.Fatalf("key of %d bytes: %s", len(rec.Key), rec.Key)
			}
			if rec.Body == nil {
				delete(r.store, rec.Key)
			} else {
				r.store[rec.Key] = rec.Body
			}
		}
		r.plan.Trim(r.shape[key], c, r.zone)
	}
	if restart {
		r.cells = map[string]*Cell{}
	}
}

func (r *rig) ask(id int, q asks) {
	q.m = &r.table.All[id]
	want := r.brute.value(q)
	ref, why := r.plan.Reads(id, q.about, SubjectOf(q.about))
	got := engine.UnknownValue(why)
	if why == "" {
		c := r.cell(ref)
		read := &Reading{Now: q.now, Current: q.current, Zone: r.zone, Period: q.period, Coverage: q.cover}
		for _, s := range r.plan.Needs(ref.Shape, c, read) {
			if err := c.Attach(s, r.store[s.Key(ref.Key)]); err != nil {
				r.t.Fatalf("attach: %v", err)
			}
		}
		if !r.plan.Fits(ref.Shape, c) {
			r.t.Fatalf("cell %s does not fit the plan that it was kept for", ref.Key)
		}
		got = r.plan.Value(id, c, read)
	}
	if !reflect.DeepEqual(got, want) {
		r.t.Fatalf("%s at %s in %s (period %v, coverage %+v): got %+v, want %+v",
			q.m.Key(), q.now, r.zone.Location(), q.period, q.cover, got, want)
	}
}

func drawMetric(t *rapid.T) engine.Metric {
	m := engine.Metric{
		Source: rapid.SampledFrom([]engine.Source{engine.OfMember, engine.OfMember, engine.OfGroup}).Draw(t, "source"),
		Type:   rapid.SampledFrom([]string{"a", "a", "b", "*"}).Draw(t, "type"),
		Window: rapid.SampledFrom([]string{"30m", "24h", "2d", "7d", "30d", "today", "this_week", "this_month", "2mo", "12mo", "all", "period"}).Draw(t, "window"),
		Agg: rapid.SampledFrom([]engine.Agg{engine.Count, engine.Sum, engine.Avg, engine.Min, engine.Max, engine.Distinct,
			engine.Days, engine.Streak, engine.First, engine.Last, engine.Growth}).Draw(t, "agg"),
		Exclude: rapid.IntRange(0, 3).Draw(t, "exclude") == 0,
	}
	switch m.Agg {
	case engine.Sum, engine.Avg, engine.Min, engine.Max:
		m.Field = rapid.SampledFrom([]string{"amount", "price", "big"}).Draw(t, "field")
	case engine.Distinct:
		m.Field = rapid.SampledFrom([]string{"item", "amount", "content"}).Draw(t, "field")
	}
	switch rapid.IntRange(0, 5).Draw(t, "filter") {
	case 0:
		m.Filter = []engine.MetricFilter{{Name: "kind", Const: engine.IntValue(1)}}
	case 1:
		m.Filter = []engine.MetricFilter{{Name: "kind", FromEvent: "props.kind"}}
	case 2:
		m.Filter = []engine.MetricFilter{{Name: "group", FromEvent: "group"}, {Name: "kind", FromEvent: "props.other"}}
	}
	return m
}

func drawEvent(t *rapid.T, at engine.Time) *engine.Event {
	e := &engine.Event{
		Type: rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "type"), At: at,
		MemberID: rapid.SampledFrom([]string{"m1", "m1", "m2"}).Draw(t, "member"),
		Group:    rapid.SampledFrom([]string{"", "second", "核心群"}).Draw(t, "group"),
		Content:  rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "content"),
	}
	prop := func(name string, choices ...engine.Value) {
		if v := rapid.SampledFrom(choices).Draw(t, name); v.Kind != engine.Unknown {
			e.Props = append(e.Props, engine.Prop{Name: name, Value: v})
		}
	}
	none := engine.Value{}
	prop("amount", none, engine.IntValue(1), engine.IntValue(-7), engine.IntValue(250))
	prop("big", engine.IntValue(1<<62), engine.IntValue(-1<<63), engine.IntValue(3), engine.DecimalValue(1<<62))
	prop("item", none, engine.StringValue("x"), engine.StringValue(""), engine.IntValue(3), engine.DecimalValue(3e6), engine.BoolValue(true),
		engine.DecimalValue(5), engine.ListValue(engine.IntValue(1)))
	prop("kind", none, engine.IntValue(1), engine.IntValue(1), engine.DecimalValue(1e6), engine.StringValue("1"))
	prop("other", none, engine.IntValue(1), engine.StringValue("1"))
	prop("price", none, engine.DecimalValue(19_900_000), engine.DecimalValue(-333_333), engine.IntValue(5), engine.StringValue("free"))
	return e
}

func (r *rig) decide(current *engine.Event, id int) {
	t := r.t
	q := asks{about: current, current: current, now: current.At}
	if rapid.IntRange(0, 9).Draw(t, "later") == 0 { // a decision put off
		q.now += engine.Time(rapid.Int64Range(0, 3*dayMicros).Draw(t, "after"))
		if q.now < r.newest-late {
			return
		}
	}
	today := r.brute.dateOf(q.now)
	start := today.AddDays(-rapid.IntRange(0, 40).Draw(t, "start"))
	end := start.AddDays(rapid.IntRange(1, 30).Draw(t, "length"))
	q.period = &engine.Period{
		Start: engine.Time(calendar.DayStart(start, r.brute.loc).UnixMicro()),
		End:   engine.Time(calendar.DayStart(end, r.brute.loc).UnixMicro()),
	}
	if q.period.Start >= q.period.End {
		return // a period of one skipped date
	}
	if rapid.IntRange(0, 4).Draw(t, "covered") == 0 {
		q.cover = Coverage{
			From:        q.now - engine.Time(rapid.Int64Range(0, 10*dayMicros).Draw(t, "from")),
			NonNegative: rapid.Bool().Draw(t, "nonnegative"),
		}
		if rapid.Bool().Draw(t, "joins") {
			q.cover.JoinedAt = q.now - engine.Time(rapid.Int64Range(0, 20*dayMicros).Draw(t, "joined"))
		}
	}
	r.ask(id, q)
}

// nextTime is a time in steps of unit: the same again, soon, days on, or late.
func (r *rig) nextTime(unit int64) (at engine.Time, veryLate bool) {
	t := r.t
	u := engine.Time(unit)
	switch rapid.IntRange(0, 13).Draw(t, "gap") {
	case 0, 1:
		return r.newest, false
	case 2, 3, 4:
		at = r.newest + engine.Time(rapid.Int64Range(0, 5*3600e6).Draw(t, "soon"))
	case 5, 6, 7:
		at = r.newest + engine.Time(rapid.Int64Range(0, 2*dayMicros).Draw(t, "next"))
	case 8:
		at = r.newest + engine.Time(rapid.Int64Range(0, 20*dayMicros).Draw(t, "much"))
	case 9, 10, 11:
		at = r.newest - engine.Time(rapid.Int64Range(0, int64(late)-unit).Draw(t, "late"))
	case 12: // exactly a window's edge before another event
		edge := rapid.SampledFrom([]engine.Time{1800e6, dayMicros, 2 * dayMicros, 7 * dayMicros}).Draw(t, "edge")
		other := rapid.SampledFrom(r.brute.log).Draw(t, "other")
		at = max(other.At+edge, r.newest-late)
		return at, false
	default:
		at = r.newest - engine.Time(rapid.Int64Range(0, 90*dayMicros).Draw(t, "import"))
		return at / u * u, true
	}
	return max(at/u*u, r.newest-late), false
}

// undo changes a cell, or its clone, in ways that the other must not see.
func (r *rig) undo(e *engine.Event) {
	for _, ref := range r.plan.Keys(nil, e) {
		c := r.cell(ref)
		spoiled, kept := c, c.Clone()
		if rapid.Bool().Draw(r.t, "which") {
			spoiled, kept = kept, c
		}
		for range rapid.IntRange(1, 12).Draw(r.t, "spoils") {
			junk := *e
			junk.At += engine.Time(rapid.Int64Range(-dayMicros, 3*dayMicros).Draw(r.t, "junk"))
			r.plan.Fold(ref.Shape, spoiled, &junk, r.zone)
		}
		r.cells[ref.Key] = kept
	}
}

// TestExact plays random histories with ties, late events, imports, restarts,
// clones and spills, and compares each decision with a reading of the raw list.
func TestExact(t *testing.T) {
	decisions := 0
	rapid.Check(t, func(t *rapid.T) {
		table := engine.NewMetricTable()
		for range rapid.IntRange(1, 12).Draw(t, "metrics") {
			table.Intern(drawMetric(t))
		}
		r := newRig(t, table)
		unit := rapid.SampledFrom([]int64{1, 1000, 1e6, 900e6}).Draw(t, "unit")
		for i := range rapid.IntRange(1, 60).Draw(t, "events") {
			at, veryLate := r.newest, false
			if i > 0 {
				at, veryLate = r.nextTime(unit)
			}
			e := drawEvent(t, at)
			if rapid.IntRange(0, 9).Draw(t, "undo") == 0 {
				r.undo(e)
			}
			r.fold(e)
			r.newest = max(r.newest, at)
			if !veryLate {
				for id := range r.table.All {
					r.decide(e, id)
					decisions++
				}
			}
			switch rapid.IntRange(0, 7).Draw(t, "commit") {
			case 0:
				r.commit(true)
			case 1, 2:
				r.commit(false)
			}
		}
	})
	t.Logf("%d decisions compared", decisions)
}
