package service

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// reportPlan is an ask that was understood.
type reportPlan struct {
	report
	name     engine.FigureName
	from, to calendar.Date // both included
	by       string
	group    []string
	only     map[string][]string // what a dimension may be; absent: anything
	view     *machine.View
	zone     *calendar.Zone
	names    *called // of what is not in force
}

func badReport(code, path, en, zh string) error {
	return engine.Invalid(engine.Text{En: "the report cannot be shown so", Zh: "无法这样显示报表"},
		engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}})
}

// plan checks an ask, all problems at once.
func (r *Reports) plan(ctx context.Context, who Caller, ask ReportAsk) (*reportPlan, error) {
	kind, known := reports[ask.Name]
	if !known {
		return nil, engine.NotFound("report", string(ask.Name))
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	p := &reportPlan{report: kind, name: ask.Name, by: ask.By, view: view, zone: calendar.NewZone(loc), names: r.naming(ctx, who), only: map[string][]string{}}
	if p.by == "" {
		p.by = "day"
	}
	var problems []engine.Problem
	problem := func(code, path, en, zh string) {
		problems = append(problems, engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}})
	}
	p.days(ask, p.zone.Day(who.Now.Std()), problem)
	p.chosen(ask, problem)
	if len(problems) > 0 {
		return nil, engine.Invalid(engine.Text{En: "the report cannot be shown so", Zh: "无法这样显示报表"}, problems...)
	}
	return p, nil
}

// days reads the range; it ends today at the latest.
func (p *reportPlan) days(ask ReportAsk, today calendar.Date, problem func(code, path, en, zh string)) {
	date := func(text, path string, otherwise calendar.Date) calendar.Date {
		if text == "" {
			return otherwise
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			problem("date", path, "this is not a date; write it as 2026-03-01", "不是日期，请写成 2026-03-01")
			return otherwise
		}
		return d
	}
	p.to = min(date(ask.To, "/to", today), today)
	p.from = date(ask.From, "/from", p.to.AddDays(1-cmp.Or(ask.Days, 30)))
	switch {
	case p.from > p.to:
		problem("range", "/from", fmt.Sprintf("the first day must not be after the last, %s (a report ends today at the latest)", p.to),
			fmt.Sprintf("开始日期不能晚于结束日期 %s（报表最晚到今天）", p.to))
	case p.to-p.from >= maxReportDays:
		problem("too_long", "/from", fmt.Sprintf("at most %d days at once", maxReportDays), fmt.Sprintf("一次最多 %d 天", maxReportDays))
	}
}

// chosen reads what is grouped by and restricted to.
func (p *reportPlan) chosen(ask ReportAsk, problem func(code, path, en, zh string)) {
	has := func(d string) bool { return d != "" && slices.Contains(p.dimensions[:], d) }
	said := func(d, path string) {
		all := strings.Join(slices.DeleteFunc(slices.Clone(p.dimensions[:]), func(d string) bool { return d == "" }), ", ")
		problem("dimension", path, fmt.Sprintf("this report has no %q; it has %s", d, all), fmt.Sprintf("此报表没有 %q，可用：%s", d, all))
	}
	for d := range strings.SplitSeq(ask.Group, ",") {
		switch {
		case d == "" && ask.Group == "":
		case !has(d):
			said(d, "/group")
		case !slices.Contains(p.group, d):
			p.group = append(p.group, d)
		}
	}
	for text := range strings.SplitSeq(ask.Only, ",") {
		if ask.Only == "" {
			break
		}
		d, escaped, ok := strings.Cut(text, ":")
		value, err := url.PathUnescape(escaped)
		if !ok || !has(d) || err != nil {
			said(d, "/only")
			continue
		}
		p.only[d] = append(p.only[d], value)
	}
	if p.one != "" && p.only[p.dimensions[0]] == nil && !slices.Contains(p.group, p.dimensions[0]) {
		p.only[p.dimensions[0]] = []string{p.one}
	}
	if len(p.group) == 0 {
		p.group = []string{p.dimensions[0]}
		if p.one != "" {
			p.group[0] = p.dimensions[1]
		}
	}
}

func (p *reportPlan) wanted(f *engine.Figure) bool {
	for n, value := range [2]string{f.Part, f.Detail} {
		if only, restricted := p.only[p.dimensions[n]]; restricted && !slices.Contains(only, value) {
			return false
		}
	}
	return true
}

// grouped is the series that a figure belongs to.
func (p *reportPlan) grouped(f *engine.Figure) (key [2]string) {
	for n, value := range [2]string{f.Part, f.Detail} {
		if slices.Contains(p.group, p.dimensions[n]) {
			key[n] = value
		}
	}
	return key
}
