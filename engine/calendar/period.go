package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// Period is a run of whole local days, both ends included.
type Period struct{ First, Last Date }

// Key returns the period's stable name, such as 2026-03-01/2026-03-15.
func (p Period) Key() string { return p.First.String() + "/" + p.Last.String() }

// ParsePeriod reads what Key writes.
func ParsePeriod(key string) (Period, error) {
	first, last, ok := strings.Cut(key, "/")
	a, errA := ParseDate(first)
	b, errB := ParseDate(last)
	if !ok || errA != nil || errB != nil || b < a {
		return Period{}, &Error{
			Code: "period_syntax", Input: key,
			En: fmt.Sprintf("%q is not a period; write its first and last day, such as 2026-03-01/2026-03-15", key),
			Zh: fmt.Sprintf("%q 不是周期；请写首日和末日，例如 2026-03-01/2026-03-15", key),
		}
	}
	return Period{a, b}, nil
}

// Days returns how many dates the period has.
func (p Period) Days() int { return int(p.Last-p.First) + 1 }

// Has reports whether the period contains a date.
func (p Period) Has(d Date) bool { return p.First <= d && d <= p.Last }

// Start returns the first instant of the period in loc.
func (p Period) Start(loc *time.Location) time.Time { return DayStart(p.First, loc) }

// End returns the instant at which the period is over: the start of the day
// after its last.
func (p Period) End(loc *time.Location) time.Time { return DayStart(p.Last.AddDays(1), loc) }

// Span returns the instants of the period, [Start, End).
func (p Period) Span(loc *time.Location) Span {
	z := Zone{loc: loc}
	return Span{From: z.DayStart(p.First), To: z.DayStart(p.Last.AddDays(1)), ToOpen: true}
}

type cadenceKind uint8

const (
	everyHalfMonth cadenceKind = iota
	everyWeek
	everyMonth
	everyQuarter
	everyDays
)

// MaxCadenceDays is the longest "Nd" that ParseCadence accepts.
const MaxCadenceDays = 366

// Cadence cuts the calendar into periods, one after the other without gaps.
// The zero Cadence is half_month. Cadences compare with ==.
type Cadence struct {
	kind   cadenceKind
	days   int32
	anchor Date
}

var cadenceNames = []string{"half_month", "week", "month", "quarter"}

// ParseCadence reads half_month (1st to 15th, 16th to the end), week (from
// Monday), month, quarter, or a number of days such as 15d (1d to 366d).
func ParseCadence(s string) (Cadence, error) {
	for kind, name := range cadenceNames {
		if s == name {
			return Cadence{kind: cadenceKind(kind)}, nil
		}
	}
	count, unit, ok := splitCount(s)
	if n, err := strconv.Atoi(count); ok && unit == "d" && err == nil && n >= 1 && n <= MaxCadenceDays {
		return Cadence{kind: everyDays, days: int32(n)}, nil
	}
	suggestion := ""
	if !ok {
		suggestion = spelling.Nearest(s, cadenceNames)
	} else if spelled := respell(s); spelled != s {
		if _, err := ParseCadence(spelled); err == nil {
			suggestion = spelled
		}
	}
	en, zh := didYouMean(suggestion)
	return Cadence{}, &Error{
		Code: "cadence_syntax", Input: s,
		En: fmt.Sprintf("%q is not a review period; write half_month, week, month, quarter or a number of days from 1d to 366d%s", s, en),
		Zh: fmt.Sprintf("%q 不是评审周期；请写 half_month、week、month、quarter，或 1d 到 366d 的天数%s", s, zh),
	}
}

// String writes the cadence as ParseCadence reads it, without its anchor.
func (c Cadence) String() string {
	if c.kind == everyDays {
		return strconv.Itoa(int(c.days)) + "d"
	}
	return cadenceNames[c.kind]
}

// NeedsAnchor reports whether the cadence counts days from an anchor.
func (c Cadence) NeedsAnchor() bool { return c.kind == everyDays }

// Anchored returns the cadence counted from the given date, on which a period
// begins. It changes nothing for cadences that follow the calendar; without it
// days are counted from 1970-01-01.
func (c Cadence) Anchored(d Date) Cadence {
	if c.kind == everyDays {
		c.anchor = d
	}
	return c
}

// Of returns the period that contains a date.
func (c Cadence) Of(d Date) Period {
	switch c.kind {
	case everyWeek:
		return Period{d.WeekStart(), d.WeekStart().AddDays(6)}
	case everyMonth:
		return Period{d.MonthStart(), d.MonthEnd()}
	case everyQuarter:
		year, month, _ := d.YMD()
		first := (month-1)/3*3 + 1
		return Period{NewDate(year, first, 1), NewDate(year, first+3, 0)}
	case everyDays:
		first := c.anchor.AddDays(int(floorDiv(int64(d-c.anchor), int64(c.days))) * int(c.days))
		return Period{first, first.AddDays(int(c.days) - 1)}
	}
	if middle := d.MonthStart().AddDays(14); d > middle {
		return Period{middle.AddDays(1), d.MonthEnd()}
	}
	return Period{d.MonthStart(), d.MonthStart().AddDays(14)}
}

// PeriodOf returns the period that an instant falls in, by its local date.
func (c Cadence) PeriodOf(t time.Time, loc *time.Location) Period { return c.Of(DateOf(t, loc)) }

// Next returns the period after p.
func (c Cadence) Next(p Period) Period { return c.Of(p.Last.AddDays(1)) }

// Prev returns the period before p.
func (c Cadence) Prev(p Period) Period { return c.Of(p.First.AddDays(-1)) }
