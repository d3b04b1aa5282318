package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// applied is the event type that thresholds answer.
const applied = "group.applied"

// What a threshold may answer, from the best to the worst.
const (
	admit = "admit"
	wait  = "wait"
	deny  = "deny"
)

// openDoor stands for the thresholds of a group that has none. No rule can have
// such a key.
var openDoor = engine.Rule{Key: "(none)", Kind: engine.Threshold}

// worse is whether an answer beats another: deny beats wait beats admit.
func worse(a, b string) bool { return a == deny && b != deny || a == wait && b == admit }

// application decides group.applied: every threshold of the group must admit;
// deny beats wait beats admit. A group without thresholds admits whoever finds
// a seat.
func (t *turn) application(o *occasion) error {
	var rulings []*ruling
	verdict := admit
	for _, n := range t.view.thresholds[o.event.Group] {
		r := t.view.rules[n]
		if o.event.Position <= r.LiveFrom || t.paused(r) {
			continue
		}
		t.setFacts(o, o.event.At)
		d, err := t.threshold(r, o)
		if err != nil {
			return err
		}
		rulings = append(rulings, d)
		if d.counts() && worse(d.Answer, verdict) {
			verdict = d.Answer
		}
	}
	if len(rulings) == 0 {
		d := t.ruling(&openDoor, o)
		d.Outcome, d.Answer, d.Occurrence = engine.OutcomeTrue, admit, t.eventOccurrence(o.event.Position)
		rulings = append(rulings, d)
	}
	return t.settle(o, rulings, verdict)
}

// counts is whether a threshold's answer counts: not in shadow, and not for
// whom it does not act yet.
func (d *ruling) counts() bool { return !d.rule.Shadow && !outside(d.rule, d.Subject) }

// threshold lets one rule answer. Unknown, late and errors wait for a person.
func (t *turn) threshold(r *engine.Rule, o *occasion) (*ruling, error) {
	d := t.ruling(r, o)
	d.Occurrence, d.Answer = t.eventOccurrence(o.event.Position), wait
	if o.event.Late {
		return d.unknown(engine.TooLate), nil
	}
	answer, err := t.ask(r.When)
	switch {
	case t.reader.err != nil:
		return nil, t.reader.err
	case err != nil:
		t.fails(d, err)
		return d, nil
	case answer == engine.Maybe:
		t.succeeded(r)
		d.Reasons = t.unmet(r)
		return d.unknown(t.whyUnknown(r.When)), nil
	}
	d.Outcome, d.Answer = engine.OutcomeTrue, verdictOf(r.Then, admit)
	if answer == engine.No {
		d.Outcome, d.Answer = engine.OutcomeFalse, verdictOf(r.Otherwise, deny)
		d.plans = r.Otherwise
		d.Reasons = t.unmet(r)
	}
	outcome := d.Outcome
	if err := t.evaluate(d); err != nil {
		return nil, err
	}
	if d.Outcome != outcome { // a text with a hole: nothing of it happens
		d.Answer, d.plan = wait, nil
		return d, nil
	}
	t.succeeded(r)
	return d, nil
}

// verdictOf finds the answer among effects; the given one when none says.
func verdictOf(plans []engine.EffectPlan, otherwise string) string {
	for _, p := range plans {
		switch p.Kind {
		case engine.Admit, engine.Wait, engine.Deny:
			return string(p.Kind)
		}
	}
	return otherwise
}

// unmet lists the conditions that were not met, in words.
func (t *turn) unmet(r *engine.Rule) []engine.Text {
	if r.When == nil {
		return nil
	}
	t.facts.Steps = engine.MaxSteps
	var out []engine.Text
	collectUnmet(r.When.Explain(&t.facts), &out)
	return out
}

func collectUnmet(f *engine.Finding, out *[]engine.Text) {
	if f == nil || f.Outcome == engine.OutcomeTrue {
		return
	}
	if f.Op == "and" || f.Op == "or" {
		for _, k := range f.Kids {
			collectUnmet(k, out)
		}
		return
	}
	text := f.Text
	if text == (engine.Text{}) {
		text = engine.Text{En: f.Source, Zh: f.Source}
	}
	*out = append(*out, text)
}

// settle takes the seat, carries out the effects of the rules (on admission
// those of all, otherwise of those that gave the answer) and writes the
// application down. Who is admitted where there is no seat waits.
func (t *turn) settle(o *occasion, rulings []*ruling, verdict string) error {
	full := false
	if verdict == admit {
		free, err := t.seat(o.event.Group)
		if err != nil {
			return err
		}
		if full = !free; free {
			if err := t.join(o.member, o.event.Group, o.event.At, "application"); err != nil {
				return err
			}
		}
	}
	for _, d := range rulings {
		switch {
		case full && d.Answer == admit:
			d.Answer, d.Reason = wait, engine.NoSeat
		case d.Answer == verdict && d.counts() && d.plan != nil:
			if err := t.effects(d); err != nil {
				return err
			}
		case !d.counts() && d.Reason == "":
			d.Reason = engine.OutsideShare
			if d.rule.Shadow {
				d.Reason = engine.InShadow
			}
		}
		t.store(d)
	}
	if full {
		verdict = wait
	}
	return t.answerApplication(o, verdict, rulings)
}

// The body of an item of kind "application".
type application struct {
	Event    int64         `json:"event"`
	Reasons  []engine.Text `json:"reasons,omitempty"`
	NextStep string        `json:"next_step,omitempty"`
	Rules    []string      `json:"rules,omitempty"`
}

// answerApplication gathers what the rules that stood in the way said.
func (t *turn) answerApplication(o *occasion, verdict string, rulings []*ruling) error {
	body := application{Event: o.event.Position}
	for _, d := range rulings {
		if d.rule != &openDoor {
			body.Rules = append(body.Rules, d.Rule)
		}
		if !d.counts() || d.Answer == admit {
			continue
		}
		body.Reasons = append(body.Reasons, d.Reasons...)
		for i := range d.plan {
			v := &d.plan[i]
			if s := v.text("next_step"); s != "" && d.Answer == verdict && body.NextStep == "" {
				body.NextStep = s
			}
			if s := v.text("reason"); s != "" && (v.plan.Kind == engine.Wait || v.plan.Kind == engine.Deny) {
				body.Reasons = append(body.Reasons, engine.Text{En: s, Zh: s})
			}
		}
	}
	if verdict == wait {
		if err := t.queue(o.event.Group, o.member.ID, true); err != nil {
			return err
		}
	}
	return t.fileApplication(o, o.member.ID, applicationStates[verdict], body)
}

var applicationStates = map[string]string{admit: "admitted", wait: "waiting", deny: "denied"}

// filed is a waiting application's item, as a mark, because a turn cannot read items.
type filed struct {
	ID string      `json:"id"`
	At engine.Time `json:"at"`
}

// fileApplication writes an application as an item. One that waits is the same
// item when it is answered at last.
func (t *turn) fileApplication(o *occasion, member, state string, body application) error {
	key := applicationKey(o.event.Group, member)
	var f filed
	waiting, err := t.recallMark(key, &f)
	if err != nil {
		return err
	}
	i := engine.Item{Kind: "application", ID: f.ID, State: state, Member: member, Group: o.event.Group}
	if !waiting {
		f.At = o.event.At
	}
	f.ID = t.item(f.At, i, body)
	if state == "waiting" {
		t.setMark(key, mustJSON(f))
	} else if waiting {
		t.setMark(key, nil)
	}
	return nil
}
