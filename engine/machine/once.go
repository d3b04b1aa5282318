package machine

import (
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// occurrence finds what the decision acts on once, and whether that was done.
func (t *turn) occurrence(d *ruling) error {
	switch d.rule.Once {
	case engine.OncePerMember:
		d.Occurrence = "member"
	case engine.OncePerDay:
		d.Occurrence = "day:" + t.view.Zone.Day(d.at.Std()).String()
	case engine.OncePerValue:
		if err := t.onceValue(d); err != nil || d.Outcome != engine.OutcomeTrue {
			return err
		}
	default: // an event is accepted once, and so is a schedule's firing
		if d.Occurrence == "" {
			d.Occurrence = t.eventOccurrence(d.occ.event.Position)
		}
		return nil
	}
	b, err := t.mark(onceKey(d.rule.Key, d.Subject, d.Occurrence))
	if err == nil && b != nil {
		d.Reason = engine.AlreadyDone
		t.succeeded(d.rule)
	}
	return err
}

// onceValue computes the occurrence that the rule's own expression names.
func (t *turn) onceValue(d *ruling) error {
	t.facts.Steps = engine.MaxSteps
	v, err := d.rule.OnceExpr.Eval(&t.facts)
	switch {
	case t.reader.err != nil:
		return t.reader.err
	case err != nil:
		t.fails(d, err)
	case !v.Known():
		d.unknown(v.Reason()).Detail = "once"
	default:
		d.Occurrence = shortOccurrence(v.Key())
	}
	return nil
}

// given is what a used occurrence remembers: where, and what was given, for reverse.
type given struct {
	Position int64           `json:"p"`
	Effects  []engine.Effect `json:"e,omitempty"`
	Reversed bool            `json:"r,omitempty"`
}

// use marks the occurrence as used up, with what was given where some rule may
// claw it back.
func (t *turn) use(d *ruling) {
	if d.rule.Once == engine.OncePerEvent || d.rule.Once == "" {
		return
	}
	key := onceKey(d.rule.Key, d.Subject, d.Occurrence)
	if t.view.reversed[d.rule.Key] {
		t.setMark(key, mustJSON(given{Position: d.Position, Effects: d.Effects}))
		return
	}
	t.setMark(key, append(strconv.AppendInt([]byte(`{"p":`), d.Position, 10), '}'))
}

// reverse claws back what another rule gave this subject for this occurrence.
func (x *deed) reverse() error {
	key := onceKey(x.v.text("rule"), x.d.Subject, x.d.Occurrence)
	var g given
	ok, err := x.recallMark(key, &g)
	if err != nil {
		return err
	}
	if !ok || g.Reversed {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	for _, e := range g.Effects {
		undone, err := x.mark(UndoneKey(x.v.text("rule"), x.d.Subject, x.d.Occurrence, e.Number))
		if err != nil {
			return err
		}
		if e.Reason == "" && undone == nil {
			if err := x.undo(&e); err != nil {
				return fmt.Errorf("take back %s: %w", e.Kind, err)
			}
		}
	}
	g.Reversed = true
	x.setMark(key, mustJSON(g))
	return nil
}

// undo takes back one effect, as far as it can be. Ref is empty where the
// effect gave nothing that was not there before.
func (x *deed) undo(e *engine.Effect) error {
	m, field := x.member, func(name string) string { return e.Fields[name].Text0() }
	switch e.Kind {
	case engine.GrantPoints, engine.Pay:
		return x.undoPoints(e)
	case engine.IssueCoupon, engine.Draw:
		return x.undoCoupon(e)
	case engine.MoveTier:
		ladder := ladderOf(x.d.rule, field("ladder"))
		if e.Ref != "" && m.Tiers[ladder].Tier == field("to") && field("from") != "" {
			x.setTier(m, ladder, field("from"), x.d.at)
		}
	}
	if e.Ref == "" {
		return nil
	}
	switch e.Kind {
	case engine.AwardBadge:
		delete(m.Badges, e.Ref)
		x.touchMember()
	case engine.GrantPrivilege:
		delete(m.Privileges, e.Ref)
		x.touchMember()
	case engine.AddTag:
		x.setTag(m, e.Ref, false)
	case engine.RemoveTag:
		x.setTag(m, e.Ref, true)
	case engine.JoinGroup:
		return x.leave(m, e.Ref)
	case engine.LeaveGroup:
		return x.rejoin(e.Ref)
	case engine.MoveGroup:
		if !m.InGroup(field("to")) {
			return nil
		}
		if err := x.rejoin(field("from")); err != nil || x.made.Reason != "" {
			return err
		}
		return x.leave(m, field("to"))
	case engine.Appoint:
		return x.office(m, field("group"), e.Ref, false)
	}
	return nil
}

// rejoin puts the member back into a group, if there is a seat.
func (x *deed) rejoin(group string) error {
	if x.member.InGroup(group) {
		return nil
	}
	free, err := x.seat(group)
	if err != nil {
		return err
	}
	if !free {
		x.made.Reason = engine.NoSeat
		return nil
	}
	return x.join(x.member, group, x.d.at, "undo")
}

// undoCoupon voids the coupon of an effect, if it is still the newest of its pool.
func (x *deed) undoCoupon(e *engine.Effect) error {
	var c issuedCoupon
	ok, err := x.recallMark(couponKey(x.member.ID, e.Fields["pool"].Text0()), &c)
	if ok && c.ID == e.Ref {
		x.voidCoupon(c)
	}
	return err
}
