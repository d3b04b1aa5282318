package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// knownFestivals are spring festivals and mid-autumns as wall calendars print them.
var knownFestivals = map[string][]string{
	"spring-festival": {
		"1985-02-20", "1986-02-09", "1987-01-29", "1988-02-17", "1989-02-06", "1990-01-27", "1991-02-15", "1992-02-04", "1993-01-23",
		"1994-02-10", "1995-01-31", "1996-02-19", "1997-02-07", "1998-01-28", "1999-02-16", "2000-02-05", "2001-01-24", "2002-02-12",
		"2003-02-01", "2004-01-22", "2005-02-09", "2006-01-29", "2007-02-18", "2008-02-07", "2009-01-26", "2010-02-14", "2011-02-03",
		"2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19", "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25",
		"2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13",
		"2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08",
	},
	"mid-autumn": {
		"1985-09-29", "1986-09-18", "1987-10-07", "1988-09-25", "1989-09-14", "1990-10-03", "1991-09-22", "1992-09-11", "1993-09-30",
		"1994-09-20", "1995-09-09", "1996-09-27", "1997-09-16", "1998-10-05", "1999-09-24", "2000-09-12", "2001-10-01", "2002-09-21",
		"2003-09-11", "2004-09-28", "2005-09-18", "2006-10-06", "2007-09-25", "2008-09-14", "2009-10-03", "2010-09-22", "2011-09-12",
		"2012-09-30", "2013-09-19", "2014-09-08", "2015-09-27", "2016-09-15", "2017-10-04", "2018-09-24", "2019-09-13", "2020-10-01",
		"2021-09-21", "2022-09-10", "2023-09-29", "2024-09-17", "2025-10-06", "2026-09-25", "2027-09-15", "2028-10-03", "2029-09-22",
		"2030-09-12",
	},
	"dragon-boat": {"2015-06-20", "2016-06-09", "2017-05-30", "2018-06-18", "2019-06-07", "2020-06-25", "2021-06-14", "2022-06-03", "2023-06-22", "2024-06-10", "2025-05-31", "2026-06-19"},
	"qingming":    {"2015-04-05", "2016-04-04", "2017-04-04", "2018-04-05", "2019-04-05", "2020-04-04", "2021-04-04", "2022-04-05", "2023-04-05", "2024-04-04", "2025-04-04", "2026-04-05"},
	"qixi":        {"2020-08-25", "2021-08-14", "2022-08-04", "2023-08-22", "2024-08-10", "2025-08-29", "2026-08-19"},
	"lantern":     {"2023-02-05", "2024-02-24", "2025-02-12", "2026-03-03"},
	"zhongyuan":   {"2023-08-30", "2024-08-18", "2025-09-06", "2026-08-27"},

	"double-ninth":        {"2023-10-23", "2024-10-11", "2025-10-29", "2026-10-18"},
	"laba":                {"2021-01-20", "2022-01-10", "2022-12-30", "2024-01-18", "2025-01-07", "2026-01-26"},
	"new-years-eve-lunar": {"2023-01-21", "2024-02-09", "2025-01-28", "2026-02-16", "1900-01-30"},
	"winter-solstice":     {"2021-12-21", "2022-12-22", "2023-12-22", "2024-12-21", "2025-12-21"},
	"mothers-day":         {"2024-05-12", "2025-05-11", "2026-05-10"},
	"fathers-day":         {"2024-06-16", "2025-06-15", "2026-06-21"},
	"thanksgiving":        {"2024-11-28", "2025-11-27", "2026-11-26"},
	"national-day":        {"2026-10-01"},
	"teachers-day":        {"2026-09-10"},
}

func TestKnownFestivals(t *testing.T) {
	for name, dates := range knownFestivals {
		for _, text := range dates {
			d := mustDate(t, text)
			year := d.Year()
			if name == "laba" && text[5:7] == "12" {
				year++ // it belongs to the coming spring festival
			}
			if got, ok := Holiday(name, year); !ok || got != d {
				t.Errorf("%s of %d: %v, %v; want %s", name, year, got, ok, text)
			}
			if !IsHoliday(name, d) || IsHoliday(name, d+1) || IsHoliday(name, d-1) {
				t.Errorf("%s is not just on %s", name, text)
			}
		}
	}
}

func TestKnownLunarDates(t *testing.T) {
	for text, want := range map[string]Lunar{
		"1900-01-31": {1900, 1, 1, false}, "2101-01-28": {2100, 12, 29, false}, "2020-05-23": {2020, 4, 1, true},
		"2023-03-22": {2023, 2, 1, true}, "2025-07-25": {2025, 6, 1, true}, "2025-08-22": {2025, 6, 29, true},
		"2025-08-23": {2025, 7, 1, false}, "2033-12-22": {2033, 11, 1, true}, "2028-06-23": {2028, 5, 1, true},
		"1949-10-01": {1949, 8, 10, false}, "2008-08-08": {2008, 7, 8, false}, "2000-01-01": {1999, 11, 25, false},
		"2018-11-08": {2018, 10, 1, false}, "2012-08-17": {2012, 7, 1, false},
	} {
		if got, ok := LunarOf(mustDate(t, text)); !ok || got != want {
			t.Errorf("%s is %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"1900-01-30", "2101-01-29", "1600-01-01", "9999-12-31"} {
		if got, ok := LunarOf(mustDate(t, text)); ok {
			t.Errorf("%s is %+v", text, got)
		}
	}
	for _, l := range []Lunar{{2025, 6, 30, true}, {2024, 6, 1, true}, {2025, 13, 1, false}, {2025, 0, 1, false}, {2025, 1, 0, false}, {2101, 1, 1, false}, {1899, 12, 1, false}} {
		if d, ok := l.Date(); ok {
			t.Errorf("%+v is %v", l, d)
		}
	}
}

// Each day of two centuries follows the one before and finds its way back.
func TestLunarRoundTrip(t *testing.T) {
	first, last := mustDate(t, "1900-01-31"), mustDate(t, "2101-01-28")
	var before Lunar
	for d := first; d <= last; d++ {
		l, ok := LunarOf(d)
		back, found := l.Date()
		if !ok || !found || back != d {
			t.Fatalf("%v is %+v, %v and that is %v, %v", d, l, ok, back, found)
		}
		if follows := l.Day == before.Day+1 && l.Month == before.Month && l.Leap == before.Leap; !follows && d > first {
			monthEnd := l.Day == 1 && before.Day >= 29
			nextMonth := l.Month == before.Month%12+1 && !l.Leap || l.Month == before.Month && l.Leap && !before.Leap
			if !monthEnd || !nextMonth {
				t.Fatalf("%v: %+v follows %+v", d, l, before)
			}
		}
		before = l
	}
}

func TestHolidayOn(t *testing.T) {
	for text, want := range map[string]string{
		"2026-10-01": "national-day", "2020-10-01": "mid-autumn national-day", "2026-03-04": "", "2022-12-30": "laba",
		"2026-02-16": "new-years-eve-lunar", "2026-12-24": "christmas-eve",
	} {
		got := ""
		for _, key := range HolidayOn(mustDate(t, text)) {
			if got != "" {
				got += " "
			}
			got += key
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestHolidayNamesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range HolidayNames() {
		if seen[name.Key] || name.En == "" || name.Zh == "" || CheckHoliday(name.Key) != nil {
			t.Errorf("%+v", name)
		}
		seen[name.Key] = true
		for year := 1901; year <= 2100; year++ {
			d, ok := Holiday(name.Key, year)
			if !ok || !IsHoliday(name.Key, d) || d < NewDate(year-1, time.December, 25) || d.Year() > year {
				t.Fatalf("%s of %d: %v, %v", name.Key, year, d, ok)
			}
		}
	}
	if _, ok := Holiday("mid-autumn", 2101); ok {
		t.Error("there is a mid-autumn after the table")
	}
	if _, ok := Holiday("nonsense", 2026); ok || IsHoliday("nonsense", 0) {
		t.Error("there is a festival called nonsense")
	}
}

func TestFestivalsOfRandomDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		for _, key := range HolidayOn(d) {
			if !IsHoliday(key, d) {
				t.Fatalf("%v is and is not %s", d, key)
			}
		}
	})
}
