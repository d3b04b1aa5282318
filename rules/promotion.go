package rules

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// promotion is a tier rule's condition: it holds only for members below the
// tier, so that a rule for a low tier never takes a high one away.
type promotion struct {
	when   engine.Condition
	ladder string
	to     string
}

// ranks gives the member's rank on the ladder (0 without a tier) and the rank
// to reach; ok is false when there is nobody or no such tier.
func (p promotion) ranks(f *engine.Facts) (now, to int64, ok bool) {
	if f.Member == nil || f.Defs == nil || f.Defs.Ladders[p.ladder] == nil {
		return 0, 0, false
	}
	l := f.Defs.Ladders[p.ladder]
	now, to = l.Rank(f.Member.Tiers[p.ladder].Tier), l.Rank(p.to)
	return now, to, to > 0
}

// Eval is false for whoever is there already, else what the condition says.
func (p promotion) Eval(f *engine.Facts) (engine.Tri, error) {
	now, to, ok := p.ranks(f)
	switch {
	case !ok:
		return engine.Maybe, nil
	case now >= to:
		return engine.No, nil
	}
	return p.when.Eval(f)
}

// Explain shows the member's place beside the condition.
func (p promotion) Explain(f *engine.Facts) *engine.Finding {
	when := p.when.Explain(f)
	now, to, ok := p.ranks(f)
	place := &engine.Finding{Source: when.Source, Op: "<", Value: engine.IntValue(now), Outcome: engine.OutcomeTrue}
	required := engine.IntValue(to)
	place.Required = &required
	switch title := p.title(f); {
	case !ok:
		place.Outcome, place.Reason, place.Required = engine.OutcomeUnknown, engine.NoSubject, nil
		place.Text = engine.Text{En: "nobody is in question", Zh: "没有相关的成员"}
	case now >= to:
		place.Outcome = engine.OutcomeFalse
		place.Text = engine.Text{En: "is " + title.En + " or higher already", Zh: "已是" + title.Zh + "或更高"}
	default:
		place.Text = engine.Text{En: "is below " + title.En, Zh: "还在" + title.Zh + "之下"}
	}
	outcome := when.Outcome
	if place.Outcome == engine.OutcomeFalse || place.Outcome == engine.OutcomeUnknown && outcome != engine.OutcomeFalse {
		outcome = place.Outcome
	}
	return &engine.Finding{From: when.From, To: when.To, Source: when.Source, Op: "and", Outcome: outcome, Value: engine.BoolValue(outcome == engine.OutcomeTrue),
		Line: when.Line, Column: when.Column, End: when.End, Kids: []*engine.Finding{place, when}}
}

// title is what the tier to reach is called.
func (p promotion) title(f *engine.Facts) engine.Text {
	if f.Defs != nil && f.Defs.Ladders[p.ladder] != nil {
		for _, t := range f.Defs.Ladders[p.ladder].Tiers {
			if t.Key == p.to && t.Title != (engine.Text{}) {
				return t.Title
			}
		}
	}
	return engine.Text{En: p.to, Zh: p.to}
}

// promotes makes the effect that moves up; it comes before the author's own.
func promotes(t *Tier) engine.EffectPlan {
	return engine.EffectPlan{Kind: engine.MoveTier, Fields: []engine.EffectField{
		{Name: "to", Kind: engine.KeyField, Key: t.To},
		{Name: "ladder", Kind: engine.KeyField, Key: t.Ladder},
	}}
}

var _ engine.Condition = promotion{}
