package rules

import (
	"fmt"

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
	place := &engine.Finding{Source: when.Source, Op: "<", Value: engine.IntValue(now), Outcome: engine.OutcomeTrue,
		Text: engine.Text{En: fmt.Sprintf("is below %s", p.to), Zh: fmt.Sprintf("还在 %s 之下", p.to)}}
	switch required := engine.IntValue(to); {
	case !ok:
		place.Outcome, place.Reason, place.Text = engine.OutcomeUnknown, engine.NoSubject, engine.Text{En: "nobody is in question", Zh: "没有相关的成员"}
	case now >= to:
		place.Outcome, place.Required = engine.OutcomeFalse, &required
		place.Text = engine.Text{En: fmt.Sprintf("is %s or higher already", p.to), Zh: fmt.Sprintf("已是 %s 或更高", p.to)}
	}
	outcome := when.Outcome
	if place.Outcome == engine.OutcomeFalse || place.Outcome == engine.OutcomeUnknown && outcome != engine.OutcomeFalse {
		outcome = place.Outcome
	}
	return &engine.Finding{From: when.From, To: when.To, Source: when.Source, Op: "and", Outcome: outcome, Kids: []*engine.Finding{place, when}}
}

// promotes makes the effect that moves up; it comes before the author's own.
func promotes(t *Tier) engine.EffectPlan {
	return engine.EffectPlan{Kind: engine.MoveTier, Fields: []engine.EffectField{
		{Name: "to", Kind: engine.KeyField, Key: t.To},
		{Name: "ladder", Kind: engine.KeyField, Key: t.Ladder},
	}}
}

var _ engine.Condition = promotion{}
