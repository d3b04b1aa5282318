package machine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
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

// effect makes one effect of a ruling.
func (t *turn) effect(d *ruling, i int) error {
	v := &d.plan[i]
	x := &deed{turn: t, d: d, v: v, number: i, member: d.occ.member,
		made: &engine.Effect{Kind: v.plan.Kind, Number: i, Fields: v.fields}}
	s, _ := engine.SchemaOf(v.plan.Kind)
	if s != nil && s.Needs == engine.SubjectMember && x.member == nil {
		x.made.Reason = engine.WrongKind
	} else if err := effects[v.plan.Kind](x); err != nil {
		return fmt.Errorf("rule %s, effect %d (%s): %w", d.rule.Key, i, v.plan.Kind, err)
	}
	d.Effects = append(d.Effects, *x.made)
	return nil
}

// changed marks the member as changed.
func (x *deed) changed() { x.touch(engine.MemberRecord, x.member.ID) }

func (x *deed) awardBadge() error {
	badge := x.v.text("badge")
	if x.d.rule.Once == engine.OncePerMember {
		if _, has := x.member.Badges[badge]; has {
			x.made.Reason = engine.AlreadyDone
			return nil
		}
	}
	if x.member.Badges == nil {
		x.member.Badges = map[string]engine.Time{}
	}
	if _, has := x.member.Badges[badge]; !has {
		x.member.Badges[badge] = x.d.at
		x.changed()
	}
	x.made.Ref = badge
	return nil
}

func (x *deed) revokeBadge() error {
	badge := x.v.text("badge")
	if _, has := x.member.Badges[badge]; !has {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	delete(x.member.Badges, badge)
	x.changed()
	return nil
}

func (x *deed) grantPrivilege() error {
	key := x.v.text("privilege")
	lasts := x.lasts("lasts")
	if lasts == 0 {
		lasts = x.defaultLasts(key)
	}
	until := engine.Time(0)
	if lasts > 0 {
		until = x.d.at + lasts
	}
	if x.member.Privileges == nil {
		x.member.Privileges = map[string]engine.Time{}
	}
	x.member.Privileges[key] = until
	x.changed()
	x.made.Ref = key
	if until != 0 {
		x.timer(until, "privilege", "priv|"+x.member.ID+"|"+key, timerBody{Member: x.member.ID, Key: key})
	}
	return nil
}

func (x *deed) revokePrivilege() error {
	key := x.v.text("privilege")
	if _, has := x.member.Privileges[key]; !has {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	delete(x.member.Privileges, key)
	x.changed()
	return nil
}

func (x *deed) addTag() error {
	x.setTag(x.member, x.v.text("tag"), true)
	return nil
}

func (x *deed) removeTag() error {
	x.setTag(x.member, x.v.text("tag"), false)
	return nil
}

// setTag adds or removes a tag, keeping them sorted.
func (t *turn) setTag(m *engine.Member, tag string, on bool) {
	i, has := slices.BinarySearch(m.Tags, tag)
	switch {
	case on && !has:
		m.Tags = slices.Insert(m.Tags, i, tag)
	case !on && has:
		m.Tags = slices.Delete(m.Tags, i, i+1)
	default:
		return
	}
	t.touch(engine.MemberRecord, m.ID)
}

func (x *deed) setAttribute() error {
	x.setAttr(x.member, x.v.text("key"), x.v.fields["value"])
	return nil
}

func (t *turn) setAttr(m *engine.Member, key string, v engine.Value) {
	if m.Attrs == nil {
		m.Attrs = map[string]engine.Value{}
	}
	if v.Kind == engine.Unknown {
		delete(m.Attrs, key)
	} else {
		m.Attrs[key] = v
	}
	t.touch(engine.MemberRecord, m.ID)
}

func (x *deed) moveTier() error {
	ladder := x.v.text("ladder")
	if ladder == "" {
		ladder = x.d.rule.Ladder
	}
	if ladder == "" {
		ladder = engine.DefaultLadder
	}
	to, ok := x.targetTier(ladder)
	if !ok {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	x.made.Ref = ladder + "/" + to
	return x.setTier(x.member, ladder, to, x.d.at)
}

// targetTier is where the effect moves to, ok when that is another tier.
func (x *deed) targetTier(ladder string) (string, bool) {
	l := x.view.Defs.Ladders[ladder]
	now := x.member.Tiers[ladder].Tier
	if to := x.v.text("to"); to != "" || l == nil {
		return to, to != now && to != ""
	}
	up, _ := strconv.Atoi(x.v.text("up"))
	down, _ := strconv.Atoi(x.v.text("down"))
	rank := max(1, int(l.Rank(now))) + up - down
	rank = min(max(rank, 1), len(l.Tiers))
	to := l.Tiers[rank-1].Key
	return to, to != now
}

func (t *turn) setTier(m *engine.Member, ladder, tier string, at engine.Time) error {
	from := m.Tiers[ladder].Tier
	if m.Tiers == nil {
		m.Tiers = map[string]engine.TierState{}
	}
	m.Tiers[ladder] = engine.TierState{Tier: tier, Since: at}
	t.touch(engine.MemberRecord, m.ID)
	if from != "" {
		t.setMark(tierKey(ladder, from, m.ID), nil)
	}
	t.setMark(tierKey(ladder, tier, m.ID), []byte("1"))
	if ladder != engine.DefaultLadder {
		return nil
	}
	return t.mentorTier(m.ID, from, tier)
}

// tierKey is the mark by which those in a tier can be listed.
func tierKey(ladder, tier, member string) string { return "tier|" + ladder + "|" + tier + "|" + member }

// TierPrefix begins the keys of the marks of those in a tier; the member id follows.
func TierPrefix(ladder, tier string) string { return tierKey(ladder, tier, "") }

// defaultLasts is how long a privilege lasts when the rule does not say; 0 for ever.
func (x *deed) defaultLasts(privilege string) engine.Time {
	r := x.view.Defs.Rewards[privilege]
	if r == nil || r.Lasts == "" {
		return 0
	}
	d, err := calendar.ParseDuration(r.Lasts)
	if err != nil {
		return 0
	}
	return engine.Time(d.Microseconds())
}

func (x *deed) emit() error {
	child := engine.Event{Type: x.v.text("type"), At: x.d.at, Props: x.v.props,
		Group: x.d.occ.event.Group, Content: x.d.occ.event.Content, Origin: x.d.occ.event.Origin}
	if x.member != nil {
		child.MemberID, child.Member = x.member.ID, engine.MemberRef{ID: x.member.ID}
	}
	if !x.d.occ.family.emit(x.d.occ.event, child) {
		x.made.Reason = engine.CapReached
	}
	return nil
}
