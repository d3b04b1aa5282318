package calendar

import "time"

// Span is the time between two instants. FromOpen and ToOpen say that the
// instant itself lies outside.
type Span struct {
	From, To         time.Time
	FromOpen, ToOpen bool
}

// Contains reports whether an instant lies in the span.
func (s Span) Contains(t time.Time) bool {
	if t.Before(s.From) || t.After(s.To) {
		return false
	}
	return !(s.FromOpen && t.Equal(s.From)) && !(s.ToOpen && t.Equal(s.To))
}

// Bounds returns the window's span at a moment: (now-length, now] for a rolling
// window, [start, now] for a calendar one. bounded is false for "all", whose
// span has no From.
func (w Window) Bounds(now time.Time, loc *time.Location) (span Span, bounded bool) {
	z := Zone{loc: loc}
	return w.BoundsIn(&z, now)
}

// BoundsIn is Bounds with a Zone that remembers days.
func (w Window) BoundsIn(z *Zone, now time.Time) (span Span, bounded bool) {
	if w.kind == windowRolling {
		return Span{From: now.Add(-w.length), To: now, FromOpen: true}, true
	}
	if start, ok := w.StartDate(z.Day(now)); ok {
		return Span{From: z.DayStart(start), To: now}, true
	}
	return Span{To: now}, false
}

// Previous returns the window before this one, for growth: the same length again
// for a rolling window, the whole day, week or month before for a calendar one,
// and the N months before for "Nmo". ok is false for "all".
func (w Window) Previous(now time.Time, loc *time.Location) (span Span, ok bool) {
	z := Zone{loc: loc}
	return w.PreviousIn(&z, now)
}

// PreviousIn is Previous with a Zone that remembers days.
func (w Window) PreviousIn(z *Zone, now time.Time) (span Span, ok bool) {
	current, bounded := w.BoundsIn(z, now)
	if !bounded {
		return Span{}, false
	}
	if w.kind == windowRolling {
		return Span{From: current.From.Add(-w.length), To: current.From, FromOpen: true}, true
	}
	var start Date
	if w.kind == windowMonths {
		start = z.Day(now).AddMonths(-2 * int(w.months))
	} else {
		// Ask for the day before by its last moment, so that a skipped date is not it.
		start, _ = w.StartDate(z.Day(current.From.Add(-1)))
	}
	return Span{From: z.DayStart(start), To: current.From, ToOpen: true}, true
}
