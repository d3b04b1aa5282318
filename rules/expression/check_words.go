package expression

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

func checkTier(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	key, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok {
		return bad
	}
	ladder := c.voc.ladderKey()
	rank := c.voc.ranks(ladder)[key]
	if rank == 0 {
		p := c.problemAt(args[0], "unknown_tier", key, ladder)
		if tiers := c.voc.tiers(ladder); !c.meant(p, key, tiers) && len(tiers) > 0 {
			p.Hint = engine.Text{En: "its tiers are " + joinSome(tiers), Zh: "它的层级有 " + joinSome(tiers)}
		}
		return bad
	}
	out := s.node(kInt)
	out.build = func(*generator) code { return constInt(rank) }
	return out
}

func checkBadge(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	key, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok {
		return bad
	}
	c.knownKey(args[0], "unknown_badge", key, c.voc.Badges)
	out := s.node(kBool)
	out.says = &says{kind: engine.DefineReward, key: key,
		yes: engine.Text{En: "has the badge {1}", Zh: "拥有徽章「{1}」"}, no: engine.Text{En: "does not have the badge {1}", Zh: "没有徽章「{1}」"},
		noun: engine.Text{En: "having the badge {1}", Zh: "是否拥有徽章「{1}」"}}
	out.build = func(*generator) code {
		return code{kind: kBool, b: func(f *engine.Facts, _ *engine.Value) truth {
			if f.Member == nil {
				return noSubject.truth()
			}
			_, has := f.Member.Badges[key]
			return truthOf(has)
		}}
	}
	return out
}

func checkGroup(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	key, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok {
		return bad
	}
	c.knownKey(args[0], "unknown_group", key, c.voc.Groups)
	out := s.node(kBool)
	out.says = &says{kind: engine.DefineGroup, key: key,
		yes: engine.Text{En: "is in the group {1}", Zh: "在群「{1}」里"}, no: engine.Text{En: "is not in the group {1}", Zh: "不在群「{1}」里"},
		noun: engine.Text{En: "being in the group {1}", Zh: "是否在群「{1}」里"}}
	out.build = func(*generator) code {
		return code{kind: kBool, b: func(f *engine.Facts, _ *engine.Value) truth {
			if f.Member == nil {
				return noSubject.truth()
			}
			return truthOf(f.Member.InGroup(key))
		}}
	}
	return out
}

// knownKey warns of a key that nothing has, where the keys are known.
func (c *checker) knownKey(n ast.Node, code, key string, known []string) {
	if known == nil || slices.Contains(known, key) {
		return
	}
	c.meant(c.problemAt(n, code, key), key, known)
}

func checkHoliday(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	name, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok || !c.calendar(args[0], calendar.CheckHoliday(name)) {
		return bad
	}
	out := s.node(kBool)
	out.says = &says{title: holidayTitle(name), yes: engine.Text{En: "today is the holiday {1}", Zh: "今天是节日「{1}」"}, no: engine.Text{En: "today is not the holiday {1}", Zh: "今天不是节日「{1}」"},
		noun: engine.Text{En: "the holiday {1}", Zh: "节日「{1}」"}}
	out.build = func(*generator) code {
		return code{kind: kBool, b: func(f *engine.Facts, _ *engine.Value) truth {
			return truthOf(calendar.IsHoliday(name, localDay(f, f.Now)))
		}}
	}
	return out
}

// calendar reports an error of package calendar, which has its own words.
func (c *checker) calendar(n ast.Node, err error) bool {
	var e *calendar.Error
	if errors.As(err, &e) {
		c.problemAt(n, e.Code, engine.Text{En: e.En, Zh: e.Zh})
	} else if err != nil {
		c.problemAt(n, "window_syntax", engine.Text{En: err.Error(), Zh: err.Error()})
	}
	return err == nil
}

func holidayTitle(key string) engine.Text {
	for _, h := range calendar.HolidayNames() {
		if h.Key == key {
			return engine.Text{En: h.En, Zh: h.Zh}
		}
	}
	return engine.Text{En: key, Zh: key}
}

func checkWorkday(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	out := s.node(kBool)
	out.says = &says{yes: engine.Text{En: "today is a workday", Zh: "今天是工作日"}, no: engine.Text{En: "today is not a workday", Zh: "今天不是工作日"},
		noun: engine.Text{En: "workday", Zh: "是否工作日"}}
	out.build = func(*generator) code { return code{kind: kBool, b: isWorkday} }
	return out
}

func isWorkday(f *engine.Facts, _ *engine.Value) truth {
	day := localDay(f, f.Now)
	if f.Defs != nil && len(f.Defs.Settings.Workdays) > 0 {
		if worked, ok := f.Defs.Settings.Workdays[day.String()]; ok {
			return truthOf(worked)
		}
	}
	return truthOf(calendar.IsWorkday(day, calendar.China))
}

func checkToday(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	out := s.node(kTime)
	out.noun = engine.Text{En: "the beginning of today", Zh: "今天零点"}
	out.build = func(*generator) code {
		return readTime(func(f *engine.Facts) (engine.Time, mark) { return dayStart(f, localDay(f, f.Now)), exact })
	}
	return out
}

// checkLocal is reached when local(t) stands alone: the clock is no value.
func checkLocal(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	c.check(args[0])
	c.problemAt(n, "local_alone")
	return bad
}

var clockFields = map[string]func(calendar.Local) int{
	"year":    func(l calendar.Local) int { return l.Year },
	"month":   func(l calendar.Local) int { return l.Month },
	"day":     func(l calendar.Local) int { return l.Day },
	"hour":    func(l calendar.Local) int { return l.Hour },
	"minute":  func(l calendar.Local) int { return l.Minute },
	"weekday": func(l calendar.Local) int { return l.Weekday },
}

// afterCall types what stands after a call and a dot, without parentheses.
func (c *checker) afterCall(n *ast.MemberNode, property *ast.StringNode, call *ast.CallNode, name string) *node {
	if isSource(name) {
		c.problemAt(n, "method_needs_call", property.Value)
		return bad
	}
	if name == "today" && clockFields[property.Value] != nil {
		c.problemAt(n, "today_field", property.Value)
		return bad
	}
	if name != "local" {
		c.check(call)
		c.problemAt(n, "no_members", property.Value)
		return bad
	}
	field := clockFields[property.Value]
	if field == nil {
		p := c.problemAt(n.Property, "unknown_clock_field", property.Value)
		c.meant(p, property.Value, sortedKeys(clockFields))
		return bad
	}
	if len(call.Arguments) != 1 {
		c.problemAt(call, "argument_count", functionByName[name].usage, len(call.Arguments))
		return bad
	}
	t := c.check(call.Arguments[0])
	if !c.need(t, "time_needed", []any{"local()"}, kTime) {
		return bad
	}
	c.names["local()"] = true
	out := &node{op: opCall, kind: kInt, name: "local", kids: []*node{t}, noun: clockNouns[property.Value]}
	out.build = func(g *generator) code { return clockCode(g.as(t, kTime).n, field) }
	return out
}

var clockNouns = map[string]engine.Text{
	"year": {En: "year", Zh: "年份"}, "month": {En: "month", Zh: "月份"}, "day": {En: "day of the month", Zh: "几号"},
	"hour": {En: "hour", Zh: "小时"}, "minute": {En: "minute", Zh: "分钟"}, "weekday": {En: "weekday", Zh: "星期几"},
}

func clockCode(t numFn, field func(calendar.Local) int) code {
	return code{kind: kInt, n: func(f *engine.Facts, it *engine.Value) (int64, mark) {
		v, m := t(f, it)
		if m != exact {
			return 0, m.usable()
		}
		return int64(field(localClock(f, engine.Time(v)))), exact
	}}
}

func checkDuration(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	text, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok {
		return bad
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		if other, err := calendar.ParseDuration(text); err == nil {
			c.problemAt(args[0], "duration_days", text, hours(other))
		} else {
			c.problemAt(args[0], "duration_syntax", text)
		}
		return bad
	}
	return constant(engine.DurationValue(d))
}

// hours writes a duration the way expr reads it.
func hours(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	}
	return d.String()
}

// dateLayouts are those of expr's date() that name a day.
var dateLayouts = []string{"2006-01-02", "2006-01-02 15:04:05"}

func checkDate(c *checker, s *functionSpec, n ast.Node, args []ast.Node) *node {
	text, ok := c.text(args[0], "literal_needed", s.usage)
	if !ok {
		return bad
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return constant(engine.TimeValue(engine.TimeOf(t)))
	}
	for i, layout := range dateLayouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		out := s.node(kTime)
		if i == 0 { // days have one order, whatever the zone
			out.value = engine.TimeValue(engine.TimeOf(t))
		}
		out.build = func(*generator) code { return dateCode(t, i == 0) }
		return out
	}
	c.problemAt(args[0], "date_syntax", text)
	return bad
}

// dateCode reads the clock time t in the workspace's zone.
func dateCode(t time.Time, day bool) code {
	return readTime(func(f *engine.Facts) (engine.Time, mark) {
		if day {
			return dayStart(f, calendar.NewDate(t.Date())), exact
		}
		y, mo, d := t.Date()
		return engine.TimeOf(time.Date(y, mo, d, t.Hour(), t.Minute(), t.Second(), 0, location(f))), exact
	})
}
