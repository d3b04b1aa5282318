package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Reports reads what was counted by the day, and what is behind a number.
type Reports struct{ *core }

// Bounds of a report.
const (
	maxReportDays = 1100    // three years
	maxReportRows = 200_000 // rows of figures read
	reportSeries  = 20      // given one by one, unless more are asked for; the rest is Others
)

// ReportAsk is what somebody wants to see. Days are those of the workspace's zone.
type ReportAsk struct {
	Name     engine.FigureName
	From, To string // local dates, both included; "": the last 30 days
	Days     int    // with From "": so many up to the last; 0: 30
	By       string // day, week (from Monday) or month
	Group    string // dimensions of the report, joined by commas; "": its first
	Top      int    // how many series are given one by one; 0: 20
	Only     string // "dimension:value", joined by commas, values escaped as in addresses
}

// Report is figures by the day, week or month.
type Report struct {
	Name       engine.FigureName `json:"name"`
	From       calendar.Date     `json:"from"`
	To         calendar.Date     `json:"to"`
	By         string            `json:"by"`
	Zone       string            `json:"zone"`
	Level      bool              `json:"level"` // how many there are at the end of each step, not how many came
	Dimensions []string          `json:"dimensions"`
	Group      []string          `json:"group"`
	Steps      []ReportStep      `json:"steps"`
	Series     []ReportSeries    `json:"series"` // largest first; tiers from the highest
	Others     *ReportSeries     `json:"others,omitempty"`
	Totals     []int64           `json:"totals"`
	Total      int64             `json:"total"`
}

// ReportStep is a day, or the days of a week or month that were asked for.
type ReportStep struct {
	From calendar.Date `json:"from"`
	To   calendar.Date `json:"to"`
}

// ReportSeries is one line of a report.
type ReportSeries struct {
	Of     map[string]string `json:"of,omitempty"` // key by dimension
	Title  engine.Text       `json:"title"`
	Series int               `json:"series,omitempty"` // of Others: how many there are
	Values []int64           `json:"values"`           // one for each step
	Total  int64             `json:"total"`            // of a level: the last one
}

// report says what part and detail of its figures are.
type report struct {
	dimensions [2]string // the second may be empty
	level      bool
	one        string // value of the first dimension where none is asked for: sums of several would mean nothing
}

var reports = map[engine.FigureName]report{
	engine.EventFigure:    {dimensions: [2]string{"type"}},
	engine.DecisionFigure: {dimensions: [2]string{"rule", "outcome"}},
	engine.EffectFigure:   {dimensions: [2]string{"kind", "rule"}},
	engine.PointFigure:    {dimensions: [2]string{"account", "flow"}, one: engine.DefaultAccount},
	engine.DeliveryFigure: {dimensions: [2]string{"channel", "state"}},
	engine.TierFigure:     {dimensions: [2]string{"ladder", "tier"}, one: engine.DefaultLadder, level: true},
	engine.MemberFigure:   {dimensions: [2]string{"change"}},
}

// Get adds figures up. It reads a row for each day and each thing counted on it,
// whatever the number of events; more than maxReportRows are refused.
func (r *Reports) Get(ctx context.Context, who Caller, ask ReportAsk) (*Report, error) {
	p, err := r.plan(ctx, who, ask)
	if err != nil {
		return nil, err
	}
	figures, err := r.read(ctx, who, p)
	if err != nil {
		return nil, err
	}
	out := &Report{Name: ask.Name, From: p.from, To: p.to, By: p.by, Zone: p.view.Defs.Settings.Zone, Level: p.level, Group: p.group, Series: []ReportSeries{}}
	out.Dimensions = slices.DeleteFunc(slices.Clone(p.dimensions[:]), func(d string) bool { return d == "" })
	starts := out.steps(p)
	sums := map[[2]string]*ReportSeries{}
	for i := range figures {
		key := p.grouped(&figures[i])
		s := sums[key]
		if s == nil {
			s = &ReportSeries{Of: map[string]string{}, Values: make([]int64, len(out.Steps))}
			for n, d := range p.dimensions {
				if slices.Contains(p.group, d) {
					s.Of[d] = key[n]
				}
			}
			sums[key] = s
		}
		at := starts[max(calendar.Date(figures[i].Day), p.from)-p.from]
		s.Values[at] = engine.AddFigure(s.Values[at], figures[i].Amount)
	}
	out.sum(slices.Collect(maps.Values(sums)), cmp.Or(ask.Top, reportSeries))
	return out, r.titles(p, out)
}

// steps cuts the range, and gives the step of each of its days.
func (o *Report) steps(p *reportPlan) []int {
	var of []int
	for day := p.from; day <= p.to; day++ {
		first := day
		switch p.by {
		case "week":
			first = day.WeekStart()
		case "month":
			first = day.MonthStart()
		}
		if len(o.Steps) == 0 || first == day {
			o.Steps = append(o.Steps, ReportStep{From: day})
		}
		o.Steps[len(o.Steps)-1].To = day
		of = append(of, len(o.Steps)-1)
	}
	return of
}

// sum orders the series, keeps the largest and adds the rest up.
func (o *Report) sum(all []*ReportSeries, top int) {
	for _, s := range all {
		for i := range s.Values {
			if o.Level && i > 0 {
				s.Values[i] = engine.AddFigure(s.Values[i-1], s.Values[i])
			}
			if s.Total = engine.AddFigure(s.Total, s.Values[i]); o.Level {
				s.Total = s.Values[i]
			}
		}
	}
	slices.SortFunc(all, func(a, b *ReportSeries) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.key(o.Dimensions), b.key(o.Dimensions)))
	})
	o.Totals = make([]int64, len(o.Steps))
	for n, s := range all {
		for i, v := range s.Values {
			o.Totals[i] = engine.AddFigure(o.Totals[i], v)
		}
		o.Total = engine.AddFigure(o.Total, s.Total)
		if n < top {
			o.Series = append(o.Series, *s)
			continue
		}
		if o.Others == nil {
			o.Others = &ReportSeries{Title: engine.Text{En: "others", Zh: "其他"}, Values: make([]int64, len(o.Steps))}
		}
		o.Others.Series++
		o.Others.Total = engine.AddFigure(o.Others.Total, s.Total)
		for i, v := range s.Values {
			o.Others.Values[i] = engine.AddFigure(o.Others.Values[i], v)
		}
	}
}

func (s *ReportSeries) key(dimensions []string) string {
	var parts []string
	for _, d := range dimensions {
		parts = append(parts, s.Of[d])
	}
	return strings.Join(parts, "\x00")
}

// read gives the figures that a plan asks for; those of levels from the beginning.
func (r *Reports) read(ctx context.Context, who Caller, p *reportPlan) ([]engine.Figure, error) {
	q := engine.FigureQuery{Name: p.name, From: int32(p.from), To: int32(p.to) + 1, Limit: maxReportRows + 1}
	if p.level {
		q.From = int32(calendar.MinDate)
	}
	if only := p.only[p.dimensions[0]]; len(only) == 1 {
		q.Part = only[0]
	}
	if only := p.only[p.dimensions[1]]; len(only) == 1 {
		q.Detail = only[0]
	}
	figures, err := r.reader(who).Figures(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", p.name, err)
	}
	if len(figures) > maxReportRows {
		return nil, badReport("too_much", "/from", fmt.Sprintf("more than %d numbers would be added up; choose fewer days or ask for one part only", maxReportRows),
			fmt.Sprintf("需要汇总的数字超过 %d 个，请缩短日期范围或只看其中一项", maxReportRows))
	}
	return slices.DeleteFunc(figures, func(f engine.Figure) bool { return !p.wanted(&f) }), nil
}
