package machine

import (
	"hash/fnv"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// decideEvent lets every rule that listens decide, then applies the effects of
// those that say yes, in order of rule key. All see the same state: after the
// event, before any effect.
func (t *turn) decideEvent(o *occasion) error {
	e := o.event
	applies := e.Type == applied && e.Group != "" && o.member != nil && !o.member.InGroup(e.Group)
	if t.view.byType[e.Type] == nil && !applies {
		return nil
	}
	t.setFacts(o, e.At)
	if t.cands = t.view.candidates(t.cands[:0], &t.facts); t.reader.err != nil {
		return t.reader.err
	}
	if err := t.showBeneath(o); err != nil {
		return err
	}
	var yes []*ruling
	for _, n := range t.cands {
		d, err := t.consider(t.view.rules[n], o)
		if err != nil {
			return err
		}
		if d != nil {
			yes = append(yes, d)
		}
	}
	if applies {
		if err := t.application(o); err != nil {
			return err
		}
	}
	return t.act(yes)
}

// showBeneath lists what the rules say that the index left out by a metric's
// value, where all decisions are asked for. It changes nothing: what happens
// must not depend on what is shown.
func (t *turn) showBeneath(o *occasion) error {
	if t.show != ShowAll {
		return nil
	}
	for _, n := range t.view.beneath(nil, &t.facts) {
		r := t.view.rules[n]
		if o.event.Position <= r.LiveFrom || t.paused(r) {
			continue
		}
		answer, err := t.ask(r.When)
		if t.reader.err != nil {
			return t.reader.err
		}
		d := t.ruling(r, o)
		switch {
		case err != nil:
			d.Outcome, d.Reason, d.Detail = engine.OutcomeError, engine.RuleError, err.Error()
		case answer == engine.Maybe:
			d.unknown(t.whyUnknown(r.When))
		default:
			d.Outcome, d.Reason = engine.OutcomeFalse, engine.NotMatched
		}
		t.note(d)
	}
	return nil
}

// consider lets one candidate decide; it answers a ruling only for yes.
func (t *turn) consider(r *engine.Rule, o *occasion) (*ruling, error) {
	switch {
	case o.event.Position <= r.LiveFrom || t.paused(r):
		return nil, nil
	case o.event.Late:
		t.note(t.ruling(r, o).unknown(engine.TooLate))
		return nil, nil
	case r.After > 0:
		t.later(r, o)
		return nil, nil
	}
	return t.judge(r, o)
}

// ruling is one decision being made.
type ruling struct {
	engine.Decision
	rule  *engine.Rule
	occ   *occasion
	plans []engine.EffectPlan
	at    engine.Time
	plan  []evaluated
	seen  *Seen // of a simulation that watches the rule
}

// ruling opens a decision of a rule about an occasion.
func (t *turn) ruling(r *engine.Rule, o *occasion) *ruling {
	d := &ruling{rule: r, occ: o, plans: r.Then, at: t.facts.Now}
	d.Position, d.Rule, d.Version, d.At, d.Shadow = o.position(), r.Key, r.Version, t.facts.Now, r.Shadow
	switch r.Subject {
	case engine.SubjectGroup:
		d.Subject = o.event.Group
	case engine.SubjectContent:
		d.Subject = o.event.Content
	case engine.SubjectWorkspace:
	default:
		if o.member != nil {
			d.Subject = o.member.ID
		}
	}
	return d
}

func (d *ruling) unknown(why engine.Reason) *ruling {
	d.Outcome, d.Reason = engine.OutcomeUnknown, why
	return d
}

// judge evaluates a rule's condition. It returns a ruling only for yes. Errors
// are stored; no and unknown are answered when asked for and else recomputed
// from the log: a newcomer alone makes most counting rules unknown for weeks,
// and rows about that would outnumber the events.
func (t *turn) judge(r *engine.Rule, o *occasion) (*ruling, error) {
	answer, err := t.ask(r.When)
	if t.reader.err != nil {
		return nil, t.reader.err
	}
	if err != nil {
		return nil, t.failed(t.ruling(r, o), err)
	}
	if answer == engine.Yes {
		d := t.matched(r, o)
		t.watched(d)
		return d, nil
	}
	if answer == engine.Maybe {
		t.watchedUnknown(r)
	}
	t.succeeded(r)
	if t.show != ShowAll {
		return nil, nil
	}
	d := t.ruling(r, o)
	if answer == engine.Maybe {
		t.note(d.unknown(t.whyUnknown(r.When)))
		return nil, nil
	}
	d.Outcome, d.Reason = engine.OutcomeFalse, engine.NotMatched
	t.note(d)
	return nil, nil
}

// matched is the ruling of a rule that said yes, nil where nobody is there to
// whom it could apply.
func (t *turn) matched(r *engine.Rule, o *occasion) *ruling {
	d := t.ruling(r, o)
	if d.Subject == "" && r.Subject != engine.SubjectWorkspace {
		t.note(d.unknown(engine.NoSubject))
		return nil
	}
	d.Outcome = engine.OutcomeTrue
	return d
}

// ask evaluates a condition; none means yes.
func (t *turn) ask(c engine.Condition) (engine.Tri, error) {
	if c == nil {
		return engine.Yes, nil
	}
	t.facts.Steps = engine.MaxSteps
	return c.Eval(&t.facts)
}

// whyUnknown finds the first unknown part of a condition.
func (t *turn) whyUnknown(c engine.Condition) engine.Reason {
	if c == nil {
		return ""
	}
	t.facts.Steps = engine.MaxSteps
	return firstReason(c.Explain(&t.facts))
}

func firstReason(f *engine.Finding) engine.Reason {
	if f == nil {
		return ""
	}
	for _, k := range f.Kids {
		if r := firstReason(k); r != "" {
			return r
		}
	}
	return f.Reason
}

// store keeps a decision.
func (t *turn) store(d *ruling) {
	if n := len(t.changes.Decisions); n > 0 && t.changes.Decisions[n-1].Position == d.Position {
		d.Number = t.changes.Decisions[n-1].Number + 1
	}
	t.changes.Decisions = append(t.changes.Decisions, d.Decision)
	t.countDecision(&d.Decision)
	t.watchedStored(d)
	t.note(d)
}

// note shows a decision in the answer.
func (t *turn) note(d *ruling) {
	if t.show != ShowNone {
		t.answers = append(t.answers, d.Decision)
	}
}

// act carries out rulings that said yes.
func (t *turn) act(yes []*ruling) error {
	for _, d := range yes {
		if err := t.carryOut(d); err != nil {
			return err
		}
		t.store(d)
	}
	return nil
}

// carryOut applies one ruling's effects, unless something stops it, which it
// then says.
func (t *turn) carryOut(d *ruling) error {
	r := d.rule
	if outside(r, d.Subject) {
		d.Reason = engine.OutsideShare
		return nil
	}
	t.refocus(d)
	if err := t.occurrence(d); err != nil || d.Outcome != engine.OutcomeTrue || d.Reason != "" {
		return err
	}
	if err := t.evaluate(d); err != nil || d.Outcome != engine.OutcomeTrue {
		return err
	}
	t.succeeded(r)
	if r.Shadow {
		d.Reason = engine.InShadow
		return nil
	}
	if why, err := t.limited(d); err != nil || why != "" {
		d.Reason = why
		return err
	}
	if err := t.effects(d); err != nil {
		return err
	}
	t.use(d)
	return nil
}

// refocus points the facts at a ruling's occasion again, after the effects of
// another one may have moved them.
func (t *turn) refocus(d *ruling) {
	t.setFacts(d.occ, d.at)
}

// outside is whether a rule does not act for a subject yet.
func outside(r *engine.Rule, subject string) bool {
	return r.Percent > 0 && r.Percent < 100 && share(r.Key, subject) >= r.Percent
}

// share places a subject between 0 and 99 for a rule, the same for ever.
func share(rule, subject string) int {
	h := fnv.New32a()
	h.Write([]byte(rule + "\x00" + subject))
	return int(h.Sum32() % 100)
}

// eventOccurrence names an event as what a rule acts on once.
func (t *turn) eventOccurrence(position int64) string {
	return EventOccurrence(t.logged(position))
}

// plannedOccurrence names a schedule's planned time.
func plannedOccurrence(at engine.Time) string { return "at:" + strconv.FormatInt(int64(at), 10) }

// EventOccurrence names an event, by its position, as what a rule acts on once.
func EventOccurrence(position int64) string { return "event:" + strconv.FormatInt(position, 10) }

// OnceKey is the mark that stands while a rule has acted on an occurrence of a
// subject.
func OnceKey(rule, subject, occurrence string) string { return onceKey(rule, subject, occurrence) }

// ActsFor is whether a rule that is published to a share of the members acts for
// a subject.
func ActsFor(r *engine.Rule, subject string) bool { return !outside(r, subject) }
