package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Schedule says when something happens: at the times of a cron expression or at
// a time of day on a festival. It has no zone; Next is given one.
type Schedule struct {
	text    string
	cron    cron
	holiday string
	at      Clock
}

// searchDays is how far ahead a firing is looked for: 29 February on a given
// weekday comes after 40 years at most.
const searchDays = 41 * 366

// ParseSchedule reads "0 9 * * 1-5" (minute, hour, day of month, month, day of
// week; lists, ranges, steps and the names JAN and MON; with both days
// restricted, either will do) or "holiday mid-autumn 09:00". It refuses a
// schedule that never fires.
func ParseSchedule(s string) (Schedule, error) {
	fields := strings.Fields(s)
	if len(fields) > 0 && strings.EqualFold(fields[0], "holiday") {
		return parseHolidaySchedule(s, fields[1:])
	}
	c, err := parseCron(s)
	if err != nil {
		return Schedule{}, err
	}
	// These 28 years hold every date on every weekday.
	first, last := NewDate(2000, time.January, 1), NewDate(2027, time.December, 31)
	if _, ok := c.nextDate(first, last); !ok {
		return Schedule{}, &Error{
			Code: "cron_never", Input: s,
			En: fmt.Sprintf("schedule %q never fires: none of its months has such a day", s),
			Zh: fmt.Sprintf("定时 %q 永远不会触发：所选月份没有这样的日子", s),
		}
	}
	return Schedule{text: strings.Join(fields, " "), cron: c}, nil
}

func parseHolidaySchedule(s string, rest []string) (Schedule, error) {
	if len(rest) != 2 {
		return Schedule{}, &Error{
			Code: "schedule_syntax", Input: s,
			En: fmt.Sprintf("%q is not a schedule; write holiday, its name and a time, such as \"holiday mid-autumn 09:00\"", s),
			Zh: fmt.Sprintf("%q 不是定时；请写 holiday、节日名和时刻，例如 \"holiday mid-autumn 09:00\"", s),
		}
	}
	if err := CheckHoliday(rest[0]); err != nil {
		return Schedule{}, err
	}
	at, err := ParseClock(rest[1])
	if err != nil {
		return Schedule{}, err
	}
	return Schedule{text: "holiday " + rest[0] + " " + at.String(), holiday: rest[0], at: at}, nil
}

// String returns the schedule's text with single spaces.
func (s Schedule) String() string { return s.text }

// Next returns the first firing after an instant. A local time that is skipped
// fires at the first instant after the gap, one that comes twice fires the first
// time, and a date that the zone skipped does not fire. ok is false when there
// is no further firing, which for festivals is the end of the lunar table, and
// for the zero Schedule.
func (s Schedule) Next(after time.Time, loc *time.Location) (at time.Time, ok bool) {
	z := Zone{loc: loc}
	return s.NextIn(&z, after)
}

// NextIn is Next with a Zone that remembers days.
func (s Schedule) NextIn(z *Zone, after time.Time) (at time.Time, ok bool) {
	// Every reading from here on is shown for the first time after the instant,
	// so the first that matches is the answer and nothing fires twice.
	reading := z.unreached(after)
	if reading > int64(MaxDate)*daySeconds {
		return time.Time{}, false
	}
	date := clampDate(floorDiv(reading, daySeconds))
	minute := int((floorMod(reading, daySeconds) + 59) / 60)
	if s.holiday != "" {
		return s.nextHoliday(z, date, minute)
	}
	last := date.AddDays(searchDays)
	for {
		found, ok := s.cron.nextDate(date, last)
		if !ok {
			return time.Time{}, false
		}
		if found > date {
			date, minute = found, 0
		}
		if clock, fires := s.cron.clockFrom(minute); fires && z.Exists(date) {
			return z.at(date, clock), true
		}
		if date == last {
			return time.Time{}, false
		}
		date, minute = date+1, 0
	}
}

func (s Schedule) nextHoliday(z *Zone, from Date, minute int) (time.Time, bool) {
	// A festival of a lunar year can fall into the Gregorian year before it.
	for year := from.Year() - 1; year <= from.Year()+2; year++ {
		date, ok := Holiday(s.holiday, year)
		if !ok || date < from || date == from && int(s.at) < minute || !z.Exists(date) {
			continue
		}
		return z.at(date, s.at), true
	}
	return time.Time{}, false
}

// at returns the first instant at which the clock has reached a time of day on a date.
func (z *Zone) at(d Date, c Clock) time.Time {
	return z.instant(z.firstAt(int64(d)*daySeconds + int64(c)*60))
}

// nextDate returns the first matching date from one to another, both included.
func (c cron) nextDate(from, last Date) (Date, bool) {
	for d := from; d <= last; d++ {
		if _, month, _ := d.YMD(); c.months>>month&1 == 0 {
			d = d.MonthEnd()
			continue
		}
		if c.matches(d) {
			return d, true
		}
	}
	return 0, false
}
