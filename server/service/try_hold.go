package service

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
)

// later is whether the moment that is asked about lies after the event that the
// rule is asked with: a hold is looked at by the clock, not by events.
func (t *trying) later() bool {
	e := t.question.Event
	return e != nil && e.Position != 0 && t.a.Position == 0
}

// holdsLater asks whether the tier is held at the moment itself.
func (t *trying) holdsLater(ctx context.Context) error {
	if !t.later() || t.doc.Tier == nil || t.doc.Tier.Hold == nil {
		return nil
	}
	scene, err := t.Past.Open(ctx, t.who.Workspace, simulate.Moment{At: t.a.At}, t.with)
	if err != nil {
		return err
	}
	now := scene.At
	if scene.Now {
		now = t.who.Now
	}
	return scene.Ask(ctx, machine.Question{Member: t.out.Member, Now: now}, t.holds)
}

// holds says whether a tier rule's hold condition is fulfilled, and why.
func (t *trying) holds(h *machine.Rehearsal) error {
	rule := h.View().Book.Rules[0]
	if rule.Tier == nil || rule.Tier.Hold == nil {
		return nil
	}
	f := h.Refresh()
	t.out.HoldAt = f.Now
	t.out.Trace = append(t.out.Trace, TracePart{"hold", rule.Tier.Hold.Explain(f)})
	held, err := h.Hold(rule)
	t.out.Hold = held.Outcome()
	return err
}
