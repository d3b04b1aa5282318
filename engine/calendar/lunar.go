package calendar

import "time"

// The lunar years that the package knows.
const (
	MinLunarYear = 1900
	MaxLunarYear = 2100
)

// Lunar is a date of the Chinese calendar. Year is the Gregorian year in which
// the lunar year begins; Leap marks the repeated month.
type Lunar struct {
	Year, Month, Day int
	Leap             bool
}

// lunarYear is an entry of the table.
type lunarYear uint32

func lunarYearOf(year int) (lunarYear, bool) {
	if year < MinLunarYear || year > MaxLunarYear {
		return 0, false
	}
	return lunarYear(lunarTable[year-MinLunarYear]), true
}

func (y lunarYear) leapMonth() int { return int(y & 15) }

// months returns how many months the year has.
func (y lunarYear) months() int {
	if y.leapMonth() > 0 {
		return 13
	}
	return 12
}

// days returns the length of the i-th month of the year, from 0.
func (y lunarYear) days(i int) int { return 29 + int(y>>(4+i)&1) }

func (y lunarYear) start(year int) Date {
	return NewDate(year, time.January, 20).AddDays(int(y >> 17 & 63))
}

func (y lunarYear) qingming(year int) Date {
	return NewDate(year, time.April, 4+int(y>>23&3))
}

func (y lunarYear) solstice(year int) Date {
	return NewDate(year, time.December, 21+int(y>>25&3))
}

// index returns the place of a month among the year's months, from 0.
func (y lunarYear) index(month int, leap bool) int {
	if leap || y.leapMonth() > 0 && month > y.leapMonth() {
		return month
	}
	return month - 1
}

// LunarOf returns the Chinese date of a date; ok is false outside the lunar
// years 1900 to 2100.
func LunarOf(d Date) (lunar Lunar, ok bool) {
	year := d.Year()
	y, ok := lunarYearOf(year)
	if !ok || d < y.start(year) {
		year--
		if y, ok = lunarYearOf(year); !ok {
			return Lunar{}, false
		}
	}
	rest := int(d - y.start(year))
	for i := range y.months() {
		if rest < y.days(i) {
			return y.date(year, i, rest+1), true
		}
		rest -= y.days(i)
	}
	return Lunar{}, false
}

// date names the day of the i-th month of the year, from 0.
func (y lunarYear) date(year, i, day int) Lunar {
	month, leap := i+1, false
	if y.leapMonth() > 0 && i >= y.leapMonth() {
		month, leap = i, i == y.leapMonth()
	}
	return Lunar{Year: year, Month: month, Day: day, Leap: leap}
}

// Date returns the Gregorian date; ok is false if there is no such Chinese date
// or it lies outside the lunar years 1900 to 2100.
func (l Lunar) Date() (d Date, ok bool) {
	y, known := lunarYearOf(l.Year)
	if !known || l.Month < 1 || l.Month > 12 || l.Leap && l.Month != y.leapMonth() {
		return 0, false
	}
	index := y.index(l.Month, l.Leap)
	if l.Day < 1 || l.Day > y.days(index) {
		return 0, false
	}
	d = y.start(l.Year)
	for i := range index {
		d = d.AddDays(y.days(i))
	}
	return d.AddDays(l.Day - 1), true
}
