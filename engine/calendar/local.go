package calendar

import "time"

// Local is what a wall clock shows at an instant. Weekday is 1 on Monday and 7
// on Sunday.
type Local struct {
	Year, Month, Day, Hour, Minute, Weekday int
}

// LocalOf returns the wall clock's reading at t in loc; a nil location means UTC.
func LocalOf(t time.Time, loc *time.Location) Local {
	z := Zone{loc: loc}
	return z.Local(t)
}

// Local returns the wall clock's reading at t.
func (z *Zone) Local(t time.Time) Local {
	reading := z.local(t.Unix())
	day := clampDate(floorDiv(reading, daySeconds))
	second := int(floorMod(reading, daySeconds))
	year, month, dom := day.YMD()
	return Local{
		Year: year, Month: int(month), Day: dom,
		Hour: second / 3600, Minute: second / 60 % 60, Weekday: day.Weekday(),
	}
}
