package window

import (
	"reflect"
	"strings"
	"testing"

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

// TestSameBytes: a cell that was stored and opened after every event, one that was
// cloned, and one that stayed in memory have the same row, byte by byte, so that a
// replay can be compared with what is stored.
func TestSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t, drawOneShape(t))
		stays := r.plan.NewCell(0)
		moves := r.plan.NewCell(0)
		for i := range rapid.IntRange(1, 60).Draw(t, "events") {
			at := r.newest
			if i > 0 {
				at, _ = r.nextTime(1000)
			}
			e := drawEvent(t, at)
			r.newest = max(r.newest, at)
			r.brute.log = append(r.brute.log, e)
			r.plan.Fold(0, stays, e, r.zone)
			r.plan.Fold(0, moves, e, r.zone)
			a, b := stays.Records(nil, "k"), moves.Records(nil, "k")
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("after %d events the records differ:\n%x\n%x", i+1, a, b)
			}
			var err error
			if moves, err = r.plan.Open(0, b[0].Body); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "clones") {
				stays = stays.Clone()
			}
		}
	})
}
