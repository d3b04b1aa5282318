package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// application decides group.applied: every threshold of the group must admit;
// deny beats wait beats admit. A group without thresholds admits whoever finds
// a seat.
func (t *turn) application(o *occasion) error {
	e := o.event
	if e.Group == "" || o.member == nil || o.member.InGroup(e.Group) {
		return nil
	}
	t.setFacts(o, e.At)
	var rulings []*ruling
	verdict := "admit"
	for _, n := range t.view.thresholds[e.Group] {
		r := t.view.rules[n]
		if e.Position <= r.LiveFrom || t.paused(r) {
			continue
		}
		d, err := t.threshold(r, o)
		if err != nil {
			return err
		}
		rulings = append(rulings, d)
		if !r.Shadow && worse(d.Answer, verdict) {
			verdict = d.Answer
		}
	}
	verdict, reason, err := t.seatFor(o, verdict)
	if err != nil {
		return err
	}
	if len(rulings) == 0 {
		d := t.ruling(&engine.Rule{Kind: engine.Threshold}, o)
		d.Outcome, d.Answer = engine.OutcomeTrue, "admit"
		rulings = append(rulings, d)
	}
	return t.settle(o, rulings, verdict, reason)
}

// worse is whether an answer beats another: deny beats wait beats admit.
func worse(a, b string) bool {
	rank := map[string]int{"admit": 0, "wait": 1, "deny": 2}
	return rank[a] > rank[b]
}

// threshold lets one rule answer. Unknown and errors wait for a person.
func (t *turn) threshold(r *engine.Rule, o *occasion) (*ruling, error) {
	answer, err := t.ask(r, r.When)
	if t.reader.err != nil {
		return nil, t.reader.err
	}
	d := t.ruling(r, o)
	d.Occurrence = "event"
	switch {
	case err != nil:
		if err := t.failedQuietly(d, err); err != nil {
			return nil, err
		}
		d.Answer = "wait"
	case answer == engine.Maybe:
		d.unknown(t.whyUnknown(r)).Answer = "wait"
	case answer == engine.Yes:
		d.Outcome, d.Answer = engine.OutcomeTrue, verdictOf(r.Then, "admit")
	default:
		d.Outcome, d.Answer = engine.OutcomeFalse, verdictOf(r.Otherwise, "deny")
		d.plans = r.Otherwise
		d.Reasons = t.unmet(r)
	}
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

// seatFor turns an admission into waiting where there is no seat.
func (t *turn) seatFor(o *occasion, verdict string) (string, engine.Reason, error) {
	if verdict != "admit" {
		return verdict, "", nil
	}
	free, err := t.seat(o.event.Group)
	if err != nil || free {
		return verdict, "", err
	}
	return "wait", engine.NoSeat, nil
}

// settle writes the application down with its answer and carries out the
// effects of the rules: on admission those of all, otherwise those of the rules
// that gave the answer.
func (t *turn) settle(o *occasion, rulings []*ruling, verdict string, why engine.Reason) error {
	e, m := o.event, o.member
	if verdict == "admit" {
		if err := t.join(m, e.Group, e.At, "application"); err != nil {
			return err
		}
	}
	for _, d := range rulings {
		own := d.Answer
		if why != "" && own == "admit" {
			d.Answer, d.Reason = "wait", why
		}
		if d.Outcome != engine.OutcomeUnknown && d.Outcome != engine.OutcomeError && own == verdict && !d.rule.Shadow {
			if err := t.thresholdEffects(d); err != nil {
				return err
			}
		}
		t.store(d)
	}
	t.applied(o, verdict, rulings)
	return nil
}

// thresholdEffects carries out what a threshold asks for beside its answer, and
// shows the answer itself as an effect with its reason.
func (t *turn) thresholdEffects(d *ruling) error {
	outcome := d.Outcome
	t.refocus(d)
	if err := t.evaluate(d); err != nil || d.Outcome != outcome {
		return err
	}
	for i := range d.plan {
		if err := t.effect(d, i); err != nil {
			return err
		}
	}
	return nil
}

// The body of an item of kind "application".
type application struct {
	Event    int64         `json:"event"`
	Reasons  []engine.Text `json:"reasons,omitempty"`
	NextStep string        `json:"next_step,omitempty"`
	Rules    []string      `json:"rules,omitempty"`
}

// applied writes the application as an item: admitted, waiting or denied.
func (t *turn) applied(o *occasion, verdict string, rulings []*ruling) {
	body := application{Event: o.event.Position}
	for _, d := range rulings {
		if d.Rule != "" {
			body.Rules = append(body.Rules, d.Rule)
		}
		body.Reasons = append(body.Reasons, d.Reasons...)
		for i := range d.plan {
			if s := d.plan[i].text("next_step"); s != "" {
				body.NextStep = s
			}
			if s := d.plan[i].text("reason"); s != "" {
				body.Reasons = append(body.Reasons, engine.Text{En: s, Zh: s})
			}
		}
	}
	state := map[string]string{"admit": "admitted", "wait": "waiting", "deny": "denied"}[verdict]
	t.item(o.event.At, engine.Item{Kind: "application", State: state, Member: o.member.ID, Group: o.event.Group}, body)
	key := waitingKey(o.event.Group)
	if state == "waiting" {
		t.queue(key, o.member.ID, true)
	}
}

// waitingKey is the mark that lists who waits for a group, first come first.
func waitingKey(group string) string { return "waiting|" + group }
