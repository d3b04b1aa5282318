package machine

import (
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// BackfillType is the reserved event by which a rule does what it would have
// done, had it been in force. It says all that is needed, so that the log alone
// can do it again: rule, version, subject, occurrence, effects (a list of
// engine.Effect as JSON, with the fields that a simulation found) and asked (when
// somebody asked for it). Its time is that of the occasion.
const BackfillType = "bylaw.backfill"

// backfill makes a rule's effects for an occurrence that was not used, once.
// What another version would have done is left alone, as is what a rule does
// not do now: it is paused, in shadow, or not there for this subject. In a
// simulation the rule decides by itself.
func backfill(t *turn, o *occasion) error {
	r := t.view.Rule(o.text("rule"))
	if t.sim != nil || r == nil || int64(r.Version) != o.event.Prop("version").Num || r.Shadow || t.paused(r) || outside(r, o.text("subject")) {
		return nil
	}
	d := &ruling{rule: r, occ: o, at: o.event.At, plans: r.Then}
	d.Position, d.Rule, d.Version, d.At, d.Outcome = o.event.Position, r.Key, r.Version, o.event.At, engine.OutcomeTrue
	d.Subject, d.Occurrence = o.text("subject"), o.text("occurrence")
	if b, err := t.mark(onceKey(r.Key, d.Subject, d.Occurrence)); err != nil || b != nil {
		return err
	}
	numbers, err := d.prescribed()
	if err != nil {
		return err
	}
	t.refocus(d)
	if why, err := t.limited(d); err != nil {
		return err
	} else if d.Reason = why; why == "" {
		if err := t.makeUp(d, numbers); err != nil {
			return err
		}
	}
	t.store(d)
	return nil
}

// prescribed plans the effects that the event names; the answer is their numbers
// in the rule.
func (d *ruling) prescribed() (numbers []int, err error) {
	var list []engine.Effect
	if err := json.Unmarshal([]byte(d.occ.text("effects")), &list); err != nil {
		return nil, fmt.Errorf("read the effects to make up for: %w", err)
	}
	for _, e := range list {
		if e.Number < 0 || e.Number >= len(d.plans) || d.plans[e.Number].Kind != e.Kind {
			continue
		}
		d.plan = append(d.plan, evaluated{plan: &d.plans[e.Number], fields: e.Fields})
		numbers = append(numbers, e.Number)
	}
	return numbers, nil
}

// makeUp makes the effects and uses the occurrence up. Messages are new: they
// are valid from now on, not from when the occasion was.
func (t *turn) makeUp(d *ruling, numbers []int) error {
	had := len(t.changes.Deliveries)
	for i, number := range numbers {
		if err := t.numbered(d, &d.plan[i], number); err != nil {
			return err
		}
	}
	asked := engine.Time(d.occ.event.Prop("asked").Num)
	for i := had; i < len(t.changes.Deliveries); i++ {
		m := &t.changes.Deliveries[i]
		m.NotAfter = later(asked, m.NotAfter-d.at)
		m.Due, m.CreatedAt = max(m.Due, asked), asked
	}
	t.use(d)
	return nil
}
