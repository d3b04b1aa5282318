package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

// Runner plays the cases of rules on the real machine and a store in memory: it
// has no hands. It implements rules.Runner.
type Runner struct{}

const trialSpace = "trial"

// Run plays one case.
func (Runner) Run(ctx context.Context, t *rules.Trial) (*rules.Result, error) {
	ctx = engine.WithoutAudit(ctx)
	store := scratch.New()
	m := machine.New(machine.Options{Store: store, Books: oneBook{t.Book}})
	if err := seed(ctx, store, t); err != nil {
		return nil, fmt.Errorf("begin the case: %w", err)
	}
	p := &play{trial: t, machine: m, store: store, now: t.Begin}
	for i := range t.Events {
		if err := t.Work.Spend(1); err != nil {
			return nil, err
		}
		if err := p.event(ctx, t.Events[i]); err != nil {
			return nil, fmt.Errorf("event %d of the case: %w", i+1, err)
		}
	}
	if err := p.until(ctx, t.End); err != nil {
		return nil, err
	}
	return p.result(ctx)
}

// oneBook answers the trial's rulebook at every revision.
type oneBook struct{ book *engine.Rulebook }

// Book implements machine.Books.
func (b oneBook) Book(revision int64, _ []engine.Definition, _ *engine.Definitions) (*engine.Rulebook, error) {
	book := *b.book
	book.Revision = revision
	return &book, nil
}

// play is one case on its way.
type play struct {
	trial   *rules.Trial
	machine *machine.Machine
	store   *scratch.Store
	now     engine.Time
	last    *engine.Decision
	asked   engine.Time // when a schedule fired last, or what was put off came due
}

// event lets time pass up to an event and accepts it.
func (p *play) event(ctx context.Context, e engine.Event) error {
	if err := p.until(ctx, e.At); err != nil {
		return err
	}
	results, err := p.machine.Accept(ctx, trialSpace, machine.Batch{Source: rules.CaseChannel, Received: e.At, History: e.History, Show: machine.ShowAll, Events: []engine.Event{e}})
	if err != nil {
		return err
	}
	r := &results[0]
	if r.Status == machine.Invalid {
		return engine.Invalid(engine.Text{En: "the case's event is not possible", Zh: "用例的事件不成立"}, r.Problems...)
	}
	p.note(r.Decisions)
	return nil
}

// note keeps the rule's last decision: about the case's own member, where it is
// about a member at all.
func (p *play) note(decisions []engine.Decision) {
	for i := range decisions {
		d := &decisions[i]
		if len(p.trial.Events) > 0 && d.At < p.trial.Events[0].At {
			continue // a schedule that fired before the case began
		}
		about := d.Subject == rules.CaseMember || p.trial.Rule.Subject != engine.SubjectMember && p.trial.Rule.Subject != ""
		if d.Rule == p.trial.Rule.Key && about {
			p.last = d
		}
	}
}

// until lets time pass: schedules are planned and timers ring when they are due.
func (p *play) until(ctx context.Context, end engine.Time) error {
	scheduled := p.trial.Rule.Every != "" || p.trial.Rule.Review != nil || p.trial.Rule.Tier != nil
	for {
		if scheduled {
			if err := p.machine.Schedule(ctx, trialSpace, p.now); err != nil {
				return err
			}
		}
		if err := p.ring(ctx); err != nil {
			return err
		}
		if p.now >= end {
			return nil
		}
		if err := p.trial.Work.Spend(1); err != nil {
			return err
		}
		if err := p.advance(ctx, end, scheduled); err != nil {
			return err
		}
	}
}

func (p *play) ring(ctx context.Context) error {
	for {
		due, err := p.store.DueTimers(ctx, p.now, 1000)
		if err != nil {
			return err
		}
		for _, d := range due {
			if d.Kind == "fire" || d.Kind == "after" {
				p.asked = max(p.asked, d.Due)
			}
		}
		done, err := p.machine.Tick(ctx, p.now)
		if err != nil || done == 0 {
			return err
		}
		if err := p.trial.Work.Spend(done); err != nil {
			return err
		}
	}
}

// advance moves to the next timer, or to when a schedule is due.
func (p *play) advance(ctx context.Context, end engine.Time, scheduled bool) error {
	next := end
	if scheduled {
		due, some, err := p.machine.NextPlanned(ctx, trialSpace, p.now)
		if err != nil {
			return err
		}
		if some {
			next = min(next, max(due, p.now+1))
		}
	}
	due, err := p.store.DueTimers(ctx, end, 1)
	if err != nil {
		return err
	}
	if len(due) > 0 && due[0].Due > p.now {
		next = min(next, due[0].Due)
	}
	p.now = next
	return nil
}

// result is the last decision: of an event, or stored since by a timer.
func (p *play) result(ctx context.Context) (*rules.Result, error) {
	stored, err := p.store.Reader(trialSpace).ListDecisions(ctx, engine.DecisionQuery{Rule: p.trial.Rule.Key, Page: engine.Page{Limit: 1000}})
	if err != nil {
		return nil, err
	}
	for i := len(stored.Items) - 1; i >= 0; i-- { // newest first
		d := stored.Items[i]
		if p.last == nil || d.Position > p.last.Position || d.Position == p.last.Position && d.Number > p.last.Number {
			p.note([]engine.Decision{d})
		}
	}
	if p.last != nil && p.last.At < p.asked {
		p.last = nil // it was asked again since, and said no
	}
	if p.last == nil && p.trial.Rule.Review != nil {
		return p.reviewed(ctx)
	}
	return &rules.Result{Decision: p.last}, nil
}

// reviewed is what the newest review wants of the case's own member: a move that
// is under notice counts, for the case ends before it is carried out.
func (p *play) reviewed(ctx context.Context) (*rules.Result, error) {
	rows, err := p.store.Reader(trialSpace).ListItems(ctx, engine.ItemQuery{Kind: "review", Rule: p.trial.Rule.Key, Page: engine.Page{Limit: 1}})
	if err != nil || len(rows.Items) == 0 {
		return &rules.Result{}, err
	}
	var review machine.Review
	if err := json.Unmarshal(rows.Items[0].Body, &review); err != nil {
		return nil, fmt.Errorf("read the review: %w", err)
	}
	d := &engine.Decision{Rule: p.trial.Rule.Key, Subject: rules.CaseMember, Outcome: engine.OutcomeFalse, At: rows.Items[0].At}
	for _, move := range review.Moves {
		if move.Member == rules.CaseMember {
			d.Outcome, d.Effects = engine.OutcomeTrue, []engine.Effect{moved(p.trial.Rule.Review, move)}
		}
	}
	return &rules.Result{Decision: d}, nil
}

func moved(plan *engine.ReviewPlan, move machine.Move) engine.Effect {
	if plan.Ladder != "" {
		return engine.Effect{Kind: engine.MoveTier, Fields: map[string]engine.Value{
			"to": engine.StringValue(move.To), "ladder": engine.StringValue(plan.Ladder)}}
	}
	return engine.Effect{Kind: engine.MoveGroup, Fields: map[string]engine.Value{
		"from": engine.StringValue(move.From), "to": engine.StringValue(move.To)}}
}

// seed writes what the case starts from: definitions, the member, the group.
func seed(ctx context.Context, store *scratch.Store, t *rules.Trial) error {
	list, err := definitionsOf(t.Defs)
	if err != nil {
		return err
	}
	records, err := recordsOf(t)
	if err != nil {
		return err
	}
	return store.Within(ctx, trialSpace, func(tx engine.Tx) error {
		return tx.Save(ctx, &engine.Changes{Revision: 1, Definitions: list, Records: records})
	})
}

// recordsOf makes the member known, with the marks that the machine keeps: that
// there is such a member, who is in a tier, and that we have long been listening.
func recordsOf(t *rules.Trial) ([]engine.Record, error) {
	m := t.Member
	since := strconv.AppendInt(nil, int64(m.JoinedAt), 10)
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	records := []engine.Record{
		{Kind: engine.MemberRecord, Key: m.ID, Body: body},
		{Kind: engine.MarkRecord, Key: "new|" + m.ID, Body: since},
		{Kind: engine.MarkRecord, Key: "cov|" + rules.CaseChannel, Body: since},
	}
	for _, i := range m.Identities {
		records = append(records, engine.Record{Kind: engine.IdentityRecord, Key: i.Key(), Body: []byte(m.ID)})
	}
	for group := range m.Groups {
		records = append(records, engine.Record{Kind: engine.MarkRecord, Key: machine.RosterPrefix(group) + m.ID, Body: []byte("1")})
	}
	for ladder, s := range m.Tiers {
		records = append(records, engine.Record{Kind: engine.MarkRecord, Key: machine.TierPrefix(ladder, s.Tier) + m.ID, Body: []byte("1")})
	}
	if t.Group != nil {
		group := *t.Group
		group.FirstAt = m.JoinedAt
		if body, err = json.Marshal(&group); err != nil {
			return nil, err
		}
		records = append(records, engine.Record{Kind: engine.GroupRecord, Key: group.Key, Body: body})
	}
	return records, nil
}

// definitionsOf writes parsed definitions as they are stored.
func definitionsOf(d *engine.Definitions) (list []engine.Definition, err error) {
	add := func(kind engine.DefinitionKind, key string, v any) {
		body, e := json.Marshal(v)
		if e != nil && err == nil {
			err = fmt.Errorf("definition %s %s: %w", kind, key, e)
		}
		list = append(list, engine.Definition{Kind: kind, Key: key, Revision: 1, Body: body})
	}
	add(engine.DefineSettings, "workspace", d.Settings)
	each(d.Groups, engine.DefineGroup, add)
	each(d.Ladders, engine.DefineLadder, add)
	each(d.Rewards, engine.DefineReward, add)
	each(d.Templates, engine.DefineTemplate, add)
	each(d.Channels, engine.DefineChannel, add)
	each(d.EventTypes, engine.DefineEventType, add)
	each(d.Segments, engine.DefineSegment, add)
	each(d.Attributes, engine.DefineAttribute, add)
	return list, err
}

func each[V any](all map[string]*V, kind engine.DefinitionKind, add func(engine.DefinitionKind, string, any)) {
	for key, v := range all {
		add(kind, key, v)
	}
}
