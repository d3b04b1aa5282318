package machine

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// process accepts one event: folds it in, decides, applies, and does the same
// for what it emits. It answers the decisions of the event and its children.
func (t *turn) process(x *incoming) ([]engine.Decision, error) {
	e := x.event
	family := &t.family
	family.in, family.next, family.outer = x, e.Position+1, e.Position
	family.queue = append(family.queue[:0], e)
	t.answers = nil
	t.outer, t.made = e.Position, 0
	for i := 0; i < len(family.queue); i++ {
		if err := t.one(family.queue[i], family); err != nil {
			return nil, err
		}
		if err := t.keepPast(family.queue[i].Position); err != nil {
			return nil, err
		}
	}
	return t.answers, nil
}

// family is an event from outside and what it emits.
type family struct {
	in    *incoming
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
	desk    *desk // the member's, of a simulation; nil: look it up
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
	t.at = e.At
	o := &t.occasion
	*o = occasion{event: e, family: fam}
	if err := t.bring(o); err != nil {
		return err
	}
	if t.sim != nil && t.sim.forgets {
		return t.decides(o)
	}
	if !reserved(e.Type) {
		t.count(engine.EventFigure, e.At, e.Type, "")
	}
	t.changes.Events = append(t.changes.Events, engine.StoredEvent{
		Position: e.Position, Revision: e.Revision, At: e.At, Type: e.Type, Member: e.MemberID, Body: engine.EncodeEvent(e)})
	return t.decides(o)
}

func (t *turn) decides(o *occasion) error {
	if o.event.History && (t.sim == nil || !t.sim.history) || reserved(o.event.Type) {
		return nil
	}
	return t.decideEvent(o)
}

// bring does with an event what is done before rules look at it.
func (t *turn) bring(o *occasion) error {
	if err := t.introduce(o); err != nil {
		return err
	}
	t.personal(o.event)
	if err := t.noteTime(o); err != nil {
		return err
	}
	if err := t.apply(o); err != nil {
		return err
	}
	if err := t.cover(o.event); err != nil {
		return err
	}
	return t.fold(o)
}

// introduce finds or makes what an event is about.
func (t *turn) introduce(o *occasion) (err error) {
	e := o.event
	who, toWhom := "", ""
	if e == o.family.in.event {
		who, toWhom = o.family.in.who, o.family.in.to
	}
	if !e.To.IsZero() {
		to, err := t.findOrMake(e.To, toWhom, e, "t")
		if err != nil {
			return err
		}
		e.ToID = to.ID
	}
	if !e.Member.IsZero() {
		if o.desk = o.deskOf(t); o.desk != nil {
			o.member = o.desk.member.value
		} else if o.member, err = t.findOrMake(e.Member, who, e, "m"); err != nil {
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

// findOrMake gives the member of a reference; key is its identity's, "" where
// it was not written yet. An unknown one is created with an id made from the
// event's position, so that a replay makes the same.
func (t *turn) findOrMake(r engine.MemberRef, key string, e *engine.Event, prefix string) (*engine.Member, error) {
	if r.ID != "" {
		m, err := t.member(r.ID)
		if err == nil && m == nil {
			err = fmt.Errorf("no member has the id %q", r.ID)
		}
		return m, err
	}
	if key == "" {
		key = r.Key()
	}
	x := t.cache.identities.find(key)
	if x == nil {
		if err := t.ensureOne(engine.IdentityRecord, key); err != nil {
			return nil, err
		}
		x = t.cache.identities.find(key)
	}
	if x.value != "" {
		m, err := t.member(x.value)
		if err == nil && m == nil {
			err = fmt.Errorf("identity %s: its member %s does not exist", key, x.value)
		}
		return m, err
	}
	return t.create(x, prefix+strconv.FormatInt(t.logged(e.Position), 36), r.Identity, e), nil
}

// create makes the member of an identity.
func (t *turn) create(x *entry[string], id string, identity engine.Identity, e *engine.Event) *engine.Member {
	t.nothingOf(id)
	m := &engine.Member{ID: id, JoinedAt: e.At, Origin: e.Origin, Channel: identity.Channel, Identities: []engine.Identity{identity}}
	x.value = id
	t.cache.identities.touch(x)
	t.cache.members.touch(t.cache.members.put(id, m))
	t.cache.newest.touch(t.cache.newest.put(id, 0))
	t.count(engine.MemberFigure, e.At, engine.FigureJoined, "")
	return m
}

// nothingOf says that the store has nothing yet of a member whose id was just
// made, so that nobody asks.
func (t *turn) nothingOf(id string) {
	for _, key := range t.view.cellKeys(nil, id) {
		t.cache.cells.put(key, slot{})
	}
}

// newest is the place of a member's newest event time.
func (t *turn) newest(member string) (*entry[engine.Time], error) {
	if e := t.cache.newest.find(member); e != nil {
		return e, nil
	}
	found, err := t.tx.Load(t.ctx, []engine.RecordKey{{Kind: engine.MarkRecord, Key: everybody + member}})
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	for k, body := range found {
		if err := t.remember(k, body); err != nil {
			return nil, err
		}
	}
	if e := t.cache.newest.find(member); e != nil {
		return e, nil
	}
	return t.cache.newest.put(member, 0), nil
}

// newestOf is the place of the newest event time of an occasion's member.
func (t *turn) newestOf(o *occasion) (*entry[engine.Time], error) {
	if o.desk != nil {
		return o.desk.newest, nil
	}
	return t.newest(o.member.ID)
}

// lateAfter is engine.LateAfter in microseconds.
const lateAfter = engine.Time(engine.LateAfter / time.Microsecond)

// noteTime keeps the member's newest event time, in a record of its own because
// it moves with every event, and marks events that come too late to decide.
// Changes made by hand are no sign of life.
func (t *turn) noteTime(o *occasion) error {
	e, m := o.event, o.member
	if m == nil || reserved(e.Type) {
		return nil
	}
	newest, err := t.newestOf(o)
	if err != nil {
		return err
	}
	if !e.History && newest.value-e.At > lateAfter {
		e.Late = true
	}
	if e.At > newest.value {
		newest.value = e.At
		t.cache.newest.touch(newest)
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
	if channel == "" || t.cache.heard[channel] && !e.History || reserved(e.Type) {
		return nil
	}
	t.cache.heard[channel] = true
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
