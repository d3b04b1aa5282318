package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine/spelling"
)

type windowKind uint8

const (
	windowAll windowKind = iota
	windowRolling
	windowDay
	windowWeek
	windowMonth
	windowMonths
)

// The bounds of what ParseWindow accepts.
const (
	MaxWindowDays   = 3660
	MaxWindowMonths = 120
)

// Window is a stretch of time up to a moment, as rules write it. Windows compare
// with ==: "24h" equals "1d" and "7d" equals "1w". The zero Window is "all".
type Window struct {
	kind   windowKind
	months int32
	length time.Duration
}

var windowNames = map[string]Window{
	"all":        {},
	"today":      {kind: windowDay},
	"this_week":  {kind: windowWeek},
	"this_month": {kind: windowMonth},
}

// ParseWindow reads a window: rolling "30m", "24h", "7d", "2w" (1m to 3660d);
// calendar "today", "this_week", "this_month", "12mo" (1mo to 120mo); or "all".
func ParseWindow(s string) (Window, error) {
	if w, ok := windowNames[s]; ok {
		return w, nil
	}
	count, unit, ok := splitCount(s)
	length, rolling := units[unit]
	if !ok || !rolling && unit != "mo" {
		return Window{}, windowSyntax(s)
	}
	n, err := strconv.ParseInt(count, 10, 32)
	if unit == "mo" {
		if err != nil || n < 1 || n > MaxWindowMonths {
			return Window{}, windowRange(s, "1mo", "120mo")
		}
		return Window{kind: windowMonths, months: int32(n)}, nil
	}
	if err != nil || n < 1 || n > int64(MaxWindowDays*24*time.Hour/length) {
		return Window{}, windowRange(s, "1m", "3660d")
	}
	return Window{kind: windowRolling, length: time.Duration(n) * length}, nil
}

func windowRange(s, least, most string) error {
	return &Error{
		Code: "window_range", Input: s,
		En: fmt.Sprintf("window %q is out of range; it may be %s to %s, or \"all\"", s, least, most),
		Zh: fmt.Sprintf("时间窗 %q 超出范围；可以是 %s 到 %s，或 \"all\"", s, least, most),
	}
}

func windowSyntax(s string) error {
	en, zh := didYouMean(suggestWindow(s))
	return &Error{
		Code: "window_syntax", Input: s,
		En: fmt.Sprintf(`%q is not a window; write a number and m, h, d, w or mo ("7d"), "today", "this_week", "this_month" or "all"%s`, s, en),
		Zh: fmt.Sprintf(`%q 不是时间窗；请写数字加 m、h、d、w 或 mo（如 "7d"），或 "today"、"this_week"、"this_month"、"all"%s`, s, zh),
	}
}

// windowWords are other ways to say a named window.
var windowWords = map[string]string{
	"day": "today", "week": "this_week", "month": "this_month", "year": "12mo",
	"this_day": "today", "current_week": "this_week", "current_month": "this_month", "ever": "all",
	"always": "all", "total": "all", "daily": "today", "weekly": "this_week", "monthly": "this_month",
	"今天": "today", "今日": "today", "本周": "this_week", "本月": "this_month", "全部": "all", "累计": "all",
}

func suggestWindow(s string) string {
	if count, unit, ok := splitCount(s); ok && unit == "M" {
		return count + "mo" // elsewhere M is a month and m a minute
	}
	if spelled := respell(s); spelled != "" {
		if _, err := ParseWindow(spelled); err == nil && spelled != s {
			return spelled
		}
		return ""
	}
	name := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	if w, ok := windowWords[name]; ok {
		return w
	}
	return spelling.Nearest(s, []string{"today", "this_week", "this_month", "all"})
}

// String writes the window in its shortest usual form: days, hours or minutes
// for a rolling one.
func (w Window) String() string {
	switch w.kind {
	case windowDay:
		return "today"
	case windowWeek:
		return "this_week"
	case windowMonth:
		return "this_month"
	case windowMonths:
		return strconv.Itoa(int(w.months)) + "mo"
	case windowRolling:
		for _, unit := range []string{"d", "h"} {
			if w.length%units[unit] == 0 {
				return strconv.FormatInt(int64(w.length/units[unit]), 10) + unit
			}
		}
		return strconv.FormatInt(int64(w.length/time.Minute), 10) + "m"
	}
	return "all"
}

// All reports whether the window is "all", which has no beginning.
func (w Window) All() bool { return w.kind == windowAll }

// Rolling returns the length of a rolling window; ok is false for the others.
func (w Window) Rolling() (length time.Duration, ok bool) {
	return w.length, w.kind == windowRolling
}

// StartDate returns the local date on which a calendar window begins when today
// is the local date; ok is false for rolling windows and "all".
func (w Window) StartDate(today Date) (start Date, ok bool) {
	switch w.kind {
	case windowDay:
		return today, true
	case windowWeek:
		return today.WeekStart(), true
	case windowMonth:
		return today.MonthStart(), true
	case windowMonths:
		return today.AddMonths(-int(w.months)), true
	}
	return 0, false
}

// MaxDays returns how many local dates the window can touch at most, so that a
// store knows what to keep; ok is false for "all".
func (w Window) MaxDays() (days int, ok bool) {
	switch w.kind {
	case windowDay:
		return 1, true
	case windowWeek:
		return 7, true
	case windowMonth:
		return 31, true
	case windowMonths:
		return 31*int(w.months) + 1, true
	case windowRolling:
		// One more for the day it begins in, one more for a clock set back.
		return int((w.length+24*time.Hour-1)/(24*time.Hour)) + 2, true
	}
	return 0, false
}
