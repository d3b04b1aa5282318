package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// troubled are zones whose clocks do everything that clocks do: midnights that
// are skipped (Santiago, Havana, Asuncion, Sao Paulo, Cairo, Beirut), a date that
// is skipped (Apia), half-hour changes (Lord Howe), odd offsets (Kathmandu),
// a change at a minute past midnight (St Johns), changes of three hours (Casey).
var troubled = []string{
	"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
	"Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo", "America/Santiago", "America/Havana",
	"America/Asuncion", "America/Sao_Paulo", "Asia/Beirut", "America/St_Johns", "Antarctica/Casey",
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustDate(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// transitions returns the instants between two years at which the offset changes.
func transitions(loc *time.Location, from, to int) []time.Time {
	var changes []time.Time
	at, end := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC)
	_, offset := at.In(loc).Zone()
	for ; at.Before(end); at = at.Add(15 * time.Minute) {
		if _, now := at.In(loc).Zone(); now != offset {
			offset = now
			changes = append(changes, at)
		}
	}
	return changes
}

// moments draws instants of which half lie close to a change of the clock.
func moments(loc *time.Location) *rapid.Generator[time.Time] {
	changes := transitions(loc, 2008, 2028)
	return rapid.Custom(func(t *rapid.T) time.Time {
		if len(changes) > 0 && rapid.Bool().Draw(t, "near a change") {
			change := rapid.SampledFrom(changes).Draw(t, "change")
			return change.Add(time.Duration(rapid.Int64Range(-int64(30*time.Hour), int64(30*time.Hour)).Draw(t, "away")))
		}
		return time.Unix(rapid.Int64Range(1_200_000_000, 1_830_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
	})
}

// civil is the standard library's idea of a local date.
func civil(t time.Time, loc *time.Location) string { return t.In(loc).Format(time.DateOnly) }

// firstMinute is the model of DayStart: step through the minutes around a date
// until the local date has come.
func firstMinute(d Date, loc *time.Location) time.Time {
	want := d.String()
	at := time.Unix(int64(d)*daySeconds, 0).Add(-30 * time.Hour)
	for civil(at, loc) < want {
		at = at.Add(time.Minute)
	}
	return at
}
