package expression

import (
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// show writes a value as people read it: times on the workspace's clock,
// durations as 3d4h, everything else as the engine does.
func show(f *engine.Facts, v engine.Value) string {
	switch v.Kind {
	case engine.Instant:
		return showTime(f, engine.Time(v.Num))
	case engine.Duration:
		return showSpan(time.Duration(v.Num) * time.Microsecond)
	case engine.List:
		parts := make([]string, len(v.List))
		for i, e := range v.List {
			parts[i] = show(f, e)
		}
		return strings.Join(parts, ", ")
	}
	return v.Text()
}

func showTime(f *engine.Facts, t engine.Time) string {
	return instant(t).In(location(f)).Format("2006-01-02 15:04")
}

// showSpan writes the two greatest units of a duration.
func showSpan(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	var b strings.Builder
	parts := 0
	for _, u := range units {
		if n := int64(d / u.size); n > 0 && parts < 2 {
			b.WriteString(strconv.FormatInt(n, 10) + u.name)
			parts++
		}
		d %= u.size
	}
	if parts == 0 {
		return "0s"
	}
	return sign + b.String()
}
