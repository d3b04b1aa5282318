package machine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// preload reads in a few queries what the events of a turn will touch, so that
// deciding mostly finds it in memory.
func (t *turn) preload(in []*incoming) error {
	var keys []engine.RecordKey
	for _, x := range in {
		for _, r := range [...]engine.MemberRef{x.event.Member, x.event.To} {
			if r.ID == "" && !r.IsZero() {
				keys = append(keys, engine.RecordKey{Kind: engine.IdentityRecord, Key: r.Key()})
			}
		}
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	keys = keys[:0]
	for _, x := range in {
		for _, r := range [...]engine.MemberRef{x.event.Member, x.event.To} {
			if id := t.resolved(r); id != "" {
				keys = append(keys, engine.RecordKey{Kind: engine.MemberRecord, Key: id})
			}
		}
		if x.event.Group != "" {
			keys = append(keys, engine.RecordKey{Kind: engine.GroupRecord, Key: x.event.Group})
		}
		if x.event.Content != "" {
			keys = append(keys, engine.RecordKey{Kind: engine.ContentRecord, Key: x.event.Content})
		}
	}
	cold := t.cold(keys)
	if err := t.ensure(keys); err != nil {
		return err
	}
	return t.preloadCells(in, cold)
}

// cold lists the members that the cache does not know yet: their cells are not
// there either.
func (t *turn) cold(keys []engine.RecordKey) []string {
	var ids []string
	for _, k := range keys {
		if k.Kind == engine.MemberRecord && !t.known(k) {
			ids = append(ids, k.Key)
		}
	}
	return ids
}

// resolved is the member id of a reference, "" while nobody has that identity.
func (t *turn) resolved(r engine.MemberRef) string {
	if r.ID != "" || r.IsZero() {
		return r.ID
	}
	id, _ := t.cache.identities.get(r.Key())
	return id
}

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

// one accepts a single event of a family.
func (t *turn) one(e *engine.Event, fam *family) error {
	m, err := t.subject(e)
	if err != nil {
		return err
	}
	g, err := t.group(e.Group)
	if err != nil {
		return err
	}
	c, err := t.content(e.Content)
	if err != nil {
		return err
	}
	t.personal(e)
	if m != nil {
		if err := t.noteTime(e, m); err != nil {
			return err
		}
	}
	if err := t.apply(&occasion{event: e, member: m, group: g, content: c, family: fam}); err != nil {
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
	if e.History || strings.HasPrefix(e.Type, engine.ReservedPrefix) {
		return nil
	}
	return t.decideEvent(e, m, g, c, fam)
}

// occasion is an event with the things it is about.
type occasion struct {
	event   *engine.Event
	member  *engine.Member
	group   *engine.Group
	content *engine.Content
	family  *family
}

// subject finds or makes the members of an event.
func (t *turn) subject(e *engine.Event) (*engine.Member, error) {
	if !e.To.IsZero() {
		to, err := t.findOrMake(e.To, e, "t")
		if err != nil {
			return nil, err
		}
		e.ToID = to.ID
	}
	if e.Member.IsZero() && e.MemberID == "" {
		return nil, nil
	}
	m, err := t.findOrMake(e.Member, e, "m")
	if err != nil {
		return nil, err
	}
	e.MemberID = m.ID
	return m, nil
}

// findOrMake gives the member of a reference. An unknown one is created with an
// id made from the event's position, so that a replay makes the same.
func (t *turn) findOrMake(r engine.MemberRef, e *engine.Event, prefix string) (*engine.Member, error) {
	if r.ID == "" {
		if err := t.ensure([]engine.RecordKey{{Kind: engine.IdentityRecord, Key: r.Key()}}); err != nil {
			return nil, err
		}
	}
	id := t.resolved(r)
	if id == "" {
		id = prefix + strconv.FormatInt(e.Position, 36)
		t.nothingOf(id)
	}
	m, err := t.member(id)
	if err != nil || m != nil {
		return m, err
	}
	m = &engine.Member{ID: id, JoinedAt: e.At, Origin: e.Origin, Channel: r.Channel}
	if r.ID == "" {
		m.Identities = []engine.Identity{r.Identity}
		t.cache.identities.put(r.Key(), id)
		t.touch(engine.IdentityRecord, r.Key())
	}
	t.cache.members.put(id, m)
	t.touch(engine.MemberRecord, id)
	return m, nil
}

// nothingOf says that the store has nothing yet of a member whose id was just
// made, so that nobody asks.
func (t *turn) nothingOf(id string) {
	t.cache.members.put(id, nil)
	t.cache.marks.put("new|"+id, nil)
	for _, metric := range t.view.memberMetrics {
		if ref, why := t.view.plan.Reads(metric, nil, window.Subject{Member: id}); why == "" {
			t.cache.cells.put(ref.Key, nothingYet)
		}
	}
}

// noteTime keeps the member's newest event time, in a record of its own because
// it moves with every event, and marks events that come too late to decide.
func (t *turn) noteTime(e *engine.Event, m *engine.Member) error {
	key := "new|" + m.ID
	b, err := t.mark(key)
	if err != nil {
		return err
	}
	newest, err := markInt(b)
	if err != nil {
		return fmt.Errorf("mark %s: %w", key, err)
	}
	if !e.History && engine.Time(newest)-e.At > engine.Time(engine.LateAfter.Microseconds()) {
		e.Late = true
	}
	if int64(e.At) > newest {
		t.setMark(key, strconv.AppendInt(nil, int64(e.At), 10))
	}
	if e.At < m.JoinedAt && !m.Joined {
		m.JoinedAt = e.At
		t.touch(engine.MemberRecord, m.ID)
	}
	return nil
}

// markInt reads a number that a mark holds; an absent mark is 0.
func markInt(b []byte) (int64, error) {
	if b == nil {
		return 0, nil
	}
	return strconv.ParseInt(string(b), 10, 64)
}

// personal moves declared personal properties out of the event, so that the log
// never holds them.
func (t *turn) personal(e *engine.Event) {
	typ := t.view.Defs.EventTypes[e.Type]
	if typ == nil || e.MemberID == "" {
		return
	}
	kept := e.Props[:0:0]
	for _, p := range e.Props {
		if f, ok := typ.FieldNamed(p.Name); !ok || !f.Personal {
			kept = append(kept, p)
			continue
		}
		t.changes.Personal = append(t.changes.Personal,
			engine.PersonalField{Member: e.MemberID, Position: e.Position, Name: p.Name, Value: p.Value.Text()},
			engine.PersonalField{Member: e.MemberID, Name: p.Name, Value: p.Value.Text()})
	}
	e.Props = kept
}

// cover notes since when a channel is heard of at all, for "zero where we were
// listening". Imported history reaches further back.
func (t *turn) cover(e *engine.Event) error {
	channel := e.Member.Channel
	if channel == "" {
		return nil
	}
	key := "cov|" + channel
	b, err := t.mark(key)
	if err != nil || b != nil && !e.History {
		return err
	}
	since, err := markInt(b)
	if err != nil {
		return fmt.Errorf("mark %s: %w", key, err)
	}
	if b == nil || int64(e.At) < since {
		t.setMark(key, strconv.AppendInt(nil, int64(e.At), 10))
	}
	return nil
}
