package window

import (
	"math"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Reading is the moment and circumstances of one decision.
type Reading struct {
	Now     engine.Time
	Current *engine.Event  // the event being decided, already folded; nil when there is none
	Zone    *calendar.Zone // the workspace's
	Period  *engine.Period // of reviews
	Coverage
}

// Coverage says since when the metric's events were reported. A window that
// begins earlier is only a lower bound. It differs by metric.
type Coverage struct {
	From        engine.Time // covered since; 0: always
	JoinedAt    engine.Time // when the member joined; 0: not in question
	NonNegative bool        // the metric's field is declared so, its sum may be a lower bound
}

// span is a window at one moment. A calendar one takes the days [lo, hi) and of
// them what is not after to; a rolling one the stamps in (from, to].
type span struct {
	byDate   bool
	lo, hi   calendar.Date
	from, to engine.Time
}

const lastDay = calendar.Date(math.MaxInt32)

func rollingSpan(from, to engine.Time) span {
	return span{from: from, to: to, lo: utcDate(from) - 2, hi: lastDay}
}

func dateSpan(lo, hi calendar.Date, to engine.Time) span {
	return span{byDate: true, lo: lo, hi: hi, from: never, to: to}
}

// span gives the metric's window; ok is false for a period that is not given.
func (m *metricPlan) span(r *Reading) (s span, ok bool) {
	if m.Window == PeriodWindow {
		if r.Period == nil {
			return span{}, false
		}
		return periodSpan(r), true
	}
	if length, rolling := m.window.Rolling(); rolling {
		return rollingSpan(r.Now.Add(-length), r.Now), true
	}
	if m.window.All() {
		return dateSpan(noDate, lastDay, r.Now), true
	}
	lo, _ := m.window.StartDate(r.Zone.Day(time.UnixMicro(int64(r.Now))))
	return dateSpan(lo, lastDay, r.Now), true
}

// periodSpan is a review's [start, end) up to now. One whose bounds aren't days'
// beginnings is read from stamps alone, as a rolling window is.
func periodSpan(r *Reading) span {
	p := r.Period
	to := min(r.Now, p.End-1)
	lo, aligned := startOf(r.Zone, p.Start)
	hi, ends := startOf(r.Zone, p.End)
	switch {
	case !aligned:
		return rollingSpan(p.Start-1, to)
	case ends && r.Now >= p.End:
		return dateSpan(lo, hi, forever)
	}
	return dateSpan(lo, lastDay, to)
}

// startOf gives the date that begins at t; ok is false when none does.
func startOf(z *calendar.Zone, t engine.Time) (calendar.Date, bool) {
	d := dayOf(z, t)
	return d, begin(z, d) == t
}

func begin(z *calendar.Zone, d calendar.Date) engine.Time {
	return engine.Time(z.DayStart(d).UnixMicro())
}

// begins is when the window begins, to compare with what was covered; "all"
// begins never.
func (s *span) begins(z *calendar.Zone) engine.Time {
	if !s.byDate {
		return s.from
	}
	return begin(z, s.lo)
}

// previous is the window before, for growth.
func (m *metricPlan) previous(r *Reading, s *span) (span, bool) {
	if length, rolling := m.window.Rolling(); rolling {
		return rollingSpan(s.from.Add(-length), s.from), true
	}
	if m.Window == PeriodWindow {
		return span{}, false
	}
	before, ok := m.window.PreviousIn(r.Zone, time.UnixMicro(int64(r.Now)))
	if !ok {
		return span{}, false
	}
	lo := dayOf(r.Zone, engine.Time(before.From.UnixMicro()))
	return dateSpan(lo, s.lo, forever), true
}
