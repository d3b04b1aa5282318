package window

import (
	"math/bits"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// nothing stands for a cell that does not exist.
var nothing = newCell(&layout{})

// reader is one metric being read.
type reader struct {
	m    *metricPlan
	c    *Cell
	r    *Reading
	col  int
	skip bool // leave the current event out
}

// Value reads a metric from the cell that Reads named; a nil cell is one without
// events. Integer fields give integers and decimal ones decimals; avg and growth
// are decimals rounded half away from zero; first and last are times. Events
// without the field are left out of sum, avg, min, max and distinct, and a value
// that is no number makes the first four unknown (wrong_type).
func (p *Plan) Value(metric int, c *Cell, r *Reading) engine.Value {
	m := &p.metrics[metric]
	if c == nil {
		c = nothing
	}
	s, ok := m.span(r)
	if !ok {
		return engine.UnknownValue(engine.NotCovered)
	}
	rd := reader{m: m, c: c, r: r, col: -1, skip: m.Exclude && r.Current != nil && p.inCell(m, r.Current)}
	if why := rd.check(&s); why != "" {
		return engine.UnknownValue(why)
	}
	if m.Agg == engine.Growth {
		return rd.growth(&s)
	}
	v := rd.aggregate(&s)
	if why := m.uncovered(&s, r); why != "" && v.Kind != engine.Unknown {
		if !m.boundable(r) {
			return engine.UnknownValue(why)
		}
		v.AtLeast = true
	}
	return v
}

// inCell is whether the current event is one that the metric's cell counts.
func (p *Plan) inCell(m *metricPlan, e *engine.Event) bool {
	s := p.shapes[m.shape]
	if !s.listens(e) {
		return false
	}
	for i, name := range s.keyed {
		if name != m.from[i] && !fieldOf(e, name).Equal(fieldOf(e, m.from[i])) {
			return false
		}
	}
	return true
}

// check is whether the cell knows what the span asks for.
func (rd *reader) check(s *span) engine.Reason {
	c, m := rd.c, rd.m
	if c.empty() {
		return ""
	}
	if s.to < c.newest-late {
		return engine.TooLate
	}
	if m.Field != "" && m.column.field != "" {
		rd.col = c.lay.column(m.column.field, m.column.set)
		if rd.col < 0 {
			return engine.NotCovered
		}
	}
	if !s.byDate {
		if s.from < c.floor {
			return engine.NotCovered
		}
		return ""
	}
	pruned := c.dayFloor != noDate
	if pruned && s.lo < c.dayFloor && (s.lo != noDate || !c.lay.all) {
		return engine.NotCovered
	}
	if c.floor != never && !c.lay.keeps(m, rd.col, s.lo == noDate) {
		return engine.NotCovered
	}
	return ""
}

// keeps is whether totals without stamps have what the metric reads.
func (l *layout) keeps(m *metricPlan, col int, all bool) bool {
	level := keepDays
	if all {
		level = keepAll
	}
	switch m.Agg {
	case engine.First, engine.Last:
		return l.edges
	case engine.Days, engine.Streak:
		return l.dates || !all
	}
	return col < 0 || l.columns[col].keep >= level
}

// uncovered says why the window is not covered from its beginning.
func (m *metricPlan) uncovered(s *span, r *Reading) engine.Reason {
	if r.From == 0 && r.JoinedAt == 0 || s.lo == noDate {
		return ""
	}
	begins := s.begins(r.Zone)
	switch {
	case r.From != 0 && begins < r.From:
		return engine.NotCovered
	case r.JoinedAt != 0 && begins < r.JoinedAt:
		return engine.BeforeJoined
	}
	return ""
}

// boundable is whether the metric can only grow with events that were not reported.
func (m *metricPlan) boundable(r *Reading) bool {
	switch m.Agg {
	case engine.Count, engine.Distinct, engine.Days, engine.Streak:
		return true
	case engine.Sum:
		return r.NonNegative
	}
	return false
}

func (rd *reader) begin(t *tally, s *span) {
	t.col, t.set, t.width, t.first, t.last = rd.col, rd.m.column.set, len(rd.c.lay.columns), forever, never
	if rd.skip {
		t.skipAt = rd.r.Current.At
		t.skip = t.skipAt > s.from && t.skipAt <= s.to
	}
	if t.skip && rd.col >= 0 {
		v := fieldOf(rd.r.Current, rd.m.Field)
		switch {
		case !t.set:
			t.skipX = numOf(v)
		case v.Kind != engine.Unknown:
			t.skipX = num{int64(rd.c.dicts[rd.col].find(hashOf(v))), seen}
		}
	}
}

func (rd *reader) aggregate(s *span) engine.Value {
	var t tally
	rd.begin(&t, s)
	if t.set {
		return rd.distinct(&t, s)
	}
	var days int64
	if rd.m.Agg == engine.Streak {
		days = rd.streak(&t, s)
	} else {
		days = rd.gather(&t, s)
	}
	if why := rd.leftOut(&t, s); why != "" {
		return engine.UnknownValue(why)
	}
	switch rd.m.Agg {
	case engine.Count:
		return engine.IntValue(t.n)
	case engine.Days, engine.Streak:
		return engine.IntValue(days)
	case engine.First, engine.Last:
		if t.n == 0 {
			return engine.UnknownValue(engine.NoData)
		}
		if rd.m.Agg == engine.First {
			return engine.TimeValue(t.first)
		}
		return engine.TimeValue(t.last)
	}
	return t.agg.value(rd.m.Agg)
}

func (rd *reader) distinct(t *tally, s *span) engine.Value {
	t.bits = new([MaxDistinct/64 + 1]uint64)
	rd.gather(t, s)
	if why := rd.leftOut(t, s); why != "" {
		return engine.UnknownValue(why)
	}
	n := 0
	for _, w := range t.bits {
		n += bits.OnesCount64(w)
	}
	v := engine.IntValue(int64(n))
	v.AtLeast = t.beyond
	return v
}

// gather adds up the span and counts its days.
func (rd *reader) gather(t *tally, s *span) (days int64) {
	c := rd.c
	if s.lo == noDate && c.old != nil {
		t.summary(c.old)
		days = c.dates.count
	}
	i := c.dayFrom(s.lo)
	if t.col < 0 && !t.skip && c.spills == 0 {
		return days + t.plain(c, i, s)
	}
	for lo := c.begin(i); i < len(c.days) && c.days[i].date < s.hi; i++ {
		if t.day(c, i, lo, s) {
			days++
		}
		lo = int(c.days[i].end)
	}
	return days
}

// leftOut deals with a current event that has no stamp any more, in a decision
// that was put off for longer than stamps are kept.
func (rd *reader) leftOut(t *tally, s *span) engine.Reason {
	if t.missing {
		return NotLoaded
	}
	if !t.skip || t.skipAt > rd.c.floor || s.byDate && s.lo != noDate && rd.dateOf(t.skipAt) < s.lo {
		return ""
	}
	switch rd.m.Agg {
	case engine.Count, engine.Sum, engine.Avg:
		t.n--
		t.agg.subtract(t.skipX)
		return ""
	}
	return engine.TooLate
}

func (rd *reader) dateOf(t engine.Time) calendar.Date { return dayOf(rd.r.Zone, t) }

// streak counts back the days without a gap that end today or yesterday.
func (rd *reader) streak(t *tally, s *span) (days int64) {
	c, z := rd.c, rd.r.Zone
	want := rd.dateOf(rd.r.Now) // today, or else the day before it
	for i := len(c.days) - 1; i >= 0 && c.days[i].date >= s.lo; i-- {
		date := c.days[i].date
		if date >= s.hi || !t.day(c, i, c.begin(i), s) {
			continue
		}
		if !follows(z, date, want) && (days > 0 || !follows(z, date, want-1)) {
			return days
		}
		days++
		want = date - 1
	}
	if s.lo == noDate && !c.dates.empty() {
		for _, run := range c.dates.backward(z, want, days == 0) {
			days += int64(run.hi-run.lo) + 1
		}
	}
	return days
}

// follows is whether date is want, or the last one before it that the zone did
// not skip.
func follows(z *calendar.Zone, date, want calendar.Date) bool {
	return date == want || date == want-1 && begin(z, want) == begin(z, want+1)
}

// growth is (n1+10)/(n0+10), this window against the one before.
func (rd *reader) growth(s *span) engine.Value {
	before, ok := rd.m.previous(rd.r, s)
	if !ok {
		return engine.UnknownValue(engine.NotCovered)
	}
	if why := rd.check(s); why != "" {
		return engine.UnknownValue(why)
	}
	b := before
	b.to = s.to // late is judged by this window's end
	if why := rd.check(&b); why != "" {
		return engine.UnknownValue(why)
	}
	if why := rd.m.uncovered(&before, rd.r); why != "" {
		return engine.UnknownValue(why)
	}
	var t1, t0 tally
	rd.begin(&t1, s)
	rd.begin(&t0, &before)
	rd.gather(&t1, s)
	rd.gather(&t0, &before)
	if t1.missing || t0.missing {
		return engine.UnknownValue(NotLoaded)
	}
	if t1.n+t0.n == 0 {
		return engine.UnknownValue(engine.NoData)
	}
	q, _ := num{t1.n + 10, whole}.wide().divRound(uint64(t0.n + 10))
	return engine.DecimalValue(q)
}
