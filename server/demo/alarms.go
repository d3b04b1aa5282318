package demo

import (
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// rounds are the hours of a day at which the clock is looked at in any case, for
// timers, messages and the crew.
var rounds = []int{9, 11, 15, 20}

// alarm is a moment at which something may be due; planned is whether that may be
// a schedule, a tier or a review.
type alarm struct {
	at      engine.Time
	planned bool
}

// alarms are the moments of a day at which something may be due: its first
// instant, the schedules of the rules, and the rounds.
func (l *loader) alarms(day int) ([]alarm, error) {
	start, end := l.o.Size.start(day), l.o.Size.start(day+1)
	planned := map[time.Time]bool{start: true}
	for _, hour := range rounds {
		planned[start.Add(time.Duration(hour)*time.Hour)] = false
	}
	if day == l.o.Size.Days-1 {
		planned[Now.Std().In(zone)] = true
		end = Now.Std().Add(time.Microsecond)
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
			planned[at.In(zone)] = true
		}
	}
	var out []alarm
	for at, plan := range planned {
		if at.Before(end) {
			out = append(out, alarm{engine.TimeOf(at), plan})
		}
	}
	slices.SortFunc(out, func(a, b alarm) int { return int(a.at - b.at) })
	return out, nil
}
