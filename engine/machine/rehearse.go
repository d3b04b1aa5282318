package machine

import (
	"context"
	"errors"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// Question is what a rule is asked about, without anything being kept.
type Question struct {
	// Event is accepted first: one that is new, or one of the log, at its
	// Position; rules see it folded in. Nil asks by the clock.
	Event *engine.Event
	// By the clock: about whom, when, and in which review's period.
	Member, Group, Content string
	Now                    engine.Time
	Period                 *engine.Period
	Score                  engine.Value
}

// Rehearsal is one question being asked, in a transaction that is never saved.
type Rehearsal struct {
	t *turn
	o *occasion
	q Question
}

// errRehearsed ends the transaction of a rehearsal.
var errRehearsed = errors.New("nothing of a rehearsal is kept")

// Rehearse runs fn with a question asked in a transaction that is then given
// up, so that nothing of it is kept, whatever fn lets rules do.
func (m *Machine) Rehearse(ctx context.Context, workspace string, q Question, fn func(*Rehearsal) error) error {
	err := m.within(ctx, workspace, q.Now, func(t *turn) error {
		t.show = ShowAll
		r := &Rehearsal{t: t, q: q}
		if err := r.enter(); err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// enter brings the event in, or points at whom the clock asks about.
func (r *Rehearsal) enter() (err error) {
	if r.q.Event == nil {
		return r.byTheClock()
	}
	e := *r.q.Event
	if e.Position == 0 {
		e.Position, e.Revision = r.t.next, r.t.view.Lane.Revision
	} else {
		again(&e) // it may have made its member
	}
	Normalize(&e, r.t.view.Defs)
	r.o = &occasion{event: &e}
	r.o.family = &family{in: &incoming{event: &e}, next: e.Position + 1, outer: e.Position}
	r.t.outer, r.t.made = e.Position, 0
	if err := r.t.bring(r.o); err != nil {
		return err
	}
	r.t.setFacts(r.o, e.At)
	return nil
}

func (r *Rehearsal) byTheClock() (err error) {
	t := r.t
	about := &engine.Event{Type: "bylaw.timer", At: r.q.Now, Position: t.next, Revision: t.view.Lane.Revision, Group: r.q.Group, Content: r.q.Content}
	r.o = &occasion{event: about, clock: true, family: &family{in: &incoming{event: about}, next: t.next + 1, outer: t.next}}
	t.outer, t.made = about.Position, 0
	if r.q.Member != "" {
		if r.o.member, err = t.member(r.q.Member); err != nil {
			return err
		}
	}
	if r.o.group, err = t.group(r.q.Group); err != nil {
		return err
	}
	if r.o.content, err = t.content(r.q.Content); err != nil {
		return err
	}
	t.setFacts(r.o, r.q.Now)
	t.facts.Period, t.facts.Score = r.q.Period, r.q.Score
	return nil
}

// Facts are what the rules read. They hold until the next decision.
func (r *Rehearsal) Facts() *engine.Facts { return &r.t.facts }

// Refresh points the facts at the question again, after a decision.
func (r *Rehearsal) Refresh() *engine.Facts {
	now := r.q.Now
	if r.q.Event != nil {
		now = r.o.event.At
	}
	r.t.setFacts(r.o, now)
	r.t.facts.Period, r.t.facts.Score = r.q.Period, r.q.Score
	return &r.t.facts
}

// Event is the question's event as rules see it; nil by the clock.
func (r *Rehearsal) Event() *engine.Event {
	if r.o.clock {
		return nil
	}
	return r.o.event
}

// View is the definitions and rules that are asked.
func (r *Rehearsal) View() *View { return r.t.view }

// Err is what went wrong while metrics were read, which Eval cannot say.
func (r *Rehearsal) Err() error { return r.t.reader.err }

// Rehearsed is what a rule decided, and all that would come of it.
type Rehearsed struct {
	engine.Decision
	// Planned are the effects with their fields' values also where something
	// stops them (Reason); empty where a field is unknown.
	Planned    []engine.Effect
	Ledger     []engine.LedgerEntry
	Deliveries []engine.Delivery
	Items      []engine.Item
	Emitted    []engine.Event
	Due        engine.Time // of a decision that is put off: when
}

// ReplayEvent accepts an event of the log again, at its place, with all that it
// emits, and gives the decisions that this stores and all that it makes.
func (m *Machine) ReplayEvent(ctx context.Context, workspace string, e engine.Event) (stored, all []engine.Decision, err error) {
	err = m.within(ctx, workspace, e.At, func(t *turn) error {
		t.replay, t.show = true, ShowAll
		Normalize(&e, t.view.Defs)
		again(&e)
		s := &submission{results: make([]Result, 1)}
		x := &incoming{sub: s, event: &e}
		x.name()
		if err := t.preload([]*incoming{x}); err != nil {
			return err
		}
		all, err = t.process(x)
		if err != nil {
			return fmt.Errorf("replay position %d: %w", e.Position, err)
		}
		stored = t.changes.Decisions
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return stored, all, err
}

// Decide lets one rule of the view answer the question, effects and all. What
// it was asked before is still there: ask each question anew to compare.
func (r *Rehearsal) Decide(rule *engine.Rule) (*Rehearsed, error) {
	t := r.t
	t.answers = nil
	before, emitted := r.made(), len(r.o.family.queue)
	r.Refresh()
	due, err := r.consult(rule)
	if err != nil {
		return nil, err
	}
	out := &Rehearsed{Decision: r.answer(rule), Due: due,
		Ledger: t.changes.Ledger[before[0]:], Deliveries: t.changes.Deliveries[before[1]:], Items: t.changes.Items[before[2]:]}
	for _, e := range r.o.family.queue[emitted:] {
		out.Emitted = append(out.Emitted, *e)
	}
	out.Planned, err = r.planned(rule, out)
	return out, err
}

func (r *Rehearsal) made() [3]int {
	c := &r.t.changes
	return [3]int{len(c.Ledger), len(c.Deliveries), len(c.Items)}
}

// consult takes the way by which a rule of this kind is asked.
func (r *Rehearsal) consult(rule *engine.Rule) (due engine.Time, err error) {
	t, o := r.t, r.o
	var d *ruling
	switch {
	case rule.Kind == engine.Threshold:
		if o.clock || o.event.Type != applied || o.event.Group != rule.Group || o.member == nil {
			return 0, nil
		}
		return 0, t.application(o)
	case rule.Every != "":
		d, err = t.judgeScheduled(rule, o, r.q.Now)
	case o.event.Late && !o.clock:
		t.note(t.ruling(rule, o).unknown(engine.TooLate))
	case rule.After > 0 && !o.clock:
		due = later(o.event.At, engine.Time(rule.After.Microseconds()))
		d, err = t.judge(rule, o)
		if d != nil {
			d.Reason = engine.Waiting
			t.note(d)
		}
		return due, err
	default:
		d, err = t.judge(rule, o)
	}
	if err != nil || d == nil {
		return 0, err
	}
	return 0, t.act([]*ruling{d})
}

// answer is what the rule said last; where it said nothing, it was not asked.
func (r *Rehearsal) answer(rule *engine.Rule) engine.Decision {
	for i := len(r.t.answers) - 1; i >= 0; i-- {
		if d := r.t.answers[i]; d.Rule == rule.Key {
			return d
		}
	}
	d := r.t.ruling(rule, r.o)
	d.Outcome, d.Reason = engine.OutcomeFalse, engine.NotMatched
	return d.Decision
}

// planned are the effects of a decision that something stopped.
func (r *Rehearsal) planned(rule *engine.Rule, got *Rehearsed) ([]engine.Effect, error) {
	if len(got.Effects) > 0 || got.Outcome != engine.OutcomeTrue && got.Answer == "" {
		return got.Effects, nil
	}
	r.Refresh()
	d := r.t.ruling(rule, r.o)
	d.Outcome, d.Occurrence = engine.OutcomeTrue, got.Occurrence
	if got.Outcome == engine.OutcomeFalse {
		d.plans = rule.Otherwise
	}
	if err := r.t.evaluate(d); err != nil || d.Outcome != engine.OutcomeTrue {
		return nil, err
	}
	var out []engine.Effect
	for i := range d.plan {
		out = append(out, engine.Effect{Kind: d.plan[i].plan.Kind, Number: i, Fields: d.plan[i].fields, Reason: got.Reason})
	}
	return out, nil
}

// Hold asks whether a tier rule's hold condition is fulfilled; a rule without
// one holds everybody.
func (r *Rehearsal) Hold(rule *engine.Rule) (engine.Tri, error) {
	if rule.Tier == nil {
		return engine.Yes, nil
	}
	r.Refresh()
	answer, err := r.t.ask(rule.Tier.Hold)
	if r.t.reader.err != nil {
		return engine.Maybe, r.t.reader.err
	}
	return answer, err
}

// MaxRanked is how many members a rehearsal ranks.
const MaxRanked = 2000

// Rank works out a review's ranking and moves for a period, "" is the one that
// runs, as if it were opened now.
func (r *Rehearsal) Rank(rule *engine.Rule, period string) (*Review, error) {
	if period == "" {
		c, err := r.t.cadence(rule, r.q.Now)
		if err != nil {
			return nil, err
		}
		p := c.PeriodOf(r.q.Now.Std(), r.t.view.Zone.Location())
		period = p.Key()
	}
	if err := r.fewEnough(rule); err != nil {
		return nil, err
	}
	rev, err := r.t.newReview(rule, period)
	if err != nil {
		return nil, err
	}
	work := &reviewing{turn: r.t, o: r.o, r: rule, rev: rev}
	return rev, work.rank()
}

// fewEnough refuses to rank more people than can be waited for.
func (r *Rehearsal) fewEnough(rule *engine.Rule) error {
	work := &reviewing{turn: r.t, r: rule}
	n := 0
	for _, place := range rule.Review.Places() {
		ids, err := work.underReview(place)
		if err != nil {
			return err
		}
		n += len(ids)
	}
	if n <= MaxRanked {
		return nil
	}
	return engine.Invalid(engine.Text{En: "the review ranks too many members to be tried", Zh: "该评审涉及成员过多，无法试算"}, engine.Problem{
		Code: "too_many", Path: "/document", Message: engine.Text{
			En: fmt.Sprintf("%d members would be ranked; a try ranks up to %d", n, MaxRanked), Zh: fmt.Sprintf("需要排名 %d 人，试算最多 %d 人", n, MaxRanked)}})
}
