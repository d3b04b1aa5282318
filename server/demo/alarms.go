package demo

import (
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// rounds are the hours of a day at which the clock is looked at in any case: the
// day's first instant for reviews and tiers, and some more for what waits.
var rounds = []int{0, 9, 11, 15, 19, 22}

// alarms are the moments of a day at which something may be due: the schedules
// of the rules, and the rounds.
func (l *loader) alarms(day int) ([]engine.Time, error) {
	start, end := l.o.Size.start(day), l.o.Size.start(day+1)
	if last := Now.Std(); end.After(last) {
		end = last.Add(time.Microsecond)
	}
	var all []time.Time
	for _, hour := range rounds {
		all = append(all, start.Add(time.Duration(hour)*time.Hour))
	}
	if day == l.o.Size.Days-1 {
		all = append(all, Now.Std())
	}
	for _, r := range l.view.Book.Rules {
		if r.Every == "" {
			continue
		}
		s, err := calendar.ParseSchedule(r.Every)
		if err != nil {
			return nil, err
		}
		for at, ok := s.NextIn(l.view.Zone, start.Add(-time.Microsecond)); ok && at.Before(end); at, ok = s.NextIn(l.view.Zone, at) {
			all = append(all, at)
		}
	}
	var out []engine.Time
	for _, at := range all {
		if at.Before(end) {
			out = append(out, engine.TimeOf(at))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
