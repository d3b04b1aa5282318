package calendar

import "testing"

func TestChinaWorkdays(t *testing.T) {
	for text, worked := range map[string]bool{
		"2015-09-03": false, "2015-09-06": true, // the parade
		"2016-10-08": true, "2017-10-06": false, "2018-12-29": true, "2018-12-31": false,
		"2019-05-02": false, "2019-05-05": true, "2020-01-31": false, "2020-02-02": false, "2020-02-03": true, // 2020-01-31: prolonged
		"2021-02-07": true, "2021-02-20": true, "2022-12-31": false, "2023-10-07": true, "2024-02-09": true, "2024-02-10": false,
		"2024-02-18": true, "2024-10-12": true, "2025-01-26": true, "2025-01-28": false, "2025-10-08": false, "2025-10-11": true,
		"2026-01-04": true, "2026-02-14": true, "2026-02-23": false, "2026-02-24": true, "2026-02-28": true, "2026-05-05": false,
		"2026-05-09": true, "2026-06-19": false, "2026-09-20": true, "2026-09-25": false, "2026-10-07": false, "2026-10-10": true,
		"2026-03-07": false, "2026-03-09": true,
	} {
		if got := IsWorkday(mustDate(t, text), China); got != worked {
			t.Errorf("%s: workday %v, want %v", text, got, worked)
		}
	}
}

// A make-up workday is a weekend day, and the statutory days are off.
func TestChinaTableIsSound(t *testing.T) {
	for d, worked := range chinaDays {
		if worked && d.Weekday() < 6 {
			t.Errorf("%v is made up for on a weekday", d)
		}
	}
	for d := NewDate(2015, 1, 1); d <= NewDate(2026, 12, 31); d++ {
		if !KnownYear(d.Year(), China) {
			t.Fatalf("%d is not known", d.Year())
		}
		if statutory(d) && IsWorkday(d, China) {
			t.Errorf("%v is a statutory holiday and worked", d)
		}
	}
	// A year has 365 days less the weekends and the 11 (from 2025 on 13) days of the
	// law, give or take what it made up for in its neighbour.
	for year := 2015; year <= 2026; year++ {
		days := 0
		for d := NewDate(year, 1, 1); d.Year() == year; d++ {
			if IsWorkday(d, China) {
				days++
			}
		}
		if days < 245 || days > 252 {
			t.Errorf("%d has %d workdays", year, days)
		}
	}
}

func TestUnknownYears(t *testing.T) {
	if KnownYear(2014, China) || KnownYear(2027, China) || !KnownYear(2050, "") {
		t.Error("wrong years are known")
	}
	for text, worked := range map[string]bool{
		"2030-02-02": false, "2030-02-04": false, "2030-02-05": false, "2030-02-06": true, "2030-05-02": false, "2030-05-03": true,
		"2030-10-03": false, "2030-10-04": true, "2030-06-05": false, "2030-09-12": false, "2027-02-05": false, // eve from 2025 on
		"2014-01-30": true, "2014-01-31": false, "2013-02-12": true, "2012-01-22": false, "2012-01-25": true, // eve out in 2014
		"2007-06-19": true, "2008-06-09": true, "2008-04-04": false, "2150-10-01": false, "2150-02-17": true,
	} {
		if got := IsWorkday(mustDate(t, text), China); got != worked {
			t.Errorf("%s: workday %v, want %v", text, got, worked)
		}
	}
}

func TestOverridesWin(t *testing.T) {
	sunday, holiday, monday := mustDate(t, "2026-03-08"), mustDate(t, "2026-10-01"), mustDate(t, "2026-03-09")
	plain := Workdays{Country: China}
	own := Workdays{Country: China, Overrides: Overrides{sunday: true, holiday: true, monday: false}}
	if plain.Has(sunday) || plain.Has(holiday) || !plain.Has(monday) {
		t.Error("the country's days are wrong")
	}
	if !own.Has(sunday) || !own.Has(holiday) || own.Has(monday) {
		t.Error("the workspace's days don't win")
	}
	if week := (Workdays{}); !week.Has(holiday) || week.Has(sunday) {
		t.Error("without a country it is not Monday to Friday")
	}
	if CheckCountry("CN") != nil || CheckCountry("") != nil || CheckCountry("US") == nil {
		t.Error("the wrong countries are accepted")
	}
}
