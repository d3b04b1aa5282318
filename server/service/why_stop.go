package service

import (
	"fmt"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// reason says what a decision's reason means here: which part is unknown, until
// when the cooldown runs, how much of a limit is used.
func (a *asking) reason(f *inForce, r *Reasons, d *engine.Decision) {
	switch {
	case d.Outcome == engine.OutcomeFalse && d.Reason == "" && r.Hold == nil:
		r.Because = because(engine.NotMatched)
	default:
		r.Because = because(d.Reason)
	}
	if d.Outcome == engine.OutcomeUnknown {
		a.unknown(r, d)
	}
	if r.Because == nil {
		return
	}
	switch d.Reason {
	case engine.RuleError:
		r.Because.Detail = engine.Text{En: d.Detail, Zh: d.Detail}
	case engine.OutsideShare:
		r.Because.Of = int64(f.rule.Percent)
	}
}

// unknown names the part because of which a decision is unknown.
func (a *asking) unknown(r *Reasons, d *engine.Decision) {
	if d.Reason == engine.TooLate {
		return
	}
	for _, f := range r.Condition.Missing() {
		if f.Outcome != engine.OutcomeUnknown {
			continue
		}
		if r.Because == nil || f.Reason != "" && d.Reason == "" {
			r.Because = because(f.Reason)
		}
		if r.Because != nil {
			r.Because.Detail = f.Text
			r.Because.At = f.Since
		}
		return
	}
	if r.Because != nil && d.Detail != "" {
		r.Because.Detail = engine.Text{En: "field " + d.Detail, Zh: "字段 " + d.Detail}
	}
}

// stopped adds to a stored decision's reason what only earlier decisions tell.
func (a *asking) stopped(f *inForce, r *Reasons, d *engine.Decision) error {
	if r.Because == nil {
		return nil
	}
	switch d.Reason {
	case engine.Cooldown:
		return a.cooling(f, r, d)
	case engine.CapReached, engine.OverBudget:
		return a.capped(f, r, d)
	case engine.AlreadyDone:
		return a.decisions(f, func(x *engine.Decision) bool {
			if x.Position >= d.Position || x.Outcome != engine.OutcomeTrue || x.Reason != "" || x.Occurrence != d.Occurrence {
				return false
			}
			r.Because.Position, r.Because.At = x.Position, x.At
			at := a.clock(x.At)
			r.Because.Detail = engine.Text{En: "on " + at, Zh: "于 " + at}
			return true
		})
	}
	return nil
}

// cooling says until when a cooldown runs: from the last time that the rule acted.
func (a *asking) cooling(f *inForce, r *Reasons, d *engine.Decision) error {
	return a.decisions(f, func(x *engine.Decision) bool {
		if x.Position >= d.Position || x.Outcome != engine.OutcomeTrue || x.Reason != "" {
			return false
		}
		r.Because.Position, r.Because.At, r.Because.Until = x.Position, x.At, x.At.Add(f.rule.Limits.Cooldown)
		until := a.clock(r.Because.Until)
		r.Because.Detail = engine.Text{En: "until " + until, Zh: "至 " + until}
		return true
	})
}

// capped says which limit is used up, how much of it, and when it is free again.
// The machine writes the limit as "per_member 5 per day", "budget 100 of points per month".
func (a *asking) capped(f *inForce, r *Reasons, d *engine.Decision) error {
	words := strings.Fields(d.Detail)
	if len(words) < 4 {
		return nil
	}
	if _, err := fmt.Sscan(words[1], &r.Because.Of); err != nil {
		return fmt.Errorf("limit %q: %w", d.Detail, err)
	}
	r.Because.Used = r.Because.Of
	per := words[len(words)-1]
	what := map[string]engine.Text{
		"per_member": {En: "times per member", Zh: "每人次数"}, "total": {En: "times in all", Zh: "总次数"},
		"budget": {En: words[len(words)-3], Zh: words[len(words)-3]},
	}[words[0]]
	if words[0] == "budget" {
		r.Because.Used = 0
	}
	span := map[string]engine.Text{"day": {En: "a day", Zh: "每天"}, "week": {En: "a week", Zh: "每周"}, "month": {En: "a month", Zh: "每月"}, "ever": {En: "ever", Zh: "总共"}}[per]
	r.Because.Detail = engine.Text{En: fmt.Sprintf("%d %s %s", r.Because.Of, what.En, span.En), Zh: fmt.Sprintf("%s%s上限 %d", span.Zh, what.Zh, r.Because.Of)}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	if r.Because.Until = spanEnd(zone, per, d.At); r.Because.Until != 0 {
		until := a.clock(r.Because.Until)
		r.Because.Detail.En += ", free again on " + until
		r.Because.Detail.Zh += "，" + until + " 恢复"
	}
	return nil
}

// spanEnd is when the next day, week or month begins; 0: never.
func spanEnd(z *calendar.Zone, per string, at engine.Time) engine.Time {
	day := z.Day(at.Std())
	switch per {
	case "day":
		day = day.AddDays(1)
	case "week":
		day = day.WeekStart().AddDays(7)
	case "month":
		day = day.MonthStart().AddDays(31).MonthStart()
	default:
		return 0
	}
	return engine.TimeOf(z.DayStart(day))
}

func (a *asking) zone() (*calendar.Zone, error) {
	view, err := a.state(a.ctx, a.who)
	if err != nil {
		return nil, err
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	return calendar.NewZone(loc), nil
}

// clock writes a time on the workspace's clock.
func (a *asking) clock(t engine.Time) string {
	view, err := a.state(a.ctx, a.who)
	if err != nil {
		return t.String()
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		loc = time.UTC
	}
	return t.Std().In(loc).Format("2006-01-02 15:04")
}
