package machine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// process accepts one event: folds it in, decides, applies, and does the same
// for what it emits. It answers the decisions of the event and its children.
func (t *turn) process(e *engine.Event) ([]engine.Decision, error) {
	family := &family{next: e.Position + 1, outer: e.Position}
	family.queue = append(family.queue, e)
	t.answers = nil
	t.outer, t.made = e.Position, 0
	for i := 0; i < len(family.queue); i++ {
		if err := t.one(family.queue[i], family); err != nil {
			return nil, err
		}
	}
	return t.answers, nil
}

// family is an event from outside and what it emits.
type family struct {
	outer int64
	next  int64 // position of the next child
	queue []*engine.Event
}

// emit queues a child of e; false when it would be too deep or one too many.
func (f *family) emit(e *engine.Event, child engine.Event) bool {
	if e.Depth >= engine.MaxEmitDepth || f.next-f.outer >= engine.PositionStride {
		return false
	}
	child.Source, child.ID = "emitted", strconv.FormatInt(f.next, 10)
	child.Position, child.Parent, child.Depth = f.next, e.Position, e.Depth+1
	child.Revision, child.History = e.Revision, e.History
	f.next++
	f.queue = append(f.queue, &child)
	return true
}

// occasion is an event with the things it is about.
type occasion struct {
	event   *engine.Event
	member  *engine.Member
	group   *engine.Group
	content *engine.Content
	family  *family
	place   int64 // where decisions about it stand in the order, when not at the event
	clock   bool  // a schedule's or review's: the event only gives it its place and group
}

// position is where decisions about the occasion stand in the order.
func (o *occasion) position() int64 {
	if o.place != 0 {
		return o.place
	}
	return o.event.Position
}

func (o *occasion) text(prop string) string { return o.event.Prop(prop).Text0() }

func reserved(typ string) bool { return strings.HasPrefix(typ, engine.ReservedPrefix) }

// one accepts a single event of a family.
func (t *turn) one(e *engine.Event, fam *family) error {
	t.reach(e.Position)
	o := &occasion{event: e, family: fam}
	if err := t.introduce(o); err != nil {
		return err
	}
	t.personal(e)
	if err := t.noteTime(o); err != nil {
		return err
	}
	if err := t.apply(o); err != nil {
		return err
	}
	if err := t.cover(e); err != nil {
		return err
	}
	if err := t.fold(e); err != nil {
		return err
	}
	t.changes.Events = append(t.changes.Events, engine.StoredEvent{
		Position: e.Position, Revision: e.Revision, At: e.At, Type: e.Type, Member: e.MemberID, Body: engine.EncodeEvent(e)})
	if e.History || reserved(e.Type) {
		return nil
	}
	return t.decideEvent(o)
}

// introduce finds or makes what an event is about.
func (t *turn) introduce(o *occasion) (err error) {
	e := o.event
	if !e.To.IsZero() {
		to, err := t.findOrMake(e.To, e, "t")
		if err != nil {
			return err
		}
		e.ToID = to.ID
	}
	if !e.Member.IsZero() {
		if o.member, err = t.findOrMake(e.Member, e, "m"); err != nil {
			return err
		}
		e.MemberID = o.member.ID
	}
	if o.group, err = t.group(e.Group); err != nil {
		return err
	}
	o.content, err = t.content(e.Content)
	return err
}

// findOrMake gives the member of a reference. An unknown one is created with an
// id made from the event's position, so that a replay makes the same.
func (t *turn) findOrMake(r engine.MemberRef, e *engine.Event, prefix string) (*engine.Member, error) {
	id := r.ID
	if id == "" {
		if t.cache.identities.find(r.Key()) == nil {
			if err := t.ensureOne(engine.IdentityRecord, r.Key()); err != nil {
				return nil, err
			}
		}
		if id = t.resolved(r); id == "" {
			id = prefix + strconv.FormatInt(e.Position, 36)
			t.nothingOf(id)
		}
	}
	m, err := t.member(id)
	if err != nil || m != nil {
		return m, err
	}
	if r.ID != "" {
		return nil, fmt.Errorf("no member has the id %q", id)
	}
	m = &engine.Member{ID: id, JoinedAt: e.At, Origin: e.Origin, Channel: r.Channel, Identities: []engine.Identity{r.Identity}}
	t.cache.identities.touch(t.cache.identities.put(r.Key(), id))
	t.cache.members.touch(t.cache.members.put(id, m))
	t.setCounter(everybody+id, 0)
	return m, nil
}

// nothingOf says that the store has nothing yet of a member whose id was just
// made, so that nobody asks.
func (t *turn) nothingOf(id string) {
	t.cache.members.put(id, nil)
	t.cache.marks.put(everybody+id, nil)
	for _, key := range t.view.cellKeys(nil, id) {
		t.cache.cells.put(key, slot{})
	}
}

// noteTime keeps the member's newest event time, in a record of its own because
// it moves with every event, and marks events that come too late to decide.
// Changes made by hand are no sign of life.
func (t *turn) noteTime(o *occasion) error {
	e, m := o.event, o.member
	if m == nil || reserved(e.Type) {
		return nil
	}
	key := everybody + m.ID
	newest, err := t.counter(key)
	if err != nil {
		return err
	}
	if !e.History && engine.Time(newest)-e.At > engine.Time(engine.LateAfter.Microseconds()) {
		e.Late = true
	}
	if int64(e.At) > newest {
		t.setCounter(key, int64(e.At))
	}
	if e.At < m.JoinedAt && !m.Joined {
		m.JoinedAt = e.At
		t.touch(engine.MemberRecord, m.ID)
	}
	return nil
}

// cover notes since when a channel is heard of at all, for "zero where we were
// listening". Imported history reaches further back.
func (t *turn) cover(e *engine.Event) error {
	channel := e.Member.Channel
	if channel == "" || reserved(e.Type) {
		return nil
	}
	key := coverageKey(channel)
	since, err := t.counter(key)
	if err != nil || since != 0 && !e.History {
		return err
	}
	if since == 0 || int64(e.At) < since {
		t.setCounter(key, int64(e.At))
	}
	return nil
}
