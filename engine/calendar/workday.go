package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// China is the country whose public holidays and make-up workdays are known.
const China = "CN"

// Overrides are a workspace's own days: true is a workday, false a day off. They
// win over every rule of the country.
type Overrides map[Date]bool

// Workdays decides which days are worked. Country is "CN", or "" for Monday to
// Friday.
type Workdays struct {
	Country   string
	Overrides Overrides
}

// Has reports whether a date is a workday.
func (w Workdays) Has(d Date) bool {
	if worked, ok := w.Overrides[d]; ok {
		return worked
	}
	return IsWorkday(d, w.Country)
}

// CheckCountry returns an error unless the country is "CN" or "".
func CheckCountry(country string) error {
	if country == China || country == "" {
		return nil
	}
	return &Error{
		Code: "country_unknown", Input: country,
		En: fmt.Sprintf("no holidays are known for country %q; write CN, or leave it empty for Monday to Friday", country),
		Zh: fmt.Sprintf("没有国家 %q 的节假日；请写 CN，或留空表示周一至周五", country),
	}
}

// IsWorkday reports whether a date is worked: Monday to Friday, and in "CN"
// without public holidays and with make-up workdays. In the years that KnownYear
// does not know, the statutory festival days are off and nothing is made up.
func IsWorkday(d Date, country string) bool {
	weekday := d.Weekday() <= 5
	if country != China {
		return weekday
	}
	if worked, ok := chinaDays[d]; ok {
		return worked
	}
	if !KnownYear(d.Year(), China) && statutory(d) {
		return false
	}
	return weekday
}

// KnownYear reports whether the year's days off and make-up workdays were
// announced when this table was written. It is true for every year where a
// country has none.
func KnownYear(year int, country string) bool {
	if country != China {
		return true
	}
	return slices.ContainsFunc(chinaYears[:], func(y chinaYear) bool { return y.year == year })
}

// statutory reports whether the law makes a date a holiday in China, by the
// rules in force that year, whatever is announced around it.
func statutory(d Date) bool {
	year, month, day := d.YMD()
	switch {
	case month == time.January && day == 1, month == time.October && day <= 3:
		return true
	case month == time.May && (day == 1 || day == 2 && year >= 2025):
		return true
	}
	if first, ok := Holiday("spring-festival", year); ok {
		from, to := springFestivalDays(year)
		if first.AddDays(from) <= d && d <= first.AddDays(to) {
			return true
		}
	}
	return year >= 2008 && (IsHoliday("qingming", d) || IsHoliday("dragon-boat", d) || IsHoliday("mid-autumn", d))
}

// springFestivalDays returns the days off around the first day of the year, which
// is 0; the law moved the eve in and out.
func springFestivalDays(year int) (from, to int) {
	switch {
	case year >= 2025:
		return -1, 2
	case 2008 <= year && year < 2014:
		return -1, 1
	}
	return 0, 2
}

// chinaYear is a year's notice of the State Council as month and day: what is
// off, in ranges, and which weekend days are worked.
type chinaYear struct {
	year        int
	off, worked string
}

var chinaDays = readChina()

func readChina() map[Date]bool {
	days := map[Date]bool{}
	for _, y := range chinaYears {
		for _, span := range strings.Fields(y.off) {
			first, last, isRange := strings.Cut(span, "-")
			if !isRange {
				last = first
			}
			for d := monthDay(y.year, first); d <= monthDay(y.year, last); d++ {
				days[d] = false
			}
		}
		for _, day := range strings.Fields(y.worked) {
			days[monthDay(y.year, day)] = true
		}
	}
	return days
}

// monthDay reads "0203" as 3 February.
func monthDay(year int, s string) Date {
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	return NewDate(year, time.Month(two(0)), two(2))
}
