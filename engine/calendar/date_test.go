package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func dates() *rapid.Generator[Date] {
	return rapid.Map(rapid.Int32Range(int32(MinDate), int32(MaxDate)), func(n int32) Date { return Date(n) })
}

func TestDateAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		year, month, day := d.YMD()
		model := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		if NewDate(year, month, day) != d || DateOf(model, nil) != d {
			t.Fatalf("%v does not survive the way through year, month and day", d)
		}
		if want := (int(model.Weekday())+6)%7 + 1; d.Weekday() != want {
			t.Fatalf("%v: weekday %d, want %d", d, d.Weekday(), want)
		}
		if d.String() != model.Format(time.DateOnly) {
			t.Fatalf("%v is written %s", model, d)
		}
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("ParseDate(%s) = %v, %v", d, back, err)
		}
		if start := d.WeekStart(); d >= MinDate+7 && (start.Weekday() != 1 || d-start > 6 || start > d) {
			t.Fatalf("%v: week starts %v", d, start)
		}
		if end := d.MonthEnd(); end < d || end-d.MonthStart() < 27 || end-d.MonthStart() > 30 {
			t.Fatalf("%v: month %v to %v", d, d.MonthStart(), end)
		}
	})
}

func TestAddMonthsClamps(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2024-02-29", -12, "2023-02-28"},
		{"2026-03-31", -1, "2026-02-28"}, {"2026-12-31", 2, "2027-02-28"}, {"2026-01-15", -13, "2024-12-15"},
		{"2024-02-29", 48, "2028-02-29"}, {"2026-05-31", -3, "2026-02-28"}, {"2026-05-31", 0, "2026-05-31"},
	} {
		if got := mustDate(t, c.from).AddMonths(c.months); got.String() != c.want {
			t.Errorf("%s and %d months: %v, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "0000-01-01", "26-02-03", "2026-02-03T00:00", "12026-01-01"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v", s, d)
		}
	}
}

func TestDatesAreKeysOfJSON(t *testing.T) {
	in := Overrides{mustDate(t, "2026-05-09"): true, mustDate(t, "2026-05-04"): false}
	text, err := json.Marshal(in)
	if err != nil || string(text) != `{"2026-05-04":false,"2026-05-09":true}` {
		t.Fatalf("%s, %v", text, err)
	}
	var out Overrides
	if err := json.Unmarshal(text, &out); err != nil || len(out) != 2 || !out[mustDate(t, "2026-05-09")] {
		t.Fatalf("%v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"tomorrow":true}`), &out); err == nil {
		t.Error("a date called tomorrow was accepted")
	}
}

func TestDatesStayInRange(t *testing.T) {
	if MinDate.String() != "0001-01-01" || MaxDate.String() != "9999-12-31" {
		t.Errorf("range is %v to %v", MinDate, MaxDate)
	}
	if MaxDate.AddDays(1) != MaxDate || MinDate.AddDays(-1) != MinDate || MaxDate.AddMonths(1) != MaxDate {
		t.Error("arithmetic leaves the range")
	}
	if d := DateOf(time.Unix(1<<50, 0), nil); d != MaxDate {
		t.Errorf("a time far ahead is %v", d)
	}
}
