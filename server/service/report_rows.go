package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What looking behind a number reads at most for one page.
const (
	reportReads   = 20     // pages of decisions, entries or deliveries
	reportPage    = 500    // rows of one
	reportTrail   = 48     // hours by which what came late is still found
	reportTierEnd = 20_000 // members of a tier of the past
)

// ReportRow is one thing behind a number of a report: an event, a decision, an
// entry, a delivery, or a member who stood on a tier.
type ReportRow struct {
	At         engine.Time  `json:"at,omitzero"`
	Position   int64        `json:"position,omitempty"`
	Member     string       `json:"member,omitempty"`
	MemberName string       `json:"member_name,omitempty"`
	Type       string       `json:"type,omitempty"` // of an event
	Group      string       `json:"group,omitempty"`
	Rule       string       `json:"rule,omitempty"`
	Outcome    string       `json:"outcome,omitempty"` // of a decision, as the report says it
	Reason     string       `json:"reason,omitempty"`
	Effects    []string     `json:"effects,omitempty"` // kinds of what a decision did
	Amount     *int64       `json:"amount,omitempty"`  // of an entry
	Account    string       `json:"account,omitempty"`
	Channel    string       `json:"channel,omitempty"` // of a delivery
	Delivery   string       `json:"delivery,omitempty"`
	State      string       `json:"state,omitempty"`
	Title      *engine.Text `json:"title,omitempty"` // what type or rule are called
}

// behind is a page of rows being gathered.
type behind struct {
	*Reports
	ctx  context.Context
	who  Caller
	plan *reportPlan
	from engine.Time // in [from, to)
	to   engine.Time
	page engine.Page
	rows engine.Rows[ReportRow]
}

// Rows lists what is behind the numbers of the days that are asked for, a page at
// a time; a page may hold fewer than asked for while there is a next one.
func (r *Reports) Rows(ctx context.Context, who Caller, ask ReportAsk, page engine.Page) (engine.Rows[ReportRow], error) {
	p, err := r.plan(ctx, who, ask)
	if err != nil {
		return engine.Rows[ReportRow]{}, err
	}
	b := &behind{Reports: r, ctx: ctx, who: who, plan: p, page: page,
		from: engine.TimeOf(p.zone.DayStart(p.from)), to: engine.TimeOf(p.zone.DayStart(p.to.AddDays(1)))}
	switch p.name {
	case engine.DecisionFigure, engine.EffectFigure:
		err = b.decisions()
	case engine.PointFigure:
		err = b.entries()
	case engine.DeliveryFigure:
		err = b.deliveries()
	case engine.TierFigure:
		err = b.standing()
	default:
		err = b.events()
	}
	if err != nil {
		return b.rows, err
	}
	return b.rows, b.call()
}

func (b *behind) full() bool { return len(b.rows.Items) >= b.page.Limit }

// call names members, types and rules.
func (b *behind) call() error {
	var ids []string
	for i := range b.rows.Items {
		ids = append(ids, b.rows.Items[i].Member)
	}
	called, err := b.callNames(b.ctx, b.who, ids)
	if err != nil {
		return err
	}
	for i := range b.rows.Items {
		row := &b.rows.Items[i]
		row.MemberName = called[row.Member]
		dimension, key := "type", row.Type
		if key == "" {
			dimension, key = "rule", row.Rule
		}
		if key == "" {
			continue
		}
		title, err := b.plan.title(dimension, key)
		if err != nil {
			return err
		}
		row.Title = &title
	}
	return nil
}

// events lists events of the days; of members who came or went, those that say so.
func (b *behind) events() error {
	q := engine.EventQuery{Types: b.plan.only["type"], From: b.from, To: b.to, Backward: true, Limit: b.page.Limit + 1}
	if b.plan.name == engine.MemberFigure {
		for _, change := range b.plan.only["change"] {
			q.Types = append(q.Types, "member."+change)
		}
	}
	if len(q.Types) == 0 {
		types, err := b.counted(engine.EventFigure)
		if err != nil {
			return err
		}
		q.Types = types
	}
	if b.page.Cursor != "" {
		before, err := strconv.ParseInt(b.page.Cursor, 10, 64)
		if err != nil || before < 1 {
			return BadCursor()
		}
		q.UpTo = before - 1
	}
	if len(q.Types) == 0 || b.page.Cursor != "" && q.UpTo == 0 {
		return nil
	}
	found, err := b.reader(b.who).Events(b.ctx, q)
	if err != nil {
		return fmt.Errorf("list events: %w", err)
	}
	for i := range found[:min(len(found), b.page.Limit)] {
		e := &found[i]
		b.rows.Items = append(b.rows.Items, ReportRow{At: e.At, Position: e.Position, Member: e.Member, Type: e.Type, Group: engine.PeekEvent(e.Body).Group})
	}
	if len(found) > b.page.Limit {
		b.rows.Next = strconv.FormatInt(found[b.page.Limit-1].Position, 10)
	}
	return nil
}

// counted lists the parts that were counted in the days and are asked for.
func (b *behind) counted(name engine.FigureName) ([]string, error) {
	figures, err := b.reader(b.who).Figures(b.ctx, engine.FigureQuery{Name: name, From: int32(b.plan.from), To: int32(b.plan.to) + 1, Limit: maxReportRows})
	if err != nil {
		return nil, fmt.Errorf("find what was counted: %w", err)
	}
	parts := map[string]bool{}
	for i := range figures {
		switch {
		case b.plan.name == name && !b.plan.wanted(&figures[i]):
		case name == engine.EffectFigure:
			parts[figures[i].Detail] = true // its rule
		default:
			parts[figures[i].Part] = true
		}
	}
	return slices.Sorted(maps.Keys(parts)), nil
}

// decisions lists those of one rule after the other: a rule's are found without
// looking at others'. The cursor is the rule and its own cursor.
func (b *behind) decisions() error {
	rules, err := b.counted(b.plan.name)
	if err != nil {
		return err
	}
	rule, inner, _ := strings.Cut(b.page.Cursor, "\x00")
	at, _ := slices.BinarySearch(rules, rule)
	for reads := 0; at < len(rules); reads++ {
		if b.full() || reads == reportReads {
			b.rows.Next = rules[at] + "\x00" + inner
			return nil
		}
		q := engine.DecisionQuery{Rule: rules[at], From: b.from, To: b.to, Page: engine.Page{Cursor: inner, Limit: b.page.Limit - len(b.rows.Items)}}
		found, err := b.reader(b.who).ListDecisions(b.ctx, q)
		if err != nil {
			return fmt.Errorf("list decisions: %w", err)
		}
		about, err := b.plan.names.of(engine.DefineRule, rules[at])
		if err != nil {
			return err
		}
		for i := range found.Items {
			b.decision(&found.Items[i], about.about)
		}
		if inner = found.Next; inner == "" {
			at++
		}
	}
	return nil
}

func (b *behind) decision(d *engine.Decision, about engine.SubjectKind) {
	row := ReportRow{At: d.At, Position: d.Position, Rule: d.Rule, Outcome: machine.FigureOf(d), Reason: string(d.Reason)}
	switch about {
	case engine.SubjectGroup:
		row.Group = d.Subject
	case engine.SubjectMember:
		row.Member = d.Subject
	}
	wanted := b.plan.name == engine.DecisionFigure && b.plan.wanted(&engine.Figure{Part: d.Rule, Detail: row.Outcome})
	for i := range d.Effects {
		e := &d.Effects[i]
		if e.Reason == "" {
			row.Effects = append(row.Effects, string(e.Kind))
			wanted = wanted || b.plan.name == engine.EffectFigure && b.plan.wanted(&engine.Figure{Part: string(e.Kind), Detail: d.Rule})
		}
	}
	if wanted {
		b.rows.Items = append(b.rows.Items, row)
	}
}

// around is the stretch of the log in which what belongs to the days was written,
// but for what came later than reportTrail.
func (b *behind) around() (after, upTo int64, err error) {
	r := b.reader(b.who)
	if after, err = r.PositionAt(b.ctx, b.from-1); err == nil {
		upTo, err = r.PositionAt(b.ctx, b.to.Add(reportTrail*time.Hour))
	}
	if err != nil {
		return 0, 0, fmt.Errorf("find the days in the log: %w", err)
	}
	return after, upTo + engine.PositionStride, nil
}

// entries lists what moved points.
func (b *behind) entries() error {
	after, upTo, err := b.around()
	if err != nil {
		return err
	}
	for cursor, reads := b.page.Cursor, 0; ; reads++ {
		q := engine.LedgerQuery{UpTo: upTo, Page: engine.Page{Cursor: cursor, Limit: min(reportPage, b.page.Limit-len(b.rows.Items))}}
		if only := b.plan.only["account"]; len(only) == 1 {
			q.Account = only[0]
		}
		found, err := b.reader(b.who).ListLedger(b.ctx, q)
		if err != nil {
			return fmt.Errorf("list entries: %w", err)
		}
		for i := range found.Items {
			e := &found.Items[i]
			if e.Position <= after {
				return nil
			}
			flow, _ := machine.PointFlow(e)
			if e.At >= b.from && e.At < b.to && flow != "" && b.plan.wanted(&engine.Figure{Part: e.Account, Detail: flow}) {
				b.rows.Items = append(b.rows.Items, ReportRow{At: e.At, Position: e.Position, Member: e.Member, Rule: e.Rule, Reason: e.Reason, Account: e.Account, Amount: &e.Amount})
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
		if b.full() || reads == reportReads {
			b.rows.Next = cursor
			return nil
		}
	}
}

// deliveries lists those that ended on the days, of what was made up to then.
func (b *behind) deliveries() error {
	_, upTo, err := b.around()
	if err != nil {
		return err
	}
	oldest := b.from.Add(-30 * 24 * time.Hour)
	for cursor, reads := b.page.Cursor, 0; ; reads++ {
		q := engine.DeliveryQuery{UpTo: upTo, Page: engine.Page{Cursor: cursor, Limit: min(reportPage, b.page.Limit-len(b.rows.Items))}}
		if only := b.plan.only["channel"]; len(only) == 1 {
			q.Channel = only[0]
		}
		if only := b.plan.only["state"]; len(only) == 1 {
			q.State = engine.DeliveryState(only[0])
		}
		found, err := b.reader(b.who).ListDeliveries(b.ctx, q)
		if err != nil {
			return fmt.Errorf("list deliveries: %w", err)
		}
		for i := range found.Items {
			d := &found.Items[i]
			if d.CreatedAt < oldest {
				return nil
			}
			if d.Day >= int32(b.plan.from) && d.Day <= int32(b.plan.to) && b.plan.wanted(&engine.Figure{Part: d.Channel, Detail: string(d.State)}) {
				b.rows.Items = append(b.rows.Items, ReportRow{At: d.CreatedAt, Position: d.Position, Member: d.Member, Group: d.Group, Rule: d.Rule,
					Channel: d.Channel, Delivery: d.ID, State: string(d.State), Reason: string(d.Because)})
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
		if b.full() || reads == reportReads {
			b.rows.Next = cursor
			return nil
		}
	}
}

// standing lists who stood on a tier at the end of the last day.
func (b *behind) standing() error {
	ladder, tier := b.plan.only["ladder"], b.plan.only["tier"]
	if len(ladder) != 1 || len(tier) != 1 {
		return badReport("one_tier", "/only", "name one tier: only=tier:active", "请指定一个层级：only=tier:active")
	}
	prefix, r := machine.TierPrefix(ladder[0], tier[0]), b.reader(b.who)
	if b.who.Now < b.to {
		found, err := r.ListRecords(b.ctx, engine.MarkRecord, prefix, b.page)
		b.rows.Next = found.Next
		b.stand(found.Items, prefix)
		return err
	}
	position, err := r.PositionAt(b.ctx, b.to-1)
	if err != nil {
		return fmt.Errorf("find the day: %w", err)
	}
	kept, err := keptFrom(b.ctx, r)
	if err != nil || kept < 0 || position < kept {
		return b.orForgotten(err)
	}
	from := 0
	if b.page.Cursor != "" {
		if from, err = strconv.Atoi(b.page.Cursor); err != nil || from < 1 || from > reportTierEnd {
			return BadCursor()
		}
	}
	found, err := r.ListRecordsAt(b.ctx, position, engine.RecordList{Kind: engine.MarkRecord, Prefix: prefix, Limit: from + b.page.Limit + 1})
	if err != nil {
		return fmt.Errorf("list who stood there: %w", err)
	}
	end := min(len(found), from+b.page.Limit)
	b.stand(found[min(from, end):end], prefix)
	if len(found) > end && end < reportTierEnd {
		b.rows.Next = strconv.Itoa(end)
	}
	return nil
}

func (b *behind) orForgotten(err error) error {
	if err != nil {
		return err
	}
	return badReport("not_kept", "/to", "who stood there on that day is not kept", "当天各层级的成员名单未保留")
}

func (b *behind) stand(marks []engine.Record, prefix string) {
	for _, m := range marks {
		b.rows.Items = append(b.rows.Items, ReportRow{Member: strings.TrimPrefix(m.Key, prefix)})
	}
}
