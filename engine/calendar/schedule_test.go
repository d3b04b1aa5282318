package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustSchedule(t testing.TB, s string) Schedule {
	t.Helper()
	schedule, err := ParseSchedule(s)
	if err != nil {
		t.Fatal(err)
	}
	return schedule
}

func TestScheduleKnown(t *testing.T) {
	for _, c := range []struct{ schedule, zone, after, want string }{
		{"0 9 * * 1-5", "Asia/Shanghai", "2026-03-06T09:00:00+08:00", "2026-03-09T09:00:00+08:00"},
		{"0 9 * * 1-5", "Asia/Shanghai", "2026-03-06T08:59:59.999+08:00", "2026-03-06T09:00:00+08:00"},
		{"*/15 8-10,20 * * *", "Asia/Shanghai", "2026-03-06T10:45:00+08:00", "2026-03-06T20:00:00+08:00"},
		{"5-20/7 0 * * *", "UTC", "2026-03-06T00:05:00Z", "2026-03-06T00:12:00Z"},
		{"0 0 1 JAN *", "UTC", "2026-03-06T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"0 0 13 * fri", "UTC", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"}, // either day will do
		{"0 0 */2 * 1", "UTC", "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z"},  // * takes both: an odd Monday
		{"0 0 * * FRI-SUN", "UTC", "2026-03-02T00:00:00Z", "2026-03-06T00:00:00Z"},
		{"0 0 * * 7", "UTC", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"},
		{"0 0 * * 0", "UTC", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"},
		{"0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		{"0 0 29 2 */7", "UTC", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"}, // a Sunday: 40 years over 2100
		{"0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"},
		{"30 2 * * *", "America/New_York", "2026-03-07T12:00:00-05:00", "2026-03-08T03:00:00-04:00"}, // skipped
		{"30 2 * * *", "America/New_York", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"},
		{"30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00", "2026-11-01T01:30:00-04:00"}, // twice: first
		{"30 1 * * *", "America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		{"30 1 * * *", "America/New_York", "2026-11-01T01:10:00-05:00", "2026-11-02T01:30:00-05:00"}, // while it repeats
		{"*/10 * * * *", "America/New_York", "2026-03-08T01:50:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"*/10 * * * *", "America/New_York", "2026-03-08T03:00:00-04:00", "2026-03-08T03:10:00-04:00"},
		{"0 0 * * *", "America/Santiago", "2019-09-07T12:00:00-04:00", "2019-09-08T01:00:00-03:00"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", "2026-10-04T02:30:00+11:00"},
		{"0 9 30 * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2012-01-30T09:00:00+14:00"}, // no such day
		{"holiday mid-autumn 09:00", "Asia/Shanghai", "2026-09-25T09:00:00+08:00", "2027-09-15T09:00:00+08:00"},
		{"holiday laba 08:00", "Asia/Shanghai", "2022-01-11T00:00:00+08:00", "2022-12-30T08:00:00+08:00"},
		{"holiday laba 08:00", "Asia/Shanghai", "2022-12-30T08:00:00+08:00", "2024-01-18T08:00:00+08:00"},
		{"holiday spring-festival 00:00", "Asia/Shanghai", "2100-02-09T00:00:00+08:00", ""},
		{"holiday christmas 00:00", "UTC", "2100-12-26T00:00:00Z", "2101-12-25T00:00:00Z"},
	} {
		after, err := time.Parse(time.RFC3339Nano, c.after)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := mustSchedule(t, c.schedule).Next(after, mustZone(t, c.zone))
		if ok != (c.want != "") || ok && got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q in %s after %s: %v, %v; want %s", c.schedule, c.zone, c.after, got, ok, c.want)
		}
	}
}

func TestScheduleRefuses(t *testing.T) {
	for _, c := range []struct{ in, code, field, hint string }{
		{"", "cron_fields", "", "needs 5"}, {"0 9 * *", "cron_fields", "", "has 4 fields"},
		{"0 0 9 * * 1", "cron_fields", "", "leave out the seconds"}, {"@daily", "cron_fields", "", `"0 0 * * *"`},
		{"60 9 * * *", "cron_field", "minute", "0 to 59"}, {"0 24 * * *", "cron_field", "hour", "0 to 23"},
		{"0 9 0 * *", "cron_field", "day of month", "1 to 31"}, {"0 9 * 13 *", "cron_field", "month", "JAN to DEC"},
		{"0 9 * * 8", "cron_field", "day of week", "SUN to SAT"}, {"0 9 * * MO", "cron_field", "day of week", "SUN to SAT"},
		{"0 9 ? * 1", "cron_field", "day of month", "write * for any"}, {"*/0 * * * *", "cron_field", "minute", "1 to 60"},
		{"*/61 * * * *", "cron_field", "minute", "1 to 60"}, {"0 0 * * */8", "cron_field", "day of week", "1 to 7"},
		{"5/15 * * * *", "cron_field", "minute", "5-59/"}, {"0 22-6 * * *", "cron_field", "hour", "backwards"},
		{"1,,2 * * * *", "cron_field", "minute", "0 to 59"}, {"1- * * * *", "cron_field", "minute", "0 to 59"},
		{"-1 * * * *", "cron_field", "minute", "0 to 59"}, {"1/ * * * *", "cron_field", "minute", "5"},
		{"99999999999999999999 * * * *", "cron_field", "minute", "0 to 59"},
		{"0 0 30 2 *", "cron_never", "", "never fires"}, {"0 0 31 4,6,9,11 *", "cron_never", "", "never fires"},
		{"holiday", "schedule_syntax", "", "mid-autumn 09:00"}, {"holiday mid-autumn", "schedule_syntax", "", "mid-autumn 09:00"},
		{"holiday mid-autum 09:00", "holiday_unknown", "", `"mid-autumn"`}, {"holiday 中秋 09:00", "holiday_unknown", "", `"mid-autumn"`},
		{"holiday qixi 9am", "clock_syntax", "", "09:00"},
	} {
		s, err := ParseSchedule(c.in)
		var problem *Error
		if !errors.As(err, &problem) || problem.Code != c.code || problem.Field != c.field || problem.Zh == "" || !strings.Contains(problem.En, c.hint) {
			t.Errorf("ParseSchedule(%q) = %v, %v; want %s %s with %q", c.in, s, err, c.code, c.field, c.hint)
		}
	}
}

func TestRestrictedWeekdaySavesAnImpossibleDay(t *testing.T) {
	got, ok := mustSchedule(t, "0 0 30 2 1").Next(time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), nil)
	if want := time.Date(2026, 2, 9, 0, 0, 0, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("30 February or a Monday: %v, %v; want %v", got, ok, want)
	}
}

// The promise of the clock row: each daily job fires exactly once on each local
// day that exists, whatever the clock does.
func TestDailyFiresOnceADay(t *testing.T) {
	times := []string{"0 0", "1 0", "30 0", "59 0", "0 1", "30 1", "59 1", "0 2", "15 2", "30 2", "0 3", "30 3", "0 12", "0 23", "30 23", "59 23"}
	for _, name := range troubled {
		if name == "Antarctica/Casey" {
			continue // sets its clock back over midnight by three hours: see TestScheduleAgainstModel
		}
		loc := mustZone(t, name)
		z := NewZone(loc)
		for _, clock := range times {
			schedule := mustSchedule(t, clock+" * * *")
			at := z.DayStart(NewDate(2011, 1, 1)).Add(-time.Second)
			for d := NewDate(2011, 1, 1); d < NewDate(2026, 1, 1); d++ {
				if !z.Exists(d) {
					continue
				}
				next, ok := schedule.NextIn(z, at)
				if !ok || !next.After(at) || civil(next, loc) != d.String() {
					t.Fatalf("%s %q after %v: %v, %v; want it on %v", name, clock, at, next, ok, d)
				}
				at = next
			}
		}
	}
}

// cronSets is a cron expression in the making, with the values it means.
type cronSets struct {
	text  [5]string
	value [5]map[int]bool
}

func cronExpressions() *rapid.Generator[cronSets] {
	return rapid.Custom(func(t *rapid.T) cronSets {
		var c cronSets
		for i, f := range cronFields {
			c.value[i] = map[int]bool{}
			top := f.top
			if i == 4 {
				top = 6
			}
			var parts []string
			for range rapid.IntRange(1, 3).Draw(t, "parts") {
				parts = append(parts, drawPart(t, f.low, top, c.value[i]))
			}
			c.text[i] = strings.Join(parts, ",")
		}
		return c
	})
}

func drawPart(t *rapid.T, low, top int, value map[int]bool) string {
	a := rapid.IntRange(low, top).Draw(t, "from")
	b := rapid.IntRange(a, top).Draw(t, "to")
	step := rapid.IntRange(1, top-low+1).Draw(t, "step")
	text := fmt.Sprintf("%d-%d/%d", a, b, step)
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		a, b, step, text = low, top, 1, "*"
	case 1:
		a, b, text = low, top, fmt.Sprintf("*/%d", step)
	case 2:
		b, step, text = a, 1, fmt.Sprint(a)
	case 3:
		step, text = 1, fmt.Sprintf("%d-%d", a, b)
	}
	for v := a; v <= b; v += step {
		value[v] = true
	}
	return text
}

func (c cronSets) on(reading time.Time) bool {
	day, weekday := c.value[2][reading.Day()], c.value[4][int(reading.Weekday())]
	dayFits := day && weekday
	if !strings.HasPrefix(c.text[2], "*") && !strings.HasPrefix(c.text[4], "*") {
		dayFits = day || weekday
	}
	return c.value[0][reading.Minute()] && c.value[1][reading.Hour()] && c.value[3][int(reading.Month())] && dayFits
}

// modelFirings steps through the minutes of a span and fires whenever the wall
// clock shows, or jumps over, a matching time that it has not shown before.
func modelFirings(c cronSets, from, to time.Time, loc *time.Location) []time.Time {
	wall := func(at time.Time) time.Time {
		y, m, d := at.In(loc).Date()
		hour, minute, _ := at.In(loc).Clock()
		return time.Date(y, m, d, hour, minute, 0, 0, time.UTC)
	}
	shown := map[string]bool{}
	for at := from.Add(-48 * time.Hour); at.Before(to.Add(48 * time.Hour)); at = at.Add(15 * time.Minute) {
		shown[civil(at, loc)] = true
	}
	highest := wall(from.Add(-48 * time.Hour))
	var firings []time.Time
	for at := from.Add(-48 * time.Hour); at.Before(to); at = at.Add(time.Minute) {
		fires := false
		for reading := highest.Add(time.Minute); !reading.After(wall(at)); reading = reading.Add(time.Minute) {
			fires = fires || c.on(reading) && shown[reading.Format(time.DateOnly)]
			highest = reading
		}
		if fires && at.After(from) {
			firings = append(firings, at)
		}
	}
	return firings
}

func TestScheduleAgainstModel(t *testing.T) {
	expressions := cronExpressions()
	for _, name := range troubled {
		loc := mustZone(t, name)
		z, near := NewZone(loc), moments(loc)
		rapid.Check(t, func(t *rapid.T) {
			c := expressions.Draw(t, "expression")
			schedule, err := ParseSchedule(strings.Join(c.text[:], " "))
			var problem *Error
			if errors.As(err, &problem) && problem.Code == "cron_never" {
				return // TestScheduleRefuses and TestNeverIsRight look at those
			}
			if err != nil {
				t.Fatal(err)
			}
			from := near.Draw(t, "from").Truncate(time.Minute)
			to := from.Add(30 * time.Hour)
			at := from
			for _, want := range modelFirings(c, from, to, loc) {
				next, ok := schedule.NextIn(z, at)
				if !ok || !next.Equal(want) {
					t.Fatalf("%s %v after %v: %v, %v; want %v", name, schedule, at.In(loc), next, ok, want.In(loc))
				}
				at = next
			}
			if next, ok := schedule.NextIn(z, at); ok && next.Before(to) {
				t.Fatalf("%s %v after %v: %v, but the model knows none before %v", name, schedule, at.In(loc), next, to)
			}
		})
	}
}

func TestNeverIsRight(t *testing.T) {
	long := [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for month := 1; month <= 12; month++ {
		for day := 1; day <= 31; day++ {
			s, err := ParseSchedule(fmt.Sprintf("0 0 %d %d *", day, month))
			if (err == nil) != (day <= long[month]) {
				t.Errorf("%d.%d.: %v, %v", day, month, s, err)
			}
		}
	}
}

func TestZeroScheduleNeverFires(t *testing.T) {
	if at, ok := (Schedule{}).Next(time.Unix(0, 0), nil); ok {
		t.Errorf("fires at %v", at)
	}
	if at, ok := mustSchedule(t, "* * * * *").Next(time.Unix(1<<50, 0), nil); ok {
		t.Errorf("fires after the last date, at %v", at)
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, seed := range []string{"0 9 * * 1-5", "*/5 * * * *", "0 0 30 2 *", "holiday mid-autumn 09:00", "@daily", "0 0 1 JAN-MAR/2 SUN", "1-5/2,7 * ? * *"} {
		f.Add(seed)
	}
	loc, err := LoadZone("America/Santiago")
	if err != nil {
		f.Fatal(err)
	}
	after := time.Unix(1_567_900_000, 0)
	f.Fuzz(func(t *testing.T, s string) {
		schedule, err := ParseSchedule(s)
		if err != nil {
			var problem *Error
			if !errors.As(err, &problem) || problem.En == "" || problem.Zh == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if again, err := ParseSchedule(schedule.String()); err != nil || again != schedule {
			t.Fatalf("%q is written %q and read %v, %v", s, schedule, again, err)
		}
		if next, ok := schedule.Next(after, loc); !ok || !next.After(after) {
			t.Fatalf("%q after %v: %v, %v", s, after, next, ok)
		}
	})
}

func BenchmarkScheduleNext(b *testing.B) {
	z, after := NewZone(mustZone(b, "America/New_York")), time.Unix(1_780_000_000, 0)
	for _, text := range []string{"0 9 * * 1-5", "0 0 29 2 *", "holiday mid-autumn 09:00"} {
		s := mustSchedule(b, text)
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				s.NextIn(z, after)
			}
		})
	}
}
