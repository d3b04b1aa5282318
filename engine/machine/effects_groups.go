package machine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// seat is whether a group has room for one more.
func (t *turn) seat(group string) (bool, error) {
	g, err := t.group(group)
	if err != nil {
		return false, err
	}
	def := t.view.Defs.Groups[group]
	return !g.Closed && (def == nil || def.Capacity == 0 || g.Size < def.Capacity), nil
}

func (x *deed) joinGroup() error {
	return x.enter(x.v.text("group"))
}

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
	return x.leave(x.member, x.v.text("group"))
}

// moveGroup moves only who is there, and only where there is a seat.
func (x *deed) moveGroup() error {
	from, to := x.v.text("from"), x.v.text("to")
	if !x.member.InGroup(from) {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	if err := x.enter(to); err != nil || x.made.Reason == engine.NoSeat {
		return err
	}
	x.made.Reason = ""
	return x.leave(x.member, from)
}

func (x *deed) appoint() error {
	return x.office(x.member, x.v.text("group"), x.v.text("role"), true)
}

func (x *deed) dismiss() error {
	return x.office(x.member, x.v.text("group"), x.v.text("role"), false)
}

// office gives or takes an officer's role. Only members of the group hold one.
func (t *turn) office(m *engine.Member, group, role string, on bool) error {
	ms, in := m.Groups[group]
	i, has := slices.BinarySearch(ms.Roles, role)
	if !in || on == has {
		return nil
	}
	if on {
		ms.Roles = slices.Insert(slices.Clone(ms.Roles), i, role)
		t.setMark("office|"+group+"|"+m.ID, []byte("1"))
	} else {
		ms.Roles = slices.Delete(slices.Clone(ms.Roles), i, i+1)
		if len(ms.Roles) == 0 {
			t.setMark("office|"+group+"|"+m.ID, nil)
		}
	}
	m.Groups[group] = ms
	t.touch(engine.MemberRecord, m.ID)
	return t.officers(group, m.ID, len(ms.Roles) > 0)
}

// officers keeps the list of a group's officers as one mark, for messages and
// tasks to them.
func (t *turn) officers(group, member string, on bool) error {
	list, err := t.officersOf(group)
	if err != nil {
		return err
	}
	i, has := slices.BinarySearch(list, member)
	if on == has {
		return nil
	}
	if on {
		list = slices.Insert(list, i, member)
	} else {
		list = slices.Delete(list, i, i+1)
	}
	t.setMark("officers|"+group, mustJSON(list))
	return nil
}

func (t *turn) officersOf(group string) ([]string, error) {
	b, err := t.mark("officers|" + group)
	if err != nil || b == nil {
		return nil, err
	}
	var list []string
	if err := unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("officers of %s: %w", group, err)
	}
	return list, nil
}

func (x *deed) setGroup() error {
	return x.adjustGroup(x.v.text("group"), x.v.text)
}

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
// definition of the next revision.
func (x *deed) openGroup() error {
	like := x.view.Defs.Groups[x.v.text("like")]
	if like == nil {
		x.made.Reason = engine.FieldUnknown
		return nil
	}
	n, err := x.counter("like|" + like.Key)
	if err != nil {
		return err
	}
	n = max(n, 1) + 1
	x.setMark("like|"+like.Key, strconv.AppendInt(nil, n, 10))
	def := *like
	def.Key = fmt.Sprintf("%s-%d", like.Key, n)
	def.Title = engine.Text{En: numbered(like.Title.En, n), Zh: numbered(like.Title.Zh, n)}
	def.OverflowOf = like.Key
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
	x.timer(x.d.at, "dissolve", "dissolve|"+group, timerBody{Key: group, Ref: to})
	x.made.Ref = group
	return nil
}
