package machine

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// propose takes the top and the bottom of each ranking, then asks each move's
// own condition. Nobody moves twice: up is worked out first, then back, then down.
func (t *reviewing) propose() error {
	plan, rev, taken := t.r.Review, t.rev, map[string]bool{}
	for _, step := range [...]struct {
		kind string
		move *engine.ReviewMove
	}{{moveUp, plan.Up}, {moveBack, plan.Back}, {moveDown, plan.Down}} {
		if step.move == nil {
			continue
		}
		for i := range rev.Groups {
			g := &rev.Groups[i]
			if g.Key != step.move.From {
				continue
			}
			for _, x := range g.inReach(step.kind, step.move.Count, plan.MinGroup) {
				yes, err := t.moveWhen(step.move, x)
				if err != nil {
					return err
				}
				if yes && !taken[x.Member] {
					taken[x.Member] = true
					rev.Moves = append(rev.Moves, Move{Member: x.Member, Kind: step.kind, From: step.move.From, To: step.move.To, State: MoveProposed})
				}
			}
		}
	}
	return nil
}

// inReach is who a move may concern: the top or bottom so many, 0 all. The
// exempt are shielded from down; groups that are too small only promote.
func (g *ReviewedGroup) inReach(kind string, count, minGroup int) []Ranked {
	from := slices.Clone(g.Ranking)
	if kind == moveDown {
		if len(g.Ranking)+len(g.Unknown) < minGroup {
			return nil
		}
		from = slices.DeleteFunc(from, func(x Ranked) bool { return x.Exempt })
		slices.Reverse(from)
	}
	if count > 0 && len(from) > count {
		from = from[:count]
	}
	return from
}

// moveWhen asks a move's condition about a ranked member; an error is no.
func (t *reviewing) moveWhen(mv *engine.ReviewMove, x Ranked) (bool, error) {
	if mv.When == nil {
		return true, nil
	}
	m, err := t.member(x.Member)
	if err != nil || m == nil {
		return false, err
	}
	if _, err := t.focus(mv.From, m); err != nil {
		return false, err
	}
	t.facts.Score = x.Score
	yes, err := t.ask(mv.When)
	if t.reader.err != nil {
		return false, t.reader.err
	}
	return err == nil && yes == engine.Yes, nil
}

// carryOut makes every proposed move and decides it for the record.
func (t *reviewing) carryOut() error {
	for i := range t.rev.Moves {
		mv := &t.rev.Moves[i]
		if mv.State != MoveProposed {
			continue
		}
		if mv.Kind == moveWithdraw {
			if err := t.withdraw(t.rev, mv); err != nil {
				return err
			}
			continue
		}
		if err := t.carryOutMove(mv); err != nil {
			return err
		}
	}
	return nil
}

func (t *reviewing) carryOutMove(mv *Move) error {
	m, err := t.member(mv.Member)
	if err != nil || m == nil {
		return err
	}
	x, err := t.focus(mv.From, m)
	if err != nil {
		return err
	}
	d := t.ruling(t.r, x)
	d.Occurrence, d.Outcome = periodOccurrence(t.rev), engine.OutcomeTrue
	t.watched(d)
	if t.r.Shadow {
		d.Reason, mv.State = engine.InShadow, moveSkipped
		t.store(d)
		return nil
	}
	d.plan = []evaluated{moveEffect(t.r.Review, mv)}
	if err := t.effect(d, 0); err != nil {
		return err
	}
	mv.State, mv.Reason = moveDone, d.Effects[0].Reason
	if mv.Reason != "" {
		mv.State = moveFailed
	}
	t.store(d)
	return nil
}

// moveEffect is a move as an effect.
func moveEffect(plan *engine.ReviewPlan, mv *Move) evaluated {
	if plan.Ladder != "" {
		return evaluated{plan: &engine.EffectPlan{Kind: engine.MoveTier}, fields: map[string]engine.Value{
			"to": engine.StringValue(mv.To), "ladder": engine.StringValue(plan.Ladder)}}
	}
	return evaluated{plan: &engine.EffectPlan{Kind: engine.MoveGroup}, fields: map[string]engine.Value{
		"from": engine.StringValue(mv.From), "to": engine.StringValue(mv.To)}}
}
