package calendar

import (
	"math/rand/v2"
	"testing"
	"time"
)

func mustQuiet(t testing.TB, from, to string) Quiet {
	t.Helper()
	q, err := ParseQuiet(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQuietKnown(t *testing.T) {
	for _, c := range []struct{ zone, from, to, at, end string }{
		{"Asia/Shanghai", "22:00", "08:00", "2026-03-01T21:59:59+08:00", ""},
		{"Asia/Shanghai", "22:00", "08:00", "2026-03-01T22:00:00+08:00", "2026-03-02T08:00:00+08:00"},
		{"Asia/Shanghai", "22:00", "08:00", "2026-03-02T07:59:59.5+08:00", "2026-03-02T08:00:00+08:00"},
		{"Asia/Shanghai", "22:00", "08:00", "2026-03-02T08:00:00+08:00", ""},
		{"Asia/Shanghai", "12:30", "13:30", "2026-03-02T12:45:00+08:00", "2026-03-02T13:30:00+08:00"},
		{"America/New_York", "22:00", "08:00", "2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00"}, // an hour shorter
		{"America/New_York", "22:00", "08:00", "2026-10-31T23:00:00-04:00", "2026-11-01T08:00:00-05:00"}, // an hour longer
		{"America/New_York", "22:00", "02:30", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"}, // 02:30 is skipped
		{"America/New_York", "22:00", "01:30", "2026-11-01T01:00:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "22:00", "01:30", "2026-11-01T01:00:00-05:00", "2026-11-01T01:30:00-05:00"}, // quiet again
		{"America/New_York", "22:00", "02:00", "2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00"}, // 02:00 is 01:00 first
		{"America/Havana", "22:00", "00:00", "2026-03-07T23:00:00-05:00", "2026-03-08T01:00:00-04:00"},
		{"Pacific/Apia", "22:00", "08:00", "2011-12-29T23:00:00-10:00", "2011-12-31T08:00:00+14:00"},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		end, quiet := mustQuiet(t, c.from, c.to).Until(at, mustZone(t, c.zone))
		if quiet != (c.end != "") || quiet && end.Format(time.RFC3339Nano) != c.end || !quiet && !end.Equal(at) {
			t.Errorf("%s %s-%s at %s: %v, %v; want %s", c.zone, c.from, c.to, c.at, end, quiet, c.end)
		}
	}
}

// modelQuiet steps through the minutes until the wall clock is outside.
func modelQuiet(q Quiet, t time.Time, loc *time.Location) (time.Time, bool) {
	inside := func(at time.Time) bool {
		hour, minute, _ := at.In(loc).Clock()
		now := Clock(hour*60 + minute)
		if q.From < q.To {
			return q.From <= now && now < q.To
		}
		return now >= q.From || now < q.To
	}
	if !inside(t) {
		return t, false
	}
	at := t.Truncate(time.Minute)
	for inside(at) {
		at = at.Add(time.Minute)
	}
	return at, true
}

func TestQuietAgainstModel(t *testing.T) {
	cases := 100_000
	if testing.Short() {
		cases = 5_000
	}
	random := rand.New(rand.NewPCG(2026, 3))
	for _, name := range troubled {
		loc := mustZone(t, name)
		z, changes := NewZone(loc), transitions(loc, 2008, 2028)
		for range cases/len(troubled) + 1 {
			at := time.Unix(1_200_000_000+random.Int64N(630_000_000), random.Int64N(1e9))
			if len(changes) > 0 && random.IntN(2) == 0 {
				at = changes[random.IntN(len(changes))].Add(time.Duration(random.Int64N(int64(48*time.Hour))) - 36*time.Hour)
			}
			q := Quiet{From: Clock(random.IntN(1440)), To: Clock(random.IntN(1440))}
			if q.From == q.To {
				q.To = (q.From + 600) % 1440
			}
			want, wantQuiet := modelQuiet(q, at, loc)
			got, quiet := q.UntilIn(z, at)
			if quiet != wantQuiet || !got.Equal(want) {
				t.Fatalf("%s %v-%v at %v: %v, %v; want %v, %v", name, q.From, q.To, at.In(loc), got, quiet, want, wantQuiet)
			}
		}
	}
}

func TestQuietRefuses(t *testing.T) {
	for _, c := range [][2]string{{"22:00", "22:00"}, {"22", "08:00"}, {"22:00", "8:00"}, {"24:00", "08:00"}, {"22:60", "08:00"}, {"22:0a", "08:00"}, {"", ""}} {
		if q, err := ParseQuiet(c[0], c[1]); err == nil {
			t.Errorf("ParseQuiet(%q, %q) = %v", c[0], c[1], q)
		}
	}
	if end, quiet := (Quiet{}).Until(time.Unix(7, 0), nil); quiet || end != time.Unix(7, 0) {
		t.Errorf("no quiet hours are quiet until %v", end)
	}
}
