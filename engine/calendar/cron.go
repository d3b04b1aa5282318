package calendar

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// cron is the five fields as sets of bits, one bit a value.
type cron struct {
	minutes, hours, days, months, weekdays uint64
	// eitherDay: a date matches by day of month or by day of week, because both
	// fields were restricted.
	eitherDay bool
}

type cronField struct {
	en, zh   string
	low, top int
	names    []string // names[i] stands for low+i
}

var cronFields = [5]cronField{
	{en: "minute", zh: "分钟", top: 59},
	{en: "hour", zh: "小时", top: 23},
	{en: "day of month", zh: "日", low: 1, top: 31},
	{en: "month", zh: "月", low: 1, top: 12, names: []string{
		"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{en: "day of week", zh: "星期", top: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

func parseCron(s string) (cron, error) {
	fields := strings.Fields(s)
	if len(fields) != len(cronFields) {
		return cron{}, cronCount(s, len(fields))
	}
	var sets [5]uint64
	for i, text := range fields {
		set, err := cronFields[i].parse(text)
		if err != nil {
			return cron{}, err
		}
		sets[i] = set
	}
	c := cron{minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3], weekdays: sets[4]}
	if c.weekdays>>7 != 0 {
		c.weekdays = c.weekdays&^(1<<7) | 1 // 7 is Sunday too
	}
	c.eitherDay = fields[2][0] != '*' && fields[4][0] != '*'
	return c, nil
}

func cronCount(s string, n int) error {
	en, zh := "", ""
	if short, ok := cronShort[strings.ToLower(strings.TrimSpace(s))]; ok {
		en, zh = didYouMean(short)
	} else if n == 6 {
		en, zh = "; leave out the seconds", "；请去掉“秒”一栏"
	}
	return &Error{
		Code: "cron_fields", Input: s,
		En: fmt.Sprintf("schedule %q has %d fields and needs 5: minute, hour, day of month, month, day of week, such as \"0 9 * * 1-5\"%s", s, n, en),
		Zh: fmt.Sprintf("定时 %q 有 %d 栏，应为 5 栏：分 时 日 月 星期，例如 \"0 9 * * 1-5\"%s", s, n, zh),
	}
}

var cronShort = map[string]string{
	"@hourly": "0 * * * *", "hourly": "0 * * * *", "@daily": "0 0 * * *", "daily": "0 0 * * *",
	"@midnight": "0 0 * * *", "@weekly": "0 0 * * 1", "weekly": "0 0 * * 1", "@monthly": "0 0 1 * *",
	"monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "yearly": "0 0 1 1 *",
}

// parse reads a field: a comma-separated list of *, value, low-high, each of the
// last with an optional /step for ranges and *.
func (f cronField) parse(text string) (uint64, error) {
	var set uint64
	for _, part := range strings.Split(text, ",") {
		bitsOfPart, err := f.parsePart(part)
		if err != nil {
			return 0, err
		}
		set |= bitsOfPart
	}
	return set, nil
}

func (f cronField) parsePart(part string) (uint64, error) {
	span, stepText, stepped := strings.Cut(part, "/")
	low, high, err := f.parseRange(span, stepped)
	if err != nil {
		return 0, err
	}
	step := 1
	if stepped {
		step, err = strconv.Atoi(stepText)
		first, last := f.all()
		if most := last - first + 1; err != nil || step < 1 || step > most {
			return 0, f.fail(part, fmt.Sprintf("the step after / is a number from 1 to %d", most),
				fmt.Sprintf("/ 后的步长是 1 到 %d 的数字", most))
		}
	}
	var set uint64
	for value := low; value <= high; value += step {
		set |= 1 << value
	}
	return set, nil
}

func (f cronField) parseRange(span string, stepped bool) (low, high int, err error) {
	if span == "*" {
		low, high = f.all()
		return low, high, nil
	}
	first, last, isRange := strings.Cut(span, "-")
	if low, err = f.value(first); err != nil {
		return 0, 0, err
	}
	if !isRange {
		if stepped {
			return 0, 0, f.fail(span, fmt.Sprintf("a step needs a range; write %s-%d/...", span, f.top),
				fmt.Sprintf("步长前要写范围；请写 %s-%d/...", span, f.top))
		}
		return low, low, nil
	}
	if high, err = f.value(last); err != nil {
		return 0, 0, err
	}
	if f.top == 7 && high == 0 && low > 0 {
		high = 7 // a range may end on Sunday
	}
	if high < low {
		return 0, 0, f.fail(span, "the range runs backwards; write it as two, separated by a comma",
			"范围前大后小；请拆成两段，用逗号隔开")
	}
	return low, high, nil
}

// all returns the values that * stands for: Sunday only as 0.
func (f cronField) all() (low, high int) {
	if f.top == 7 {
		return 0, 6
	}
	return f.low, f.top
}

func (f cronField) value(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.low + i, nil
		}
	}
	count, rest, ok := splitCount(text)
	n, err := strconv.Atoi(count)
	if !ok || rest != "" || err != nil || n < f.low || n > f.top {
		en, zh := f.allowed(text)
		return 0, f.fail(text, en, zh)
	}
	return n, nil
}

func (f cronField) allowed(text string) (en, zh string) {
	if text == "?" {
		return "write * for any", "任意值请写 *"
	}
	en, zh = fmt.Sprintf("it takes %d to %d", f.low, f.top), fmt.Sprintf("可取 %d 到 %d", f.low, f.top)
	if f.names != nil {
		names := fmt.Sprintf("%s to %s", f.names[0], f.names[len(f.names)-1])
		en, zh = en+" or "+names, zh+" 或 "+strings.Replace(names, " to ", " 到 ", 1)
	}
	return en, zh
}

func (f cronField) fail(part, en, zh string) error {
	return &Error{
		Code: "cron_field", Field: f.en, Input: part,
		En: fmt.Sprintf("%q does not fit the schedule's %s: %s", part, f.en, en),
		Zh: fmt.Sprintf("%q 不能用在定时的“%s”栏：%s", part, f.zh, zh),
	}
}

// matches reports whether the schedule fires on a date.
func (c cron) matches(d Date) bool {
	_, month, day := d.YMD()
	if c.months>>month&1 == 0 {
		return false
	}
	byDay, byWeekday := c.days>>day&1 != 0, c.weekdays>>(d.Weekday()%7)&1 != 0
	if c.eitherDay {
		return byDay || byWeekday
	}
	return byDay && byWeekday
}

// clockFrom returns the first time of day at or after a minute of the day.
func (c cron) clockFrom(minute int) (Clock, bool) {
	for hour := minute / 60; hour < 24; hour++ {
		if c.hours>>hour&1 == 0 {
			continue
		}
		set := c.minutes
		if hour == minute/60 {
			set = set >> (minute % 60) << (minute % 60)
		}
		if set != 0 {
			return Clock(hour*60 + bits.TrailingZeros64(set)), true
		}
	}
	return 0, false
}
