package machine

import (
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// deed is one effect being made: what it works on, and the row it leaves in the
// decision.
type deed struct {
	*turn
	d      *ruling
	v      *evaluated
	number int
	member *engine.Member
	made   *engine.Effect
}

// in is a moment so long after the decision; never beyond what can be written.
func (x *deed) in(d engine.Time) engine.Time { return later(x.d.at, d) }

// account is the point account that the effect names, the default one otherwise.
func (x *deed) account() string {
	if a := x.v.text("account"); a != "" {
		return a
	}
	return engine.DefaultAccount
}

// lasts reads a duration field; 0 when it is not given.
func (x *deed) lasts(field string) engine.Time { return engine.Time(x.v.fields[field].Num) }

// effects has one function per kind. Each sets made.Ref to what it made, or
// made.Reason to why it made nothing; an error is the database's or ours.
var effects map[engine.EffectKind]func(*deed) error

func init() {
	effects = map[engine.EffectKind]func(*deed) error{
		engine.GrantPoints:     (*deed).grantPoints,
		engine.Pay:             (*deed).pay,
		engine.AwardBadge:      (*deed).awardBadge,
		engine.RevokeBadge:     (*deed).revokeBadge,
		engine.IssueCoupon:     (*deed).issueCoupon,
		engine.Draw:            (*deed).draw,
		engine.RevokeCoupon:    (*deed).revokeCoupon,
		engine.GrantPrivilege:  (*deed).grantPrivilege,
		engine.RevokePrivilege: (*deed).revokePrivilege,
		engine.Reverse:         (*deed).reverse,
		engine.MoveTier:        (*deed).moveTier,
		engine.JoinGroup:       (*deed).joinGroup,
		engine.LeaveGroup:      (*deed).leaveGroup,
		engine.MoveGroup:       (*deed).moveGroup,
		engine.Appoint:         (*deed).appoint,
		engine.Dismiss:         (*deed).dismiss,
		engine.SetGroup:        (*deed).setGroup,
		engine.OpenGroup:       (*deed).openGroup,
		engine.DissolveGroup:   (*deed).dissolveGroup,
		engine.AddTag:          (*deed).addTag,
		engine.RemoveTag:       (*deed).removeTag,
		engine.SetAttribute:    (*deed).setAttribute,
		engine.Send:            (*deed).send,
		engine.Praise:          (*deed).praise,
		engine.GiveLink:        (*deed).giveLink,
		engine.CreateTask:      (*deed).createTask,
		engine.CreateLead:      (*deed).createLead,
		engine.AssignMentor:    (*deed).assignMentor,
		engine.EndMentor:       (*deed).endMentor,
		engine.Emit:            (*deed).emit,
		engine.Admit:           func(*deed) error { return nil }, // answers, see application.go
		engine.Wait:            func(*deed) error { return nil },
		engine.Deny:            func(*deed) error { return nil },
	}
}

// effects makes all effects of a ruling.
func (t *turn) effects(d *ruling) error {
	for i := range d.plan {
		if err := t.effect(d, i); err != nil {
			return err
		}
	}
	return nil
}

// effect makes one effect of a ruling.
func (t *turn) effect(d *ruling, i int) error {
	return t.numbered(d, &d.plan[i], i)
}

// numbered makes an effect that has this number in its rule.
func (t *turn) numbered(d *ruling, v *evaluated, i int) error {
	x := &deed{turn: t, d: d, v: v, number: i, member: d.occ.member,
		made: &engine.Effect{Kind: v.plan.Kind, Number: i, Fields: v.fields}}
	if s, ok := engine.SchemaOf(v.plan.Kind); ok && s.Needs == engine.SubjectMember && x.member == nil {
		x.made.Reason = engine.WrongKind
	} else if err := effects[v.plan.Kind](x); err != nil {
		return fmt.Errorf("rule %s, effect %d (%s): %w", d.rule.Key, i, v.plan.Kind, err)
	}
	d.Effects = append(d.Effects, *x.made)
	return nil
}

// touchMember marks the member as changed.
func (x *deed) touchMember() { x.touch(engine.MemberRecord, x.member.ID) }

// later adds a span to a moment and stays within what can be written down.
func later(at, span engine.Time) engine.Time {
	if span > newest-at {
		return newest
	}
	return at + span
}

// emit makes an event out of the rule's words. What it names is brought to its
// declared kinds; Bylaw's own types cannot be made.
func (x *deed) emit() error {
	typ := x.v.text("type")
	if reserved(typ) {
		x.made.Reason = engine.WrongKind
		return nil
	}
	from := x.d.occ.event
	child := engine.Event{Type: typ, At: x.d.at, Props: x.v.props, Group: from.Group, Content: from.Content, Origin: from.Origin}
	if x.member != nil {
		child.MemberID, child.Member = x.member.ID, engine.MemberRef{ID: x.member.ID}
	}
	Normalize(&child, x.view.Defs)
	if !x.d.occ.family.emit(from, child) {
		x.made.Reason = engine.CapReached
	}
	return nil
}
