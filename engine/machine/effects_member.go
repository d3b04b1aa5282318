package machine

import (
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// awardBadge gives a badge. Ref is empty where the member has it already: there
// is nothing to take back then.
func (x *deed) awardBadge() error {
	badge := x.v.text("badge")
	if _, has := x.member.Badges[badge]; has {
		if x.d.rule.Once == engine.OncePerMember {
			x.made.Reason = engine.AlreadyDone
		}
		return nil
	}
	x.turn.setBadge(x.member, badge, x.d.at)
	x.made.Ref = badge
	return nil
}

func (t *turn) setBadge(m *engine.Member, badge string, at engine.Time) {
	if m.Badges == nil {
		m.Badges = map[string]engine.Time{}
	}
	m.Badges[badge] = at
	t.touch(engine.MemberRecord, m.ID)
}

func (x *deed) revokeBadge() error {
	badge := x.v.text("badge")
	if _, has := x.member.Badges[badge]; !has {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	delete(x.member.Badges, badge)
	x.touchMember()
	return nil
}

// grantPrivilege gives a privilege, or longer of one; it never shortens.
func (x *deed) grantPrivilege() error {
	key := x.v.text("privilege")
	lasts := x.lasts("lasts")
	if lasts == 0 {
		lasts = x.defaultLasts(key)
	}
	until := engine.Time(0)
	if lasts > 0 {
		until = x.in(lasts)
	}
	had, has := x.member.Privileges[key]
	if has && (had == 0 || until != 0 && until <= had) {
		return nil
	}
	x.setPrivilege(x.member, key, until)
	if !has {
		x.made.Ref = key
	}
	return nil
}

func (t *turn) setPrivilege(m *engine.Member, key string, until engine.Time) {
	if m.Privileges == nil {
		m.Privileges = map[string]engine.Time{}
	}
	m.Privileges[key] = until
	t.touch(engine.MemberRecord, m.ID)
	if until != 0 {
		t.timer(until, "privilege", keyOf("priv", m.ID, key), timerBody{Member: m.ID, Key: key})
	}
}

// lapse takes a privilege whose time is over.
func (t *turn) lapse(m *engine.Member, key string, due engine.Time) {
	if m != nil && m.Privileges[key] != 0 && m.Privileges[key] <= due {
		delete(m.Privileges, key)
		t.touch(engine.MemberRecord, m.ID)
	}
}

func (x *deed) revokePrivilege() error {
	key := x.v.text("privilege")
	if _, has := x.member.Privileges[key]; !has {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	delete(x.member.Privileges, key)
	x.touchMember()
	return nil
}

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

func (x *deed) addTag() error {
	if x.setTag(x.member, x.v.text("tag"), true) {
		x.made.Ref = x.v.text("tag")
	}
	return nil
}

func (x *deed) removeTag() error {
	if x.setTag(x.member, x.v.text("tag"), false) {
		x.made.Ref = x.v.text("tag")
	}
	return nil
}

// setTag adds or removes a tag, keeping them sorted, and says whether that
// changed anything.
func (t *turn) setTag(m *engine.Member, tag string, on bool) bool {
	i, has := slices.BinarySearch(m.Tags, tag)
	switch {
	case on && !has:
		m.Tags = slices.Insert(m.Tags, i, tag)
	case !on && has:
		m.Tags = slices.Delete(m.Tags, i, i+1)
	default:
		return false
	}
	t.touch(engine.MemberRecord, m.ID)
	return true
}

// setAttribute sets an attribute. One that is declared personal is kept where
// personal values are, and is not shown in the decision.
func (x *deed) setAttribute() error {
	key, v := x.v.text("key"), x.v.fields["value"]
	if a := x.view.Defs.Attributes[key]; a != nil && a.Personal {
		x.keepPersonal(x.member.ID, x.d.Position, key, v.Text0())
		delete(x.v.fields, "value")
		return nil
	}
	x.setAttr(x.member, key, v)
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

// ladderOf is the ladder that an effect of a rule means.
func ladderOf(r *engine.Rule, named string) string {
	switch {
	case named != "":
		return named
	case r.Ladder != "":
		return r.Ladder
	}
	return engine.DefaultLadder
}

// moveTier moves the member on a ladder. The promotion of a tier rule never
// moves down: another rule of the same event may have moved the member higher.
func (x *deed) moveTier() error {
	ladder := ladderOf(x.d.rule, x.v.text("ladder"))
	l, now := x.view.Defs.Ladders[ladder], x.member.Tiers[ladder].Tier
	if l == nil {
		x.made.Reason = engine.FieldUnknown
		return nil
	}
	to := x.targetTier(l, now)
	promotes := x.d.rule.Tier != nil && x.number == 0 && ladder == x.d.rule.Tier.Ladder && to == x.d.rule.Tier.To
	switch {
	case l.Rank(to) == 0:
		x.made.Reason = engine.FieldUnknown
		return nil
	case to == now || promotes && l.Rank(now) >= l.Rank(to):
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	x.made.Ref = ladder + "/" + to
	x.made.Fields["to"] = engine.StringValue(to)
	if now != "" {
		x.made.Fields["from"] = engine.StringValue(now)
	}
	x.setTier(x.member, ladder, to, x.d.at)
	return nil
}

// targetTier is where the effect moves to.
func (x *deed) targetTier(l *engine.Ladder, now string) string {
	if to := x.v.text("to"); to != "" {
		return to
	}
	up, _ := strconv.Atoi(x.v.text("up")) // one of them is given, checked with the rule
	down, _ := strconv.Atoi(x.v.text("down"))
	rank := max(1, int(l.Rank(now))) + up - down
	return l.Tiers[min(max(rank, 1), len(l.Tiers))-1].Key
}

func (t *turn) setTier(m *engine.Member, ladder, tier string, at engine.Time) {
	from := m.Tiers[ladder].Tier
	if m.Tiers == nil {
		m.Tiers = map[string]engine.TierState{}
	}
	m.Tiers[ladder] = engine.TierState{Tier: tier, Since: at}
	t.touch(engine.MemberRecord, m.ID)
	t.standing(m.ID, ladder, from, tier)
}

// standing keeps the lists of who is in a tier, and how many, in step with a
// member's move; an empty tier is none.
func (t *turn) standing(member, ladder, from, to string) {
	if from == to {
		return
	}
	if from != "" {
		t.setMark(tierKey(ladder, from, member), nil)
		t.countBy(-1, figureKey{engine.TierFigure, 0, ladder, from}, t.at)
	}
	if to != "" {
		t.setMark(tierKey(ladder, to, member), []byte("1"))
		t.count(engine.TierFigure, t.at, ladder, to)
	}
}
