package window

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// periodDays is for how many days totals are kept for review periods: a quarter,
// and three months in which its review may still be worked.
const periodDays = 190

// late is engine.LateAfter in microseconds.
const late = engine.Time(engine.LateAfter / time.Microsecond)

// shape is a set of events that rules aggregate, and what they need kept of it.
type shape struct {
	source engine.Source
	typ    string
	consts []engine.MetricFilter // an event must have these values
	keyed  []string              // and has one cell for each combination of these fields' values
	tag    string                // the shape's stable name in keys

	lay      *layout
	header   []byte        // the layout's columns in a cell's binary form
	lookback engine.Time   // of the longest rolling window, in microseconds
	dayKeep  int           // days of totals for calendar windows
	rolling  []engine.Time // distances of window edges that fall inside a day
	excludes bool          // a metric leaves the current event out
}

// shapeName writes what tells one shape from another. Unlike a metric's CellKey
// it does not say where a filter's value is read from.
func shapeName(m *engine.Metric) string {
	var b strings.Builder
	b.WriteString(string(m.Source) + "|" + m.Type)
	for _, f := range sortedFilter(m) {
		b.WriteString("|" + f.Name + "=")
		if f.FromEvent != "" {
			b.WriteByte('$')
		} else {
			b.WriteString(canonical(f.Const).Key())
		}
	}
	return b.String()
}

func sortedFilter(m *engine.Metric) []engine.MetricFilter {
	f := slices.Clone(m.Filter)
	slices.SortStableFunc(f, func(a, b engine.MetricFilter) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func newShape(name string, m *engine.Metric) *shape {
	sum := sha256.Sum256([]byte(name))
	s := &shape{source: m.Source, typ: m.Type, tag: base64.RawURLEncoding.EncodeToString(sum[:9]), lay: &layout{}}
	for _, f := range sortedFilter(m) {
		if f.FromEvent != "" {
			s.keyed = append(s.keyed, f.Name)
		} else {
			s.consts = append(s.consts, f)
		}
	}
	return s
}

// need widens what the shape keeps by what one metric reads.
func (s *shape) need(m *engine.Metric, w calendar.Window) {
	s.excludes = s.excludes || m.Exclude
	all := m.Window != PeriodWindow && w.All()
	length, rolling := w.Rolling()
	times := 1
	if m.Agg == engine.Growth {
		times = 2
	}
	switch days, _ := w.MaxDays(); {
	case m.Window == PeriodWindow:
		s.dayKeep = max(s.dayKeep, periodDays)
	case all:
		s.lay.all = true
	case rolling:
		for n := range times {
			edge := engine.Time(length/time.Microsecond) * engine.Time(n+1)
			s.lookback = max(s.lookback, edge)
			if !slices.Contains(s.rolling, edge) {
				s.rolling = append(s.rolling, edge)
			}
		}
	default:
		s.dayKeep = max(s.dayKeep, days*times)
	}
	keep := keepDays
	if all {
		keep = keepAll
	} else if rolling && m.Window != PeriodWindow {
		keep = keepStamps
	}
	s.needAgg(m, keep)
}

func (s *shape) needAgg(m *engine.Metric, keep keep) {
	switch m.Agg {
	case engine.Sum, engine.Avg, engine.Min, engine.Max:
		s.lay.addColumn(column{field: m.Field, keep: keep})
	case engine.Distinct:
		s.lay.addColumn(column{field: m.Field, set: true, keep: keep})
	case engine.First, engine.Last:
		s.lay.edges = s.lay.edges || keep > keepStamps
	case engine.Days, engine.Streak:
		s.lay.dates = s.lay.dates || keep == keepAll
	}
}

// listens is whether the shape counts the event, but for its keyed fields.
func (s *shape) listens(e *engine.Event) bool {
	if s.typ != e.Type && s.typ != engine.AnyType {
		return false
	}
	for i := range s.consts {
		if v := fieldOf(e, s.consts[i].Name); v.Kind == engine.Unknown || !v.Equal(s.consts[i].Const) {
			return false
		}
	}
	return true
}
