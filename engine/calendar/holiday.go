package calendar

import (
	"fmt"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// HolidayName is a festival's key in rules and its names for people.
type HolidayName struct{ Key, En, Zh string }

// festival finds a festival's date from the Gregorian year it belongs to.
type festival struct {
	HolidayName
	date func(year int) (Date, bool)
}

// festivals are in the order of the year, as they are listed to operators.
var festivals = []festival{
	{HolidayName{"new-year", "New Year's Day", "元旦"}, solar(time.January, 1)},
	{HolidayName{"laba", "Laba Festival", "腊八节"}, lastMonth(8)},
	{HolidayName{"little-new-year", "Little New Year", "小年"}, lastMonth(23)},
	{HolidayName{"new-years-eve-lunar", "Chinese New Year's Eve", "除夕"}, newYearsEve},
	{HolidayName{"spring-festival", "Spring Festival", "春节"}, lunar(1, 1)},
	{HolidayName{"lantern", "Lantern Festival", "元宵节"}, lunar(1, 15)},
	{HolidayName{"valentines", "Valentine's Day", "情人节"}, solar(time.February, 14)},
	{HolidayName{"dragon-head", "Dragon Head Festival", "龙抬头"}, lunar(2, 2)},
	{HolidayName{"womens-day", "Women's Day", "妇女节"}, solar(time.March, 8)},
	{HolidayName{"arbor-day", "Arbor Day", "植树节"}, solar(time.March, 12)},
	{HolidayName{"qingming", "Qingming Festival", "清明节"}, ofTerm(lunarYear.qingming)},
	{HolidayName{"labour-day", "Labour Day", "劳动节"}, solar(time.May, 1)},
	{HolidayName{"youth-day", "Youth Day", "青年节"}, solar(time.May, 4)},
	{HolidayName{"mothers-day", "Mother's Day", "母亲节"}, nthWeekday(time.May, 2, 7)},
	{HolidayName{"childrens-day", "Children's Day", "儿童节"}, solar(time.June, 1)},
	{HolidayName{"dragon-boat", "Dragon Boat Festival", "端午节"}, lunar(5, 5)},
	{HolidayName{"fathers-day", "Father's Day", "父亲节"}, nthWeekday(time.June, 3, 7)},
	{HolidayName{"party-day", "Party Founding Day", "建党节"}, solar(time.July, 1)},
	{HolidayName{"army-day", "Army Day", "建军节"}, solar(time.August, 1)},
	{HolidayName{"qixi", "Qixi Festival", "七夕"}, lunar(7, 7)},
	{HolidayName{"zhongyuan", "Zhongyuan Festival", "中元节"}, lunar(7, 15)},
	{HolidayName{"teachers-day", "Teachers' Day", "教师节"}, solar(time.September, 10)},
	{HolidayName{"mid-autumn", "Mid-Autumn Festival", "中秋节"}, lunar(8, 15)},
	{HolidayName{"national-day", "National Day", "国庆节"}, solar(time.October, 1)},
	{HolidayName{"double-ninth", "Double Ninth Festival", "重阳节"}, lunar(9, 9)},
	{HolidayName{"halloween", "Halloween", "万圣夜"}, solar(time.October, 31)},
	{HolidayName{"singles-day", "Singles' Day", "双十一"}, solar(time.November, 11)},
	{HolidayName{"thanksgiving", "Thanksgiving", "感恩节"}, nthWeekday(time.November, 4, 4)},
	{HolidayName{"winter-solstice", "Winter Solstice", "冬至"}, ofTerm(lunarYear.solstice)},
	{HolidayName{"christmas-eve", "Christmas Eve", "平安夜"}, solar(time.December, 24)},
	{HolidayName{"christmas", "Christmas", "圣诞节"}, solar(time.December, 25)},
}

func solar(month time.Month, day int) func(int) (Date, bool) {
	return func(year int) (Date, bool) {
		return NewDate(year, month, day), 1 <= year && year <= MaxDate.Year()
	}
}

// nthWeekday finds the n-th Monday (1) to Sunday (7) of a month.
func nthWeekday(month time.Month, n, weekday int) func(int) (Date, bool) {
	return func(year int) (Date, bool) {
		first := NewDate(year, month, 1)
		wait := (weekday - first.Weekday() + 7) % 7
		return first.AddDays(wait + 7*(n-1)), 1 <= year && year <= MaxDate.Year()
	}
}

func lunar(month, day int) func(int) (Date, bool) {
	return func(year int) (Date, bool) { return Lunar{Year: year, Month: month, Day: day}.Date() }
}

// lastMonth finds a day of the twelfth month before the year's spring festival.
// It can fall into December.
func lastMonth(day int) func(int) (Date, bool) {
	return func(year int) (Date, bool) { return Lunar{Year: year - 1, Month: 12, Day: day}.Date() }
}

func newYearsEve(year int) (Date, bool) {
	first, ok := Lunar{Year: year, Month: 1, Day: 1}.Date()
	return first.AddDays(-1), ok
}

func ofTerm(term func(lunarYear, int) Date) func(int) (Date, bool) {
	return func(year int) (Date, bool) {
		y, ok := lunarYearOf(year)
		return term(y, year), ok
	}
}

func findFestival(name string) (festival, bool) {
	for _, f := range festivals {
		if f.Key == name {
			return f, true
		}
	}
	return festival{}, false
}

// HolidayNames lists the festivals in the order of the year.
func HolidayNames() []HolidayName {
	names := make([]HolidayName, len(festivals))
	for i, f := range festivals {
		names[i] = f.HolidayName
	}
	return names
}

// Holiday returns the date of a festival in a Gregorian year; ok is false for an
// unknown name and, for festivals of the Chinese calendar, outside 1900 to 2100.
// laba, little-new-year and new-years-eve-lunar are the ones before that year's
// spring festival, so that each year has one: Laba of 2023 was 30 December 2022.
func Holiday(name string, year int) (d Date, ok bool) {
	f, ok := findFestival(name)
	if !ok {
		return 0, false
	}
	return f.date(year)
}

// IsHoliday reports whether a date is the named festival.
func IsHoliday(name string, d Date) bool {
	f, ok := findFestival(name)
	return ok && f.on(d)
}

func (f festival) on(d Date) bool {
	year := d.Year()
	if date, ok := f.date(year); ok && date == d {
		return true
	}
	date, ok := f.date(year + 1) // laba in December
	return ok && date == d
}

// HolidayOn returns the keys of the festivals on a date, in the order of
// HolidayNames; nil when there are none.
func HolidayOn(d Date) []string {
	var keys []string
	for _, f := range festivals {
		if f.on(d) {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// CheckHoliday returns an error with a suggestion when no festival has the name.
func CheckHoliday(name string) error {
	keys := make([]string, len(festivals))
	suggestion := ""
	for i, f := range festivals {
		keys[i] = f.Key
		short := strings.TrimSuffix(f.Zh, "节")
		if f.Key == name {
			return nil
		}
		if name == f.Zh || name == short || strings.EqualFold(name, f.En) {
			suggestion = f.Key
		}
	}
	if suggestion == "" {
		suggestion = spelling.Nearest(name, keys)
	}
	en, zh := didYouMean(suggestion)
	return &Error{
		Code: "holiday_unknown", Input: name,
		En: fmt.Sprintf("no festival is called %q; the names are such as spring-festival, mid-autumn and national-day%s", name, en),
		Zh: fmt.Sprintf("没有名为 %q 的节日；可用 spring-festival、mid-autumn、national-day 等%s", name, zh),
	}
}
