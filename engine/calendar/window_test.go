package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustWindow(t testing.TB, s string) Window {
	t.Helper()
	w, err := ParseWindow(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestParseWindowForms(t *testing.T) {
	for in, canonical := range map[string]string{
		"30m": "30m", "60m": "1h", "90m": "90m", "24h": "1d", "36h": "36h", "7d": "7d", "2w": "14d", "1w": "7d",
		"3660d": "3660d", "522w": "3654d", "1m": "1m", "1mo": "1mo", "12mo": "12mo", "120mo": "120mo",
		"today": "today", "this_week": "this_week", "this_month": "this_month", "all": "all", "007d": "7d",
	} {
		w := mustWindow(t, in)
		if w.String() != canonical || mustWindow(t, canonical) != w {
			t.Errorf("%q is written %q, want %q", in, w, canonical)
		}
	}
	if mustWindow(t, "24h") != mustWindow(t, "1d") || mustWindow(t, "12mo") == mustWindow(t, "1mo") {
		t.Error("windows don't compare by their meaning")
	}
}

func TestParseWindowRefuses(t *testing.T) {
	for _, c := range []struct{ in, code, hint string }{
		{"", "window_syntax", `"7d"`}, {"7", "window_syntax", ""}, {"d", "window_syntax", ""}, {"-7d", "window_syntax", `did you mean "7d"?`},
		{"7 days", "window_syntax", `did you mean "7d"?`}, {"7D", "window_syntax", `did you mean "7d"?`},
		{"12M", "window_syntax", `did you mean "12mo"?`}, {"1 month", "window_syntax", `did you mean "1mo"?`},
		{"1y", "window_syntax", `did you mean "12mo"?`}, {"30天", "window_syntax", `did you mean "30d"?`},
		{"3个月", "window_syntax", `did you mean "3mo"?`}, {"this week", "window_syntax", `did you mean "this_week"?`},
		{"thismonth", "window_syntax", `did you mean "this_month"?`}, {"tody", "window_syntax", `did you mean "today"?`},
		{"本周", "window_syntax", `did you mean "this_week"?`}, {"ALL", "window_syntax", `did you mean "all"?`},
		{"30s", "window_syntax", ""}, {"1.5d", "window_syntax", ""}, {"last tuesday", "window_syntax", ""},
		{"0m", "window_range", "1m to 3660d"}, {"3661d", "window_range", "1m to 3660d"}, {"0mo", "window_range", "1mo to 120mo"},
		{"121mo", "window_range", "1mo to 120mo"}, {"99999999999999999999d", "window_range", "1m to 3660d"},
		{"524w", "window_range", "1m to 3660d"},
	} {
		w, err := ParseWindow(c.in)
		var problem *Error
		if !errors.As(err, &problem) || problem.Code != c.code || !strings.Contains(problem.En, c.hint) || problem.Zh == "" {
			t.Errorf("ParseWindow(%q) = %v, %v; want %s with %q", c.in, w, err, c.code, c.hint)
		}
		if c.hint == "" && strings.Contains(problem.En, "did you mean") {
			t.Errorf("ParseWindow(%q) guesses: %v", c.in, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "90m": 90 * time.Minute, "12h": 12 * time.Hour, "3d": 72 * time.Hour, "2w": 336 * time.Hour,
		"365d": 365 * 24 * time.Hour, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for in, code := range map[string]string{
		"": "duration_syntax", "7": "duration_syntax", "00": "duration_syntax", "1mo": "duration_syntax", "-1d": "duration_syntax",
		"1d12h": "duration_syntax", "106752d": "duration_range", "15251w": "duration_range",
		"9223372036854775808m": "duration_range", "153722868m": "duration_range",
	} {
		_, err := ParseDuration(in)
		var problem *Error
		if !errors.As(err, &problem) || problem.Code != code {
			t.Errorf("ParseDuration(%q): %v, want %s", in, err, code)
		}
	}
	if _, err := ParseDuration("3 days"); err == nil || !strings.Contains(err.Error(), `"3d"`) {
		t.Errorf("no suggestion for 3 days: %v", err)
	}
}

// modelStart finds where a calendar window begins from the standard library's
// dates, in another way than the package does.
func modelStart(w string, now time.Time, loc *time.Location) (d Date) {
	there := now.In(loc)
	year, month, day := there.Date()
	switch w {
	case "today":
	case "this_week":
		for noon := time.Date(year, month, day, 12, 0, 0, 0, time.UTC); noon.Weekday() != time.Monday; noon = noon.AddDate(0, 0, -1) {
			day--
		}
	case "this_month":
		day = 1
	default:
		var n int
		fmt.Sscanf(w, "%dmo", &n)
		for range n {
			if month--; month == 0 {
				year, month = year-1, 12
			}
		}
		for time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Month() != month {
			day--
		}
	}
	return NewDate(year, month, day)
}

func TestCalendarWindowsAgainstModel(t *testing.T) {
	names := []string{"today", "this_week", "this_month", "1mo", "3mo", "12mo", "17mo"}
	for _, name := range troubled {
		loc := mustZone(t, name)
		z, near := NewZone(loc), moments(loc)
		rapid.Check(t, func(t *rapid.T) {
			text, now := rapid.SampledFrom(names).Draw(t, "window"), near.Draw(t, "now")
			w, err := ParseWindow(text)
			if err != nil {
				t.Fatal(err)
			}
			span, bounded := w.BoundsIn(z, now)
			if other, _ := w.Bounds(now, loc); other != span || !bounded {
				t.Fatalf("%+v in a zone, %+v without", span, other)
			}
			want := firstMinute(modelStart(text, now, loc), loc)
			if !span.From.Equal(want) || !span.To.Equal(now) || span.FromOpen || span.ToOpen {
				t.Fatalf("%s %s at %v: %+v, want from %v", name, text, now, span, want)
			}
			if !span.Contains(now) || !span.Contains(span.From) || span.Contains(span.From.Add(-1)) || span.Contains(now.Add(1)) {
				t.Fatalf("%s %s at %v: the ends of %+v are wrong", name, text, now, span)
			}
			days := int(z.Day(now)-z.Day(span.From)) + 1
			if most, ok := w.MaxDays(); !ok || days > most {
				t.Fatalf("%s touches %d days, at most %d expected", text, days, most)
			}
		})
	}
}

func TestRollingWindows(t *testing.T) {
	loc := mustZone(t, "America/Havana")
	near := moments(loc)
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(1, MaxWindowDays*24*60).Draw(t, "minutes")
		w, err := ParseWindow(fmt.Sprintf("%dm", minutes))
		if err != nil {
			t.Fatal(err)
		}
		now := near.Draw(t, "now")
		span, bounded := w.Bounds(now, loc)
		length := now.Sub(span.From)
		if !bounded || length != time.Duration(minutes)*time.Minute || !span.FromOpen || span.ToOpen {
			t.Fatalf("%v at %v: %+v", w, now, span)
		}
		if span.Contains(span.From) || !span.Contains(span.From.Add(1)) || !span.Contains(now) {
			t.Fatalf("%+v is not open at its beginning and closed at its end", span)
		}
		before, ok := w.Previous(now, loc)
		if !ok || before.To != span.From || before.To.Sub(before.From) != length || before.Contains(before.From) || !before.Contains(before.To) {
			t.Fatalf("before %+v comes %+v", span, before)
		}
		days := int(DateOf(now, loc)-DateOf(span.From, loc)) + 1
		if most, ok := w.MaxDays(); !ok || days > most {
			t.Fatalf("%v touches %d days, at most %d expected", w, days, most)
		}
	})
}

func TestPreviousWindows(t *testing.T) {
	shanghai, apia := mustZone(t, "Asia/Shanghai"), mustZone(t, "Pacific/Apia")
	now := time.Date(2026, 3, 31, 15, 0, 0, 0, shanghai)
	for _, c := range []struct {
		window   string
		now      time.Time
		loc      *time.Location
		from, to string
	}{
		{"today", now, shanghai, "2026-03-30", "2026-03-31"},
		{"this_week", now, shanghai, "2026-03-23", "2026-03-30"},
		{"this_month", now, shanghai, "2026-02-01", "2026-03-01"},
		{"1mo", now, shanghai, "2026-01-31", "2026-02-28"},
		{"12mo", now, shanghai, "2024-03-31", "2025-03-31"},
		{"today", time.Date(2011, 12, 31, 15, 0, 0, 0, apia), apia, "2011-12-29", "2011-12-31"},
	} {
		span, ok := mustWindow(t, c.window).Previous(c.now, c.loc)
		from, to := DayStart(mustDate(t, c.from), c.loc), DayStart(mustDate(t, c.to), c.loc)
		if !ok || !span.From.Equal(from) || !span.To.Equal(to) || span.Contains(span.To) || !span.Contains(span.From) {
			t.Errorf("before %s at %v: %+v, want [%v, %v)", c.window, c.now, span, from, to)
		}
	}
	if span, ok := mustWindow(t, "all").Previous(now, shanghai); ok {
		t.Errorf("before all there is %+v", span)
	}
}

func TestAllHasNoBeginning(t *testing.T) {
	w := mustWindow(t, "all")
	span, bounded := w.Bounds(time.Unix(5, 0), nil)
	if bounded || !w.All() || !span.Contains(time.Time{}) || !span.Contains(time.Unix(5, 0)) || span.Contains(time.Unix(6, 0)) {
		t.Errorf("all is %+v, bounded %v", span, bounded)
	}
	if _, ok := w.MaxDays(); ok {
		t.Error("all has a number of days")
	}
	if _, ok := w.Rolling(); ok {
		t.Error("all is rolling")
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, seed := range []string{"7d", "12mo", "today", "this week", "30天", "1y", "99999999999999999999h", "-1d", "１d"} {
		f.Add(seed)
	}
	now := time.Unix(1_780_000_000, 0)
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWindow(s)
		if err != nil {
			var problem *Error
			if !errors.As(err, &problem) || problem.En == "" || problem.Zh == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w {
			t.Fatalf("%q is written %q and read %v, %v", s, w, again, err)
		}
		if span, bounded := w.Bounds(now, nil); bounded && (!span.From.Before(now) || now.Sub(span.From) > 3700*24*time.Hour) {
			t.Fatalf("%q at %v: %+v", s, now, span)
		}
	})
}

func BenchmarkWindowBounds(b *testing.B) {
	z, now := NewZone(mustZone(b, "America/New_York")), time.Unix(1_780_000_000, 0)
	for _, name := range []string{"7d", "today", "this_month", "12mo"} {
		w := mustWindow(b, name)
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				w.BoundsIn(z, now.Add(time.Duration(i%1000)*time.Minute))
			}
		})
	}
}
