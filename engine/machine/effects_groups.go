package machine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

func (x *deed) joinGroup() error { return x.enter(x.v.text("group")) }

// enter puts the member into a group if there is a seat.
func (x *deed) enter(group string) error {
	if x.member.InGroup(group) {
		x.made.Reason = engine.AlreadyDone
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
	x.made.Ref = group
	return x.join(x.member, group, x.d.at, x.d.rule.Key)
}

func (x *deed) leaveGroup() error {
	if !x.member.InGroup(x.v.text("group")) {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	x.made.Ref = x.v.text("group")
	return x.leave(x.member, x.made.Ref)
}

// moveGroup moves only who is there, and only where there is a seat.
func (x *deed) moveGroup() error {
	from, to := x.v.text("from"), x.v.text("to")
	if from == to || !x.member.InGroup(from) {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	if err := x.enter(to); err != nil || x.made.Reason == engine.NoSeat {
		return err
	}
	x.made.Reason = ""
	return x.leave(x.member, from)
}

func (x *deed) appoint() error { return x.setOffice(true) }

func (x *deed) dismiss() error { return x.setOffice(false) }

// setOffice gives or takes an office. Only members of the group hold one.
func (x *deed) setOffice(on bool) error {
	group, role := x.v.text("group"), x.v.text("role")
	ms, in := x.member.Groups[group]
	switch _, has := slices.BinarySearch(ms.Roles, role); {
	case !in:
		x.made.Reason = engine.WrongKind
		return nil
	case has == on:
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	x.made.Ref = role
	return x.office(x.member, group, role, on)
}

// office gives or takes an officer's role; who is not in the group holds none.
func (t *turn) office(m *engine.Member, group, role string, on bool) error {
	ms, in := m.Groups[group]
	i, has := slices.BinarySearch(ms.Roles, role)
	if !in || on == has || role == "" {
		return nil
	}
	if on {
		ms.Roles = slices.Insert(slices.Clone(ms.Roles), i, role)
	} else {
		ms.Roles = slices.Delete(slices.Clone(ms.Roles), i, i+1)
	}
	m.Groups[group] = ms
	t.touch(engine.MemberRecord, m.ID)
	return t.officer(group, m.ID, len(ms.Roles) > 0)
}

// officer keeps the list of a group's officers as one mark, for messages and
// tasks to them.
func (t *turn) officer(group, member string, on bool) error {
	list, err := t.list(officersKey(group))
	if err != nil {
		return err
	}
	i, has := slices.BinarySearch(list, member)
	switch {
	case on && !has:
		list = slices.Insert(list, i, member)
	case !on && has:
		list = slices.Delete(list, i, i+1)
	default:
		return nil
	}
	t.setList(officersKey(group), list)
	return nil
}

func (x *deed) setGroup() error { return x.adjustGroup(x.v.text("group"), x.v.text) }

// adjustGroup sets what is given of a group's phase, intake and stage.
func (t *turn) adjustGroup(group string, get func(string) string) error {
	g, err := t.group(group)
	if err != nil || g == nil {
		return err
	}
	if s := get("phase"); s != "" {
		g.Phase = s
	}
	if s := get("intake"); s != "" {
		g.Intake = s
	}
	if n, err := strconv.ParseInt(get("stage"), 10, 64); err == nil {
		g.Stage = n
	}
	t.touch(engine.GroupRecord, group)
	return nil
}

// openGroup defines another group like one, with the next free number, as a
// definition of the next revision. It has no room of its own yet.
func (x *deed) openGroup() error {
	like := x.view.Defs.Groups[x.v.text("like")]
	if like == nil {
		x.made.Reason = engine.FieldUnknown
		return nil
	}
	counter := keyOf("like", like.Key)
	n, err := x.counter(counter)
	if err != nil {
		return err
	}
	def := *like
	for n = max(n, 1) + 1; ; n++ {
		def.Key = fmt.Sprintf("%s-%d", like.Key, n)
		if x.view.Defs.Groups[def.Key] == nil {
			break
		}
	}
	x.setCounter(counter, n)
	def.Title = engine.Text{En: numbered(like.Title.En, n), Zh: numbered(like.Title.Zh, n)}
	def.OverflowOf, def.Address = like.Key, ""
	x.define(engine.DefineGroup, def.Key, def, x.d.at)
	x.made.Ref = def.Key
	return nil
}

func numbered(s string, n int64) string {
	if s == "" {
		return ""
	}
	return s + " " + strconv.FormatInt(n, 10)
}

// define writes a definition from within a turn: it is in force from the next turn.
func (t *turn) define(kind engine.DefinitionKind, key string, body any, at engine.Time) {
	t.changes.Revision = t.view.Lane.Revision + 1
	t.changes.Definitions = append(t.changes.Definitions, engine.Definition{
		Kind: kind, Key: key, Revision: t.changes.Revision, Body: mustJSON(body), By: "rule", At: at})
}

// dissolveGroup closes a group to newcomers and hands its members over, in
// chunks, to another group or to none.
func (x *deed) dissolveGroup() error {
	group, to := x.v.text("group"), x.v.text("to")
	g, err := x.group(group)
	if err != nil {
		return err
	}
	if g.Closed {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	g.Closed, g.Intake = true, "closed"
	x.touch(engine.GroupRecord, group)
	x.timer(x.d.at, "dissolve", keyOf("dissolve", group), timerBody{Key: group, Ref: to})
	x.made.Ref = group
	return nil
}
