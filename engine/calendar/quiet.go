package calendar

import (
	"fmt"
	"time"
)

// Clock is a time of day in minutes after midnight, 0 to 1439.
type Clock int16

// ParseClock reads a time of day such as 09:00 or 22:30.
func ParseClock(s string) (Clock, error) {
	digits := len(s) == 5 && s[2] == ':'
	for _, i := range []int{0, 1, 3, 4} {
		digits = digits && '0' <= s[i] && s[i] <= '9'
	}
	if digits {
		hour, minute := int16(s[0]-'0')*10+int16(s[1]-'0'), int16(s[3]-'0')*10+int16(s[4]-'0')
		if hour < 24 && minute < 60 {
			return Clock(hour*60 + minute), nil
		}
	}
	return 0, &Error{
		Code: "clock_syntax", Input: s,
		En: fmt.Sprintf("%q is not a time of day; write hours and minutes, 00:00 to 23:59, such as 09:00", s),
		Zh: fmt.Sprintf("%q 不是一天中的时刻；请写 时:分，00:00 到 23:59，例如 09:00", s),
	}
}

// String writes the time of day as ParseClock reads it.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Quiet is a daily stretch of local time, [From, To), in which nobody is
// messaged. It goes over midnight when To is before From. The zero Quiet is
// never quiet.
type Quiet struct{ From, To Clock }

// ParseQuiet reads quiet hours from their two ends, such as 22:00 and 08:00.
func ParseQuiet(from, to string) (Quiet, error) {
	start, err := ParseClock(from)
	if err != nil {
		return Quiet{}, err
	}
	end, err := ParseClock(to)
	if err != nil {
		return Quiet{}, err
	}
	if start == end {
		return Quiet{}, &Error{
			Code: "quiet_empty", Input: from + "-" + to,
			En: fmt.Sprintf("quiet hours begin and end at %s; give them different times, or leave them out", start),
			Zh: fmt.Sprintf("免打扰时段的开始和结束都是 %s；请写不同的时刻，或不设免打扰", start),
		}
	}
	return Quiet{From: start, To: end}, nil
}

// Until reports whether t is in quiet hours by the wall clock in loc, and when
// they are over: the first later instant at which that clock shows a time
// outside them, t itself when it is not quiet. A clock that is set back can make it quiet again afterwards, so
// ask again before sending.
func (q Quiet) Until(t time.Time, loc *time.Location) (end time.Time, quiet bool) {
	z := Zone{loc: loc}
	return q.UntilIn(&z, t)
}

// UntilIn is Until with a Zone that remembers its last stretch.
func (q Quiet) UntilIn(z *Zone, t time.Time) (end time.Time, quiet bool) {
	at := t.Unix()
	for {
		s := z.stretchAt(at)
		left := q.left(floorMod(at+s.offset, daySeconds))
		if left == 0 && at == t.Unix() {
			return t, false
		}
		if left == 0 {
			return z.instant(at), true
		}
		if at+left < s.end {
			return z.instant(at + left), true
		}
		at = s.end // the clock jumps before the quiet hours are over: look again there
	}
}

// left returns the seconds of quiet that remain at a second of the day, 0 when
// it is not quiet.
func (q Quiet) left(second int64) int64 {
	from, to := int64(q.From)*60, int64(q.To)*60
	if floorMod(second-from, daySeconds) >= floorMod(to-from, daySeconds) {
		return 0
	}
	return floorMod(to-second, daySeconds)
}
