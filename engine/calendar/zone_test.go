package calendar

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayStartKnown(t *testing.T) {
	for _, c := range []struct{ zone, date, want string }{
		{"Asia/Shanghai", "2026-03-01", "2026-02-28T16:00:00Z"},
		{"Asia/Kathmandu", "2026-03-01", "2026-02-28T18:15:00Z"},
		{"America/Santiago", "2019-09-08", "2019-09-08T04:00:00Z"},  // 00:00 is skipped: 01:00 -03
		{"America/Havana", "2019-03-10", "2019-03-10T05:00:00Z"},    // 00:00 is skipped: 01:00 -04
		{"America/Havana", "2019-11-03", "2019-11-03T04:00:00Z"},    // 00:00 comes twice: the first
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // 01:00 -02
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"}, // 23:00 the day before came twice
		{"Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z"},      // 01:00 +03
		{"Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"},       // 01:00 +03
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // never was: the 31st
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"}, // 00:00, then a minute later 23:01 again
		{"America/St_Johns", "2010-11-08", "2010-11-08T03:30:00Z"},
		{"Asia/Shanghai", "1900-12-31", "1900-12-30T15:54:17Z"}, // local mean time
	} {
		loc, d := mustZone(t, c.zone), mustDate(t, c.date)
		if got := DayStart(d, loc).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s starts at %s, want %s", c.zone, c.date, got, c.want)
		}
	}
}

// Every start is the first: nothing before it has the date, and it has.
func TestDayStartIsFirst(t *testing.T) {
	for _, name := range troubled {
		loc := mustZone(t, name)
		z := NewZone(loc)
		for d := NewDate(2010, 1, 1); d < NewDate(2026, 1, 1); d++ {
			start := z.DayStart(d)
			if start != DayStart(d, loc) {
				t.Fatalf("%s %v: the zone says %v, the function %v", name, d, start, DayStart(d, loc))
			}
			want := d.String()
			if got := civil(start, loc); got != want && (z.Exists(d) || got < want) {
				t.Fatalf("%s %v starts at %v", name, d, start)
			}
			for back := start.Add(-time.Second); back.After(start.Add(-26 * time.Hour)); back = back.Add(-90 * time.Minute) {
				if civil(back, loc) >= want {
					t.Fatalf("%s %v starts at %v, but %v has the date already", name, d, start, back)
				}
			}
		}
	}
}

func TestOnlyApiaLostADay(t *testing.T) {
	var lost []string
	for _, name := range troubled {
		z := NewZone(mustZone(t, name))
		for d := NewDate(2010, 1, 1); d < NewDate(2028, 1, 1); d++ {
			if !z.Exists(d) {
				lost = append(lost, name+" "+d.String())
			}
		}
	}
	if len(lost) != 1 || lost[0] != "Pacific/Apia 2011-12-30" {
		t.Errorf("dates that do not exist: %v", lost)
	}
}

func TestDayAndLocalAgreeWithTime(t *testing.T) {
	for _, name := range troubled {
		loc := mustZone(t, name)
		z, near := NewZone(loc), moments(loc)
		rapid.Check(t, func(t *rapid.T) {
			at := near.Draw(t, "moment")
			if got, want := z.Day(at).String(), civil(at, loc); got != want || DateOf(at, loc).String() != want {
				t.Fatalf("%s %v: %s, want %s", name, at, got, want)
			}
			there := at.In(loc)
			weekday := (int(there.Weekday())+6)%7 + 1
			want := Local{there.Year(), int(there.Month()), there.Day(), there.Hour(), there.Minute(), weekday}
			if got := LocalOf(at, loc); got != want || z.Local(at) != want {
				t.Fatalf("%s %v: %+v, want %+v", name, at, got, want)
			}
			d := z.Day(at)
			if got := DayStart(d, loc); !got.Equal(firstMinute(d, loc)) {
				t.Fatalf("%s %v starts at %v, want %v", name, d, got, firstMinute(d, loc))
			}
		})
	}
}

// What is remembered about a zone holds for the whole stretch, also in the years
// that the time package computes by rule, where its bounds miss the last day of
// leap years.
func TestStretchesAreTrue(t *testing.T) {
	for _, name := range troubled {
		loc := mustZone(t, name)
		z, fresh := NewZone(loc), NewZone(loc)
		last := time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		for unix := time.Date(1970, 1, 1, 5, 0, 0, 0, time.UTC).Unix(); unix < last; unix += daySeconds {
			s := z.stretchAt(unix)
			_, offset := time.Unix(unix, 0).In(loc).Zone()
			if !s.has(unix) || s.offset != int64(offset) {
				t.Fatalf("%s at %v: offset %d in %+v", name, time.Unix(unix, 0).UTC(), offset, s)
			}
			if own := findStretch(fresh.instant(unix)); !own.has(unix) || own.offset != s.offset {
				t.Fatalf("%s at %v: %+v remembered, %+v found", name, time.Unix(unix, 0).UTC(), s, own)
			}
		}
	}
}

func TestDayStartInFarYears(t *testing.T) {
	for _, name := range troubled {
		loc := mustZone(t, name)
		z := NewZone(loc)
		for d := NewDate(2037, 1, 1); d < NewDate(2101, 1, 1); d++ {
			start := z.DayStart(d)
			if civil(start, loc) != d.String() || civil(start.Add(-time.Second), loc) >= d.String() {
				t.Fatalf("%s %v starts at %v", name, d, start)
			}
		}
	}
}

func TestLoadZoneRefuses(t *testing.T) {
	for name, hint := range map[string]string{
		"": `"UTC"`, "Local": `"UTC"`, "Beijing": `"Asia/Shanghai"`, "UTC+8": `"Asia/Shanghai"`,
		"北京": `"Asia/Shanghai"`, "Mars/Base": "Asia/Shanghai", "../etc/passwd": "IANA",
	} {
		_, err := LoadZone(name)
		var problem *Error
		if !errors.As(err, &problem) || problem.Code != "zone_unknown" || !strings.Contains(problem.En, hint) || problem.Zh == "" {
			t.Errorf("LoadZone(%q): %v", name, err)
		}
	}
}

func BenchmarkZoneDay(b *testing.B) {
	z, at := NewZone(mustZone(b, "America/New_York")), time.Unix(1_780_000_000, 0)
	for i := 0; b.Loop(); i++ {
		z.Day(at.Add(time.Duration(i%1000) * time.Minute))
	}
}

func BenchmarkZoneDayStart(b *testing.B) {
	z, d := NewZone(mustZone(b, "America/New_York")), NewDate(2026, 6, 1)
	for i := 0; b.Loop(); i++ {
		z.DayStart(d + Date(i%7))
	}
}

func BenchmarkDayStart(b *testing.B) {
	loc, d := mustZone(b, "America/New_York"), NewDate(2026, 6, 1)
	for i := 0; b.Loop(); i++ {
		DayStart(d+Date(i%7), loc)
	}
}
