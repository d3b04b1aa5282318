package calendar

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units are the fixed lengths behind the letters of windows and durations. They
// are lengths of elapsed time: a d is 24 hours, also on the day the clock changes.
var units = map[string]time.Duration{
	"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// unitWords are other ways to write a unit, for suggestions only.
var unitWords = map[string]string{
	"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "分": "m", "分钟": "m",
	"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "小时": "h", "时": "h",
	"d": "d", "day": "d", "days": "d", "天": "d", "日": "d",
	"w": "w", "wk": "w", "week": "w", "weeks": "w", "周": "w", "星期": "w",
	"mo": "mo", "mon": "mo", "mth": "mo", "month": "mo", "months": "mo", "月": "mo", "个月": "mo",
	"y": "y", "yr": "y", "year": "y", "years": "y", "年": "y",
}

// ParseDuration reads a length of time: 0, or a number and one of m, h, d and w,
// such as 90m, 12h, 3d or 2w.
func ParseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	count, unit, ok := splitCount(s)
	length, known := units[unit]
	if !ok || !known {
		return 0, durationSyntax(s)
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if limit := math.MaxInt64 / int64(length); err != nil || n > limit {
		return 0, &Error{
			Code: "duration_range", Input: s,
			En: fmt.Sprintf("%q is too long; the longest is %d%s", s, limit, unit),
			Zh: fmt.Sprintf("%q 太长；最长为 %d%s", s, limit, unit),
		}
	}
	return time.Duration(n) * length, nil
}

func durationSyntax(s string) error {
	suggestion := respell(s)
	if strings.HasSuffix(suggestion, "mo") {
		suggestion = "" // a month has no fixed length
	}
	en, zh := didYouMean(suggestion)
	return &Error{
		Code: "duration_syntax", Input: s,
		En: fmt.Sprintf("%q is not a duration; write 0, or a number and m, h, d or w, such as 90m, 12h, 3d or 2w%s", s, en),
		Zh: fmt.Sprintf("%q 不是时长；请写 0，或数字加 m、h、d、w，例如 90m、12h、3d、2w%s", s, zh),
	}
}

// splitCount cuts "30d" into its digits and the rest; ok is false without digits.
func splitCount(s string) (count, unit string, ok bool) {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	return s[:end], s[end:], end > 0
}

// respell turns "30 days", "30D" or "30天" into "30d", and "" when it can't. A
// year becomes 12 months.
func respell(s string) string {
	squeezed := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(s))
	count, word, ok := splitCount(squeezed)
	unit := unitWords[word]
	if !ok || unit == "" || len(count) > 6 {
		return ""
	}
	if unit == "y" {
		years, err := strconv.Atoi(count)
		if err != nil {
			return ""
		}
		return strconv.Itoa(12*years) + "mo"
	}
	return count + unit
}
