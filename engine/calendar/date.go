package calendar

import (
	"fmt"
	"time"
)

// Date is a local date, held as the number of days since 1970-01-01 in the
// proleptic Gregorian calendar. Dates compare with < and ==, and the difference
// of two dates is a number of days. The zero Date is 1970-01-01.
type Date int32

// The first and last dates that this package reads, writes and computes with.
const (
	MinDate Date = -719162 // 0001-01-01
	MaxDate Date = 2932896 // 9999-12-31
)

const daySeconds = 86400

// NewDate returns the date of year, month and day. Months and days outside their
// range are carried over, as time.Date does it.
func NewDate(year int, month time.Month, day int) Date {
	return clampDate(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), daySeconds))
}

// ParseDate reads a date such as 2026-03-01.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, &Error{
			Code: "date_syntax", Input: s,
			En: fmt.Sprintf("%q is not a date; write year-month-day, such as 2026-03-01", s),
			Zh: fmt.Sprintf("%q 不是日期；请写成 年-月-日，例如 2026-03-01", s),
		}
	}
	return Date(floorDiv(t.Unix(), daySeconds)), nil
}

// YMD returns the year, month and day of the date.
func (d Date) YMD() (year int, month time.Month, day int) {
	return time.Unix(int64(d)*daySeconds, 0).UTC().Date()
}

// Year returns the date's Gregorian year.
func (d Date) Year() int {
	year, _, _ := d.YMD()
	return year
}

// Weekday returns the day of the week, Monday 1 to Sunday 7.
func (d Date) Weekday() int { return int(floorMod(int64(d)+3, 7)) + 1 }

// AddDays returns the date n days later, earlier when n is negative, within
// MinDate and MaxDate.
func (d Date) AddDays(n int) Date { return clampDate(int64(d) + int64(n)) }

// AddMonths returns the same day n months later, or the last day of that month
// when it is too short: 31 January plus one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.YMD()
	first := NewDate(year, month+time.Month(n), 1)
	return min(first.AddDays(day-1), first.MonthEnd())
}

// WeekStart returns the Monday of the date's week.
func (d Date) WeekStart() Date { return d.AddDays(1 - d.Weekday()) }

// MonthStart returns the first day of the date's month.
func (d Date) MonthStart() Date {
	_, _, day := d.YMD()
	return d.AddDays(1 - day)
}

// MonthEnd returns the last day of the date's month.
func (d Date) MonthEnd() Date {
	year, month, _ := d.YMD()
	return NewDate(year, month+1, 0)
}

// String writes the date as 2026-03-01.
func (d Date) String() string {
	year, month, day := d.YMD()
	return fmt.Sprintf("%04d-%02d-%02d", year, int(month), day)
}

// MarshalText writes the date as String does, so that dates serve as JSON keys.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func clampDate(days int64) Date {
	return Date(max(int64(MinDate), min(int64(MaxDate), days)))
}

// floorDiv divides rounding down, so that times before 1970 fall on their day.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
