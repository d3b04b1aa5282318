package calendar

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPeriodsKnown(t *testing.T) {
	for _, c := range []struct{ every, anchor, on, key string }{
		{"half_month", "", "2026-03-01", "2026-03-01/2026-03-15"}, {"half_month", "", "2026-03-15", "2026-03-01/2026-03-15"},
		{"half_month", "", "2026-03-16", "2026-03-16/2026-03-31"}, {"half_month", "", "2024-02-29", "2024-02-16/2024-02-29"},
		{"week", "", "2026-03-01", "2026-02-23/2026-03-01"}, {"week", "", "2026-03-02", "2026-03-02/2026-03-08"},
		{"month", "", "2026-02-10", "2026-02-01/2026-02-28"}, {"quarter", "", "2026-05-31", "2026-04-01/2026-06-30"},
		{"quarter", "", "2026-12-31", "2026-10-01/2026-12-31"}, {"15d", "2026-03-03", "2026-03-17", "2026-03-03/2026-03-17"},
		{"15d", "2026-03-03", "2026-03-18", "2026-03-18/2026-04-01"}, {"15d", "2026-03-03", "2026-03-02", "2026-02-16/2026-03-02"},
		{"1d", "2026-03-03", "2026-02-02", "2026-02-02/2026-02-02"},
	} {
		cadence, err := ParseCadence(c.every)
		if err != nil || cadence.String() != c.every || cadence.NeedsAnchor() != (c.anchor != "") {
			t.Fatalf("%s is %v, %v", c.every, cadence, err)
		}
		if c.anchor != "" {
			cadence = cadence.Anchored(mustDate(t, c.anchor))
		}
		if p := cadence.Of(mustDate(t, c.on)); p.Key() != c.key {
			t.Errorf("%s on %s is %s, want %s", c.every, c.on, p.Key(), c.key)
		}
	}
}

// Periods follow each other without gap or overlap, and each of their days
// belongs to them.
func TestPeriodsTile(t *testing.T) {
	loc := mustZone(t, "America/Santiago")
	rapid.Check(t, func(t *rapid.T) {
		cadence, err := ParseCadence(rapid.SampledFrom([]string{"half_month", "week", "month", "quarter", "1d", "15d", "366d"}).Draw(t, "every"))
		if err != nil {
			t.Fatal(err)
		}
		cadence = cadence.Anchored(Date(rapid.Int32Range(10000, 30000).Draw(t, "anchor")))
		d := Date(rapid.Int32Range(10000, 30000).Draw(t, "day"))
		p := cadence.Of(d)
		next, prev := cadence.Next(p), cadence.Prev(p)
		if !p.Has(d) || next.First != p.Last+1 || prev.Last != p.First-1 || cadence.Prev(next) != p || cadence.Next(prev) != p {
			t.Fatalf("%v around %v: %v, %v, %v", cadence, d, prev, p, next)
		}
		for day := p.First; day <= p.Last; day++ {
			if cadence.Of(day) != p {
				t.Fatalf("%v is in %v and in %v", day, p, cadence.Of(day))
			}
		}
		if back, err := ParsePeriod(p.Key()); err != nil || back != p || p.Days() != int(p.Last-p.First)+1 {
			t.Fatalf("%s is read %v, %v", p.Key(), back, err)
		}
		if !p.End(loc).Equal(next.Start(loc)) || cadence.PeriodOf(p.Start(loc), loc) != p || cadence.PeriodOf(p.End(loc).Add(-1), loc) != p {
			t.Fatalf("%v has the instants %v to %v", p, p.Start(loc), p.End(loc))
		}
		span := p.Span(loc)
		if !span.From.Equal(p.Start(loc)) || !span.To.Equal(p.End(loc)) || span.Contains(span.To) || !span.Contains(span.To.Add(-time.Nanosecond)) {
			t.Fatalf("%v spans %+v", p, span)
		}
	})
}

func TestCadenceRefuses(t *testing.T) {
	for in, hint := range map[string]string{
		"": "half_month", "half-month": `"half_month"`, "weeks": `"week"`, "15 days": `"15d"`, "0d": "1d to 366d",
		"367d": "1d to 366d", "2w": "1d to 366d", "99999999999999999999d": "1d to 366d", "day": "1d to 366d",
	} {
		if c, err := ParseCadence(in); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("ParseCadence(%q) = %v, %v; want a hint of %s", in, c, err, hint)
		}
	}
	for _, key := range []string{"", "2026-03-01", "2026-03-15/2026-03-01", "2026-03-01/2026-03-32", "a/b"} {
		if p, err := ParsePeriod(key); err == nil {
			t.Errorf("ParsePeriod(%q) = %v", key, p)
		}
	}
}
