package service

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/catalog"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// maxCounted bounds the events that one request may read to count for a filter.
const maxCounted = 200_000

// countPage is how many events are read at a time.
const countPage = 2000

// counting answers what a filter counts, from the log: a filter is not a rule,
// so nobody keeps its windows. A member's events are read when the filter first
// asks for one of their numbers, and once; those of somebody who was not heard of
// since the farthest window begins need not be read at all.
type counting struct {
	ctx    context.Context
	reader engine.Reader
	plan   *window.Plan
	table  *engine.MetricTable
	defs   *engine.Definitions
	zone   *calendar.Zone
	query  engine.EventQuery       // what must be read of a member
	any    map[int]bool            // shapes that count events of every type
	own    map[int]bool            // shapes that count what a member did
	bare   bool                    // of an event only when and what it was matters
	log    *memberLog              // reads them
	member string                  // whose cells are loaded
	cells  map[string]*window.Cell // by key
	heard  map[string]engine.Time  // since when we listen to a channel
	loaded int                     // members whose events were read one after the other
	whole  bool                    // cells are everybody's
	err    error
}

// newCounting plans for what a filter counts; nil when it counts nothing.
func (s *Members) newCounting(ctx context.Context, who Caller, f Filter, facts *engine.Facts) (*counting, error) {
	if f.Metrics == nil || len(f.Metrics.All) == 0 {
		return nil, nil
	}
	plan, err := window.NewPlan(f.Metrics)
	if err != nil {
		return nil, fmt.Errorf("plan the filter's windows: %w", err)
	}
	c := &counting{ctx: ctx, reader: s.reader(who), plan: plan, table: f.Metrics, defs: facts.Defs, zone: facts.Zone,
		any: map[int]bool{}, own: map[int]bool{}, heard: map[string]engine.Time{}}
	c.needs(facts.Now)
	c.log = &memberLog{reader: c.reader, most: maxCounted, queries: []engine.EventQuery{c.query}, alone: true}
	return c, nil
}

// daysApart is how much longer than 24 hours the days of a window may be, and how
// far ahead of now an event may be.
const daysApart = engine.Time(2 * 24 * time.Hour / time.Microsecond)

// needs works out which events must be read.
func (c *counting) needs(now engine.Time) {
	every, whole, far := false, false, engine.Time(0)
	c.bare = true
	for shape := range c.plan.Shapes() {
		counts := c.plan.Counts(shape)
		c.any[shape], c.own[shape] = counts.Type == engine.AnyType, counts.Source == engine.OfMember
		c.bare = c.bare && counts.Bare && counts.Source == engine.OfMember
		every, whole, far = every || c.any[shape], whole || counts.Whole, max(far, counts.Far)
		if !slices.Contains(c.query.Types, counts.Type) {
			c.query.Types = append(c.query.Types, counts.Type)
		}
	}
	if every {
		c.query.Types = nil
	}
	if !whole {
		c.query.From = now - far - daysApart
	}
}

// Metric implements engine.MetricReader.
func (c *counting) Metric(id int, f *engine.Facts) engine.Value {
	ref, why := c.plan.Reads(id, nil, window.Subject{Member: f.Member.ID})
	if why != "" {
		return engine.UnknownValue(why)
	}
	if c.err == nil && !c.whole && c.member != f.Member.ID {
		c.err = c.load(f.Member)
	}
	r := window.Reading{Now: f.Now, Zone: f.Zone}
	if c.err == nil {
		r.Coverage, c.err = c.coverage(id, f.Member)
	}
	if c.err != nil {
		return engine.UnknownValue(engine.NoData)
	}
	return c.plan.Value(id, c.cells[ref.Key], &r)
}

// Covered implements engine.CoverageReader.
func (c *counting) Covered(id int, f *engine.Facts) (from, joined engine.Time) {
	if f.Member == nil || c.err != nil {
		return 0, 0
	}
	var r window.Coverage
	r, c.err = c.coverage(id, f.Member)
	return r.From, r.JoinedAt
}

// load folds a member's events into cells.
func (c *counting) load(m *engine.Member) error {
	c.member, c.cells = m.ID, map[string]*window.Cell{}
	if m.NewestAt != 0 && m.NewestAt < c.query.From {
		return nil
	}
	if c.loaded++; c.loaded == manyLoaded && c.log.alone {
		if err := c.foldAll(); err != nil || c.whole {
			return err
		}
	}
	events, err := c.log.of(c.ctx, m.ID, &c.query)
	if err != nil {
		return err
	}
	for _, e := range events {
		c.fold(e)
	}
	return nil
}

// Counting for many members: from how many on the log is read once for all who
// come after, where it has not more events than so many since the farthest window
// began. One member's events cost what some thousand of the log cost: those that
// are not yet filed by member are looked through for each.
const (
	manyLoaded = 32
	maxWhole   = 400_000
)

// foldAll folds what everybody did, if the log is short enough for that.
func (c *counting) foldAll() error {
	short, err := c.short()
	if err != nil || !short {
		return err
	}
	became, err := machine.Became(c.ctx, c.reader)
	if err != nil {
		return err
	}
	kept, q := c.cells, c.query
	c.cells, q.Limit = map[string]*window.Cell{}, countPage
	for {
		page, err := c.reader.Events(c.ctx, q)
		if err != nil {
			c.cells = kept
			return fmt.Errorf("read the log: %w", err)
		}
		for i := range page {
			if err := c.foldStored(&page[i], became); err != nil {
				c.cells = kept
				return err
			}
		}
		if len(page) < q.Limit {
			c.whole = true
			return nil
		}
		q.After = page[len(page)-1].Position
	}
}

// short is whether the log has few events since the farthest window began.
func (c *counting) short() (bool, error) {
	lane, err := c.reader.Lane(c.ctx)
	if err != nil {
		return false, fmt.Errorf("read where the log ends: %w", err)
	}
	from := int64(0)
	if c.query.From != 0 {
		if from, err = c.reader.PositionAt(c.ctx, c.query.From); err != nil {
			return false, fmt.Errorf("find where the log's stretch begins: %w", err)
		}
	}
	return (lane.Position-from)/engine.PositionStride <= maxWhole, nil
}

// foldStored folds an event for whoever did it, or whoever they became.
func (c *counting) foldStored(stored *engine.StoredEvent, became map[string]string) error {
	if stored.Member == "" {
		return nil
	}
	e := &engine.Event{Position: stored.Position, At: stored.At, Type: stored.Type, MemberID: stored.Member}
	if !c.bare {
		var err error
		if e, err = engine.DecodeEvent(*stored); err != nil {
			return err
		}
	}
	e.MemberID = machine.Settled(became, e.MemberID)
	c.fold(e)
	return nil
}

// fold counts an event as the machine does: what an operator did is no event of
// the member's, and counts of every type leave out what happened to somebody and
// what rules made.
func (c *counting) fold(e *engine.Event) {
	if strings.HasPrefix(e.Type, engine.ReservedPrefix) {
		return
	}
	machine.Normalize(e, c.defs)
	passive := e.Position%engine.PositionStride != 0 || catalog.Passive(e.Type) // what was emitted stands between
	for _, ref := range c.plan.Keys(nil, e) {
		if passive && c.any[ref.Shape] || !c.own[ref.Shape] {
			continue
		}
		cell := c.cells[ref.Key]
		if cell == nil {
			cell = c.plan.NewCell(ref.Shape)
			c.cells[ref.Key] = cell
		}
		c.plan.Fold(ref.Shape, cell, e, c.zone)
	}
}

func tooMuchToCount() error {
	return engine.Invalid(engine.Text{En: "the filter counts too much", Zh: "筛选统计量过大"}, engine.Problem{Code: "too_many", Path: "/where",
		Message: engine.Text{
			En: fmt.Sprintf("this filter reads more than %d events", maxCounted), Zh: fmt.Sprintf("该筛选需读取超过 %d 个事件", maxCounted)},
		Hint: engine.Text{En: "put conditions on tags, tiers or groups first, joined by and; or let a rule add a tag when the count is reached",
			Zh: "请把标签、层级、群等条件放在前面并用 and 连接；或用规则在达到次数时加标签"}})
}

// coverage says since when a metric's events were reported, as for rules.
func (c *counting) coverage(id int, m *engine.Member) (window.Coverage, error) {
	metric := &c.table.All[id]
	out := window.Coverage{JoinedAt: m.JoinedAt}
	if typ := c.defs.EventTypes[metric.Type]; typ != nil {
		if f, ok := typ.FieldNamed(metric.Field); ok {
			out.NonNegative = f.NonNegative
		}
		if out.From = typ.CoveredFrom; out.From != 0 {
			return out, nil
		}
	}
	for _, channel := range m.Channels() {
		since, err := c.since(channel)
		if err != nil {
			return out, err
		}
		out.From = max(out.From, since)
	}
	return out, nil
}

// since is when a channel was first heard of, from the machine's mark.
func (c *counting) since(channel string) (engine.Time, error) {
	if t, ok := c.heard[channel]; ok {
		return t, nil
	}
	key := engine.RecordKey{Kind: engine.MarkRecord, Key: "cov|" + channel}
	found, err := c.reader.Records(c.ctx, []engine.RecordKey{key})
	if err != nil {
		return 0, fmt.Errorf("read coverage of %s: %w", channel, err)
	}
	var t int64
	if body := found[key]; body != nil {
		if t, err = strconv.ParseInt(string(body), 10, 64); err != nil {
			return 0, fmt.Errorf("read coverage of %s: %w", channel, err)
		}
	}
	c.heard[channel] = engine.Time(t)
	return engine.Time(t), nil
}
