package machine

import (
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// seat is whether a group has room for one more.
func (t *turn) seat(group string) (bool, error) {
	g, err := t.group(group)
	if err != nil || g == nil {
		return false, err
	}
	def := t.view.Defs.Groups[group]
	return !g.Closed && (def == nil || def.Capacity == 0 || g.Size < def.Capacity), nil
}

// join puts a member into a group; being there already changes nothing.
func (t *turn) join(m *engine.Member, group string, at engine.Time, via string) error {
	if m.InGroup(group) {
		return nil
	}
	g, err := t.group(group)
	if err != nil || g == nil {
		return err
	}
	if m.Groups == nil {
		m.Groups = map[string]engine.Membership{}
	}
	m.Groups[group] = engine.Membership{Since: at, Via: via}
	g.Size++
	if g.FirstAt == 0 {
		g.FirstAt = at
	}
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.GroupRecord, group)
	t.setMark(rosterKey(group, m.ID), []byte("1"))
	return t.queue(group, m.ID, false)
}

// leave takes a member out of a group, with the offices held there.
func (t *turn) leave(m *engine.Member, group string) error {
	ms, in := m.Groups[group]
	if !in {
		return nil
	}
	g, err := t.group(group)
	if err != nil {
		return err
	}
	delete(m.Groups, group)
	g.Size--
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.GroupRecord, group)
	t.setMark(rosterKey(group, m.ID), nil)
	if len(ms.Roles) > 0 {
		return t.officer(group, m.ID, false)
	}
	return nil
}

// leaveAll takes a member out of every group.
func (t *turn) leaveAll(m *engine.Member) error {
	for _, g := range sortedKeys(m.Groups) {
		if err := t.leave(m, g); err != nil {
			return err
		}
	}
	return nil
}

// queue adds somebody to a group's waiting list or takes them off it.
func (t *turn) queue(group, member string, on bool) error {
	list, err := t.list(waitingKey(group))
	if err != nil {
		return err
	}
	i := slices.Index(list, member)
	switch {
	case on && i < 0:
		list = append(list, member)
	case !on && i >= 0:
		list = slices.Delete(list, i, i+1)
	default:
		return nil
	}
	t.setList(waitingKey(group), list)
	return nil
}

// releaseWaiting admits the first of a waiting list, as many as asked for and
// as there are seats; or one person named as the event's member.
func releaseWaiting(t *turn, o *occasion) error {
	group := o.event.Group
	waiting, err := t.list(waitingKey(group))
	if err != nil {
		return err
	}
	count := max(o.event.Prop("count").Num, 1)
	if o.member != nil {
		waiting, count = []string{o.member.ID}, 1
	}
	for _, id := range waiting {
		free, err := t.seat(group)
		if err != nil {
			return err
		}
		if count == 0 || !free {
			return nil
		}
		if err := t.queue(group, id, false); err != nil {
			return err
		}
		m, err := t.member(id)
		if err != nil {
			return err
		}
		if m == nil || m.LeftAt != 0 || m.InGroup(group) {
			continue
		}
		if err := t.join(m, group, o.event.At, "waiting list"); err != nil {
			return err
		}
		if err := t.fileApplication(o, id, "admitted", application{Event: o.event.Position}); err != nil {
			return err
		}
		count--
	}
	return nil
}

// declineWaiting takes somebody off a waiting list: their application is
// answered no by a person, with that person's reason.
func declineWaiting(t *turn, o *occasion) error {
	waiting, err := t.list(waitingKey(o.event.Group))
	if err != nil || !slices.Contains(waiting, o.member.ID) {
		return err
	}
	if err := t.queue(o.event.Group, o.member.ID, false); err != nil {
		return err
	}
	body := application{Event: o.event.Position}
	if s := o.text("reason"); s != "" {
		body.Reasons = []engine.Text{{En: s, Zh: s}}
	}
	return t.fileApplication(o, o.member.ID, applicationStates[deny], body)
}

// dissolve hands the members of a closed group over, a chunk at a time.
func (t *turn) dissolve(o *occasion, b *timerBody) error {
	ids, err := t.marksUnder(RosterPrefix(b.Key))
	if err != nil {
		return err
	}
	if len(ids) > chunkSize {
		ids = ids[:chunkSize]
		b.Count++
		t.timer(o.event.At, "dissolve", keyOf("dissolve", b.Key, strconv.Itoa(b.Count)), *b)
	}
	if err := t.ensureMembers(ids); err != nil {
		return err
	}
	for _, id := range ids {
		m, err := t.member(id)
		if err != nil {
			return err
		}
		if m == nil || m.ID != id {
			continue
		}
		if err := t.handOver(m, b.Key, b.Ref, o.event.At); err != nil {
			return err
		}
	}
	return nil
}

// handOver moves a member from a dissolved group into another, or onto its
// waiting list.
func (t *turn) handOver(m *engine.Member, from, to string, at engine.Time) error {
	if err := t.leave(m, from); err != nil || to == "" || m.InGroup(to) {
		return err
	}
	free, err := t.seat(to)
	switch {
	case err != nil:
		return err
	case !free:
		return t.queue(to, m.ID, true)
	}
	return t.join(m, to, at, "hand-over")
}
