package machine

import (
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Touched is whom a rule would act for.
type Touched struct {
	Members []string // sorted
	Unknown []string // for whom that is not known, sorted
}

// Touches asks a scheduled rule, or a review of the period that runs, whom it
// would act for at a moment. It is for simulations: the decisions are made and
// shown, and nothing follows from them.
func (m *Machine) Touches(ctx context.Context, workspace, rule string, now engine.Time) (Touched, error) {
	var out Touched
	err := m.within(ctx, workspace, now, func(t *turn) error {
		out, t.answers, t.show = Touched{}, nil, ShowAll
		r := t.view.Rule(rule)
		if r == nil {
			return engine.NotFound("rule", rule)
		}
		o := &occasion{event: &engine.Event{Type: "bylaw.timer", At: now, Position: t.next}, family: &family{outer: t.next, next: t.next + 1}, clock: true}
		var err error
		switch {
		case r.Review != nil:
			err = t.touchedByReview(o, r, &out)
		case r.Subject == engine.SubjectMember || r.Subject == "":
			err = t.touchedBySchedule(o, r, &out)
		default:
			err = t.touchedByOthers(o, r, &out)
		}
		if err != nil {
			return err
		}
		for i := range t.answers {
			if t.answers[i].Outcome == engine.OutcomeUnknown {
				out.Unknown = append(out.Unknown, t.answers[i].Subject)
			}
		}
		out.sort()
		return nil
	})
	return out, err
}

func (x *Touched) sort() {
	slices.Sort(x.Members)
	x.Members = slices.Compact(x.Members)
	slices.Sort(x.Unknown)
	x.Unknown = slices.Compact(x.Unknown)
}

// touchedBySchedule asks the rule about everybody.
func (t *turn) touchedBySchedule(o *occasion, r *engine.Rule, out *Touched) error {
	ids, err := t.marksUnder(everybody)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, chunkSize) {
		err := t.eachPresent(o, r, part, func(x *occasion) error {
			d, err := t.judgeScheduled(r, x, o.event.At)
			if d != nil && !outside(r, d.Subject) {
				out.Members = append(out.Members, d.Subject)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// touchedByOthers asks the rule about each group, or the workspace: whoever is
// there is touched.
func (t *turn) touchedByOthers(o *occasion, r *engine.Rule, out *Touched) error {
	keys := []string{""}
	if r.Subject == engine.SubjectGroup {
		keys = sortedKeys(t.view.Defs.Groups)
	}
	for _, key := range keys {
		g, err := t.group(key)
		if err != nil {
			return err
		}
		d, err := t.judgeScheduled(r, &occasion{event: clockEvent(o.event, key), group: g, family: o.family, clock: true}, o.event.At)
		if err != nil {
			return err
		}
		if d == nil || outside(r, d.Subject) {
			continue
		}
		prefix := everybody
		if key != "" {
			prefix = RosterPrefix(key)
		}
		ids, err := t.marksUnder(prefix)
		if err != nil {
			return err
		}
		out.Members = append(out.Members, ids...)
	}
	return nil
}

// touchedByReview ranks as a review at the end of the running period would.
func (t *turn) touchedByReview(o *occasion, r *engine.Rule, out *Touched) error {
	cadence, err := t.cadence(r, o.event.At)
	if err != nil {
		return err
	}
	rev, err := t.newReview(r, cadence.PeriodOf(o.event.At.Std(), t.view.Zone.Location()).Key())
	if err != nil {
		return err
	}
	rev.End = o.event.At
	if err := (&reviewing{turn: t, o: o, r: r, rev: rev}).rank(); err != nil {
		return err
	}
	for _, g := range rev.Groups {
		for _, x := range g.Unknown {
			out.Unknown = append(out.Unknown, x.Member)
		}
	}
	for _, mv := range rev.Moves {
		out.Members = append(out.Members, mv.Member)
	}
	return nil
}
