package calendar

import (
	"fmt"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // the same rules on a machine that has no zone files
)

// Zone answers questions about local days quickly: it remembers the last
// stretch of constant offset and the starts of recent days. It is for one
// goroutine at a time; make one per worker. The answers are those of the
// package's functions that take a location.
type Zone struct {
	loc     *time.Location
	stretch stretch
	starts  [dayMemo]dayStart
}

// dayMemo is a power of two that holds a week's days and the month's start
// without most of them evicting each other.
const dayMemo = 16

type dayStart struct {
	day   Date
	known bool
	unix  int64
}

// stretch is a span of time, [start, end) in seconds since the epoch, during
// which the zone's offset from UTC does not change.
type stretch struct{ start, end, offset int64 }

func (s stretch) has(unix int64) bool { return s.start <= unix && unix < s.end }

// upheaval is longer than any clock was ever set back or forward by: beyond it
// from a transition, local readings come in order and once.
const upheaval = 3 * daySeconds

// NewZone returns a Zone for loc; nil means UTC.
func NewZone(loc *time.Location) *Zone { return &Zone{loc: loc} }

// LoadZone finds a time zone by its IANA name, such as Asia/Shanghai. Unlike
// time.LoadLocation it refuses "" and "Local", which differ between machines.
func LoadZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	en, zh := didYouMean(zoneAliases[strings.ToLower(strings.TrimSpace(name))])
	return nil, &Error{
		Code: "zone_unknown", Input: name,
		En: fmt.Sprintf("%q is not a time zone; write an IANA name such as Asia/Shanghai%s", name, en),
		Zh: fmt.Sprintf("%q 不是时区；请写 IANA 名称，例如 Asia/Shanghai%s", name, zh),
	}
}

// zoneAliases are names that people write for zones and no database knows.
var zoneAliases = map[string]string{
	"beijing": "Asia/Shanghai", "asia/beijing": "Asia/Shanghai", "china": "Asia/Shanghai",
	"shanghai": "Asia/Shanghai", "cst": "Asia/Shanghai", "utc+8": "Asia/Shanghai",
	"gmt+8": "Asia/Shanghai", "+08:00": "Asia/Shanghai", "北京": "Asia/Shanghai",
	"北京时间": "Asia/Shanghai", "中国": "Asia/Shanghai", "上海": "Asia/Shanghai",
	"hongkong": "Asia/Hong_Kong", "香港": "Asia/Hong_Kong", "台北": "Asia/Taipei",
	"tokyo": "Asia/Tokyo", "东京": "Asia/Tokyo", "singapore": "Asia/Singapore",
	"london": "Europe/London", "new york": "America/New_York", "local": "UTC", "": "UTC",
}

// Location returns the location that the Zone was made for.
func (z *Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// Day returns the local date of an instant.
func (z *Zone) Day(t time.Time) Date {
	return clampDate(floorDiv(z.local(t.Unix()), daySeconds))
}

// DayStart returns the first instant with that local date. A date that the zone
// skipped starts where the next existing one does.
func (z *Zone) DayStart(d Date) time.Time {
	memo := &z.starts[uint32(d)%dayMemo]
	if !memo.known || memo.day != d {
		*memo = dayStart{day: d, known: true, unix: z.firstAt(int64(d) * daySeconds)}
	}
	return z.instant(memo.unix)
}

// Exists reports whether the zone had that date at all: Apia went from
// 29 to 31 December 2011.
func (z *Zone) Exists(d Date) bool { return z.Day(z.DayStart(d)) == d }

// DateOf returns the local date of an instant; a nil location means UTC.
func DateOf(t time.Time, loc *time.Location) Date {
	z := Zone{loc: loc}
	return z.Day(t)
}

// DayStart returns the first instant with that local date, as Zone.DayStart does.
func DayStart(d Date, loc *time.Location) time.Time {
	z := Zone{loc: loc}
	return z.DayStart(d)
}

func (z *Zone) instant(unix int64) time.Time { return time.Unix(unix, 0).In(z.Location()) }

// local returns the local clock's reading at an instant, in seconds, written as
// if it were UTC.
func (z *Zone) local(unix int64) int64 { return unix + z.stretchAt(unix).offset }

func (z *Zone) stretchAt(unix int64) stretch {
	if !z.stretch.has(unix) {
		z.stretch = findStretch(z.instant(unix))
	}
	return z.stretch
}

// findStretch asks the time package. For the years that it computes by rule (after
// 2037 at the latest) it ends each year after 365 days, so that on the last day of a
// leap year the end lies before the instant itself; the day's end serves instead.
func findStretch(t time.Time) stretch {
	_, offset := t.Zone()
	s := stretch{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		s.start = start.Unix()
	}
	if !end.IsZero() {
		s.end = end.Unix()
	}
	if unix := t.Unix(); s.end <= unix {
		s.end = (floorDiv(unix, daySeconds) + 1) * daySeconds
	}
	return s
}

// firstAt returns the first instant at which the local clock has reached the
// reading. For a reading that is skipped this is the end of the gap.
func (z *Zone) firstAt(reading int64) int64 {
	s := z.stretchAt(reading)
	unix := reading - s.offset
	if s.has(unix) && s.has(unix-upheaval) {
		return unix
	}
	// Near a transition: walk forward from where no clock can have got there yet.
	at := reading - 2*upheaval
	for {
		s = z.stretchAt(at)
		if unix = max(at, reading-s.offset); unix < s.end {
			return unix
		}
		at = s.end
	}
}

// unreached returns the first local reading, in whole seconds, that the clock
// has not shown at or before t. It is later than t's own reading while a clock
// that was set back repeats itself.
func (z *Zone) unreached(t time.Time) int64 {
	s := z.stretchAt(t.Unix())
	reading := t.Unix() + s.offset + 1
	for s.start > t.Unix()-upheaval {
		change := s.start
		s = z.stretchAt(change - 1)
		reading = max(reading, change+s.offset)
	}
	return reading
}
