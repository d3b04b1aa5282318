package trials

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// Bases of a reach.
const (
	ByNow = "now"          // whose condition holds now: of schedules and reviews
	ByLog = "last_30_days" // whom the events of the last 30 days would have touched
)

const (
	reachSpan = 30 * 24 * time.Hour
	// reachEvents bounds the events that are played, reachScan those that are
	// looked at to find them. Beyond, only the newest count, and Complete is false.
	reachEvents = 200_000
	reachScan   = 2_000_000
	reachPage   = 1000
	reachSpace  = "reach"
)

// Asked is a compiled rule and the workspace that it is asked about.
type Asked struct {
	Book *engine.Rulebook // holds the rule alone; its Percent counts, Shadow does not
	Defs *engine.Definitions
	Live engine.Reader
	Now  engine.Time
}

// Reach is how many members a rule would touch.
type Reach struct {
	Touches  int         `json:"touches"`
	Unknown  int         `json:"unknown"` // members for whom it is not known
	Members  int         `json:"members"` // of the workspace
	Percent  float64     `json:"percent"` // Touches of Members, to one decimal
	Basis    string      `json:"basis"`
	From     engine.Time `json:"from,omitempty"` // of the first event read, where not all were
	Complete bool        `json:"complete"`
}

// Reach counts whom a rule would touch. The real machine works it out over a
// store in memory, on members as they are now: schedules and reviews are asked
// about everybody at this moment; rules that listen to events are given those of
// the last 30 days. Windows are built from the log.
func (Runner) Reach(ctx context.Context, a Asked) (Reach, error) {
	ctx = engine.WithoutAudit(ctx)
	rule := *a.Book.Rules[0]
	rule.Shadow, rule.LiveFrom = false, 0
	book := *a.Book
	book.Rules = []*engine.Rule{&rule}
	c := &counted{Asked: a, rule: &rule, types: typesOf(&book), touched: map[string]bool{}, unknown: map[string]bool{}}
	if err := c.begin(ctx); err != nil {
		return Reach{}, err
	}
	c.store = over{scratch.New(), a.Live, c.from > 0}
	c.machine = machine.New(machine.Options{Store: c.store, Books: oneBook{&book}})
	if err := c.define(ctx); err != nil {
		return Reach{}, err
	}
	if err := c.play(ctx); err != nil {
		return Reach{}, err
	}
	if err := c.count(ctx); err != nil {
		return Reach{}, err
	}
	return c.reach(ctx)
}

// counted is one count on its way.
type counted struct {
	Asked
	rule    *engine.Rule
	types   map[string]bool // of events that matter; nil: all
	store   over
	machine *machine.Machine
	upTo    int64 // the log as it is now
	from    int64 // position after which it is read
	fromAt  engine.Time
	touched map[string]bool
	unknown map[string]bool
}

// typesOf are the types that a rule listens to or counts.
func typesOf(book *engine.Rulebook) map[string]bool {
	out := map[string]bool{}
	for _, typ := range book.Rules[0].On {
		out[typ] = true
	}
	for _, id := range book.Rules[0].Metrics {
		if typ := book.Metrics.All[id].Type; typ != engine.AnyType {
			out[typ] = true
		} else {
			return nil
		}
	}
	return out
}

func (c *counted) matters(s *engine.StoredEvent) bool {
	return (c.types == nil || c.types[s.Type]) && !reserved(s.Type)
}

func reserved(typ string) bool {
	return len(typ) >= len(engine.ReservedPrefix) && typ[:len(engine.ReservedPrefix)] == engine.ReservedPrefix
}

// begin finds from where the log is read: all of it, or the newest part.
func (c *counted) begin(ctx context.Context) error {
	lane, err := c.Live.Lane(ctx)
	if err != nil {
		return fmt.Errorf("read the lane: %w", err)
	}
	c.upTo = lane.Position
	if lane.Position/engine.PositionStride <= reachEvents {
		return nil
	}
	found, before := 0, lane.Position
	for looked := 0; looked < reachScan; looked += reachPage {
		page, err := c.Live.Events(ctx, engine.EventQuery{UpTo: before, Backward: true, Limit: reachPage})
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		for i := range page {
			if c.matters(&page[i]) {
				found++
			}
			before = page[i].Position - 1
			if found == reachEvents {
				c.from, c.fromAt = before, page[i].At
				return nil
			}
		}
		if len(page) < reachPage {
			return nil // all that matters is within bounds
		}
		c.fromAt = page[len(page)-1].At
	}
	c.from = before
	return nil
}

// define puts the workspace's definitions into the store. Where the log is read
// from its middle nothing before that is known.
func (c *counted) define(ctx context.Context) error {
	defs := *c.Defs
	if c.from > 0 {
		defs.EventTypes = map[string]*engine.EventType{}
		for key, t := range c.Defs.EventTypes {
			covered := *t
			covered.CoveredFrom = max(covered.CoveredFrom, c.fromAt)
			defs.EventTypes[key] = &covered
		}
	}
	list, err := definitionsOf(&defs)
	if err != nil {
		return err
	}
	return c.store.Within(ctx, reachSpace, func(tx engine.Tx) error {
		return tx.Save(ctx, &engine.Changes{Revision: 1, Definitions: list})
	})
}

// play feeds the log. What is older than 30 days, or came as history, is counted
// and decides nothing; nor does anything where the rule is asked about now.
func (c *counted) play(ctx context.Context) error {
	first := c.Now.Add(-reachSpan)
	if len(c.rule.On) == 0 {
		first = c.Now + 1
	}
	for after := c.from; after < c.upTo; {
		page, err := c.Live.Events(ctx, engine.EventQuery{After: after, UpTo: c.upTo, Limit: reachPage})
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].Position
		page = slices.DeleteFunc(page, func(s engine.StoredEvent) bool { return !c.matters(&s) })
		for len(page) > 0 {
			n, batch, err := alike(page, first)
			if err != nil {
				return err
			}
			page = page[n:]
			if err := c.feed(ctx, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// alike takes the events from the front that all decide, or all do not.
func alike(page []engine.StoredEvent, first engine.Time) (n int, b machine.Batch, err error) {
	b = machine.Batch{Source: reachSpace, Show: machine.ShowAll}
	for _, s := range page {
		e, err := engine.DecodeEvent(s)
		if err != nil {
			return 0, b, err
		}
		history := e.History || e.At < first
		if n > 0 && history != b.History {
			break
		}
		b.History, b.Received = history, max(b.Received, e.At)
		b.Events = append(b.Events, again(e))
		n++
	}
	return n, b, nil
}

// again makes an event of the log one that arrives, about the same people.
func again(e *engine.Event) engine.Event {
	out := engine.Event{ID: strconv.FormatInt(e.Position, 10), Type: e.Type, At: e.At, Group: e.Group, Content: e.Content, Origin: e.Origin, Props: e.Props}
	if e.MemberID != "" {
		out.Member = engine.MemberRef{ID: e.MemberID}
	}
	if e.ToID != "" {
		out.To = engine.MemberRef{ID: e.ToID}
	}
	return out
}

// feed plays a batch, after what its time makes due.
func (c *counted) feed(ctx context.Context, b machine.Batch) error {
	if err := c.ring(ctx, b.Events[0].At); err != nil {
		return err
	}
	results, err := c.machine.Accept(ctx, reachSpace, b)
	if err != nil {
		return fmt.Errorf("play the log: %w", err)
	}
	for _, r := range results {
		for i := range r.Decisions {
			if d := &r.Decisions[i]; d.Outcome == engine.OutcomeUnknown && d.Subject != "" {
				c.unknown[d.Subject] = true
			}
		}
	}
	return nil
}

func (c *counted) ring(ctx context.Context, now engine.Time) error {
	if c.rule.After == 0 {
		return nil
	}
	for {
		done, err := c.machine.Tick(ctx, now)
		if err != nil || done == 0 {
			return err
		}
	}
}

// count gathers whom the rule touched, or asks it about now.
func (c *counted) count(ctx context.Context) error {
	if len(c.rule.On) == 0 {
		t, err := c.machine.Touches(ctx, reachSpace, c.rule.Key, c.Now)
		for _, id := range t.Members {
			c.touched[id] = true
		}
		for _, id := range t.Unknown {
			c.unknown[id] = true
		}
		return err
	}
	if err := c.ring(ctx, c.Now); err != nil {
		return err
	}
	q := engine.DecisionQuery{Rule: c.rule.Key, Page: engine.Page{Limit: reachPage}}
	for {
		rows, err := c.store.Store.Reader(reachSpace).ListDecisions(ctx, q)
		if err != nil {
			return err
		}
		for i := range rows.Items {
			if err := c.acted(ctx, &rows.Items[i]); err != nil {
				return err
			}
		}
		if q.Cursor = rows.Next; rows.Next == "" {
			return nil
		}
	}
}

// acted notes whom a decision touched: its member, or everybody in its group.
func (c *counted) acted(ctx context.Context, d *engine.Decision) error {
	made := slices.ContainsFunc(d.Effects, func(e engine.Effect) bool { return e.Reason == "" })
	if !made && d.Answer == "" || d.Reason == engine.OutsideShare {
		return nil
	}
	switch c.rule.Subject {
	case engine.SubjectMember, "":
		c.touched[d.Subject] = true
		return nil
	case engine.SubjectGroup:
		return c.everybody(ctx, machine.RosterPrefix(d.Subject))
	}
	return c.everybody(ctx, machine.Everybody)
}

func (c *counted) everybody(ctx context.Context, prefix string) error {
	p := engine.Page{Limit: reachPage}
	for {
		rows, err := c.Live.ListRecords(ctx, engine.MarkRecord, prefix, p)
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		for _, r := range rows.Items {
			c.touched[r.Key[len(prefix):]] = true
		}
		if p.Cursor = rows.Next; rows.Next == "" {
			return nil
		}
	}
}
