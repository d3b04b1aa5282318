package machine

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// preload reads in a few queries what the events of a turn will touch, so that
// deciding mostly finds it in memory.
func (t *turn) preload(in []*incoming) error {
	var keys []engine.RecordKey
	if t.sim == nil {
		keys = make([]engine.RecordKey, 0, 2*len(in))
	}
	for _, x := range in {
		for n, key := range [...]string{x.who, x.to} {
			if n == 0 && x.desk != nil {
				continue
			}
			if key != "" && t.cache.identities.find(key) == nil {
				keys = append(keys, engine.RecordKey{Kind: engine.IdentityRecord, Key: key})
			}
		}
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	keys = keys[:0]
	for _, x := range in {
		if !t.deskFor(x) {
			t.countFor(x, t.whose(x))
		}
		for n, id := range [...]string{x.id, t.resolved(x.event.To.ID, x.to)} {
			if n == 0 && x.desk != nil {
				continue
			}
			if id != "" && t.cache.members.find(id) == nil {
				keys = append(keys, engine.RecordKey{Kind: engine.MemberRecord, Key: id})
			}
		}
		if g := x.event.Group; g != "" && t.cache.groups.find(g) == nil {
			keys = append(keys, engine.RecordKey{Kind: engine.GroupRecord, Key: g})
		}
		if c := x.event.Content; c != "" && t.cache.contents.find(c) == nil {
			keys = append(keys, engine.RecordKey{Kind: engine.ContentRecord, Key: c})
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
		if k.Kind == engine.MemberRecord && t.cache.members.find(k.Key) == nil {
			ids = append(ids, k.Key)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// whose is the id of the member that an event names, "" while nobody has that
// identity.
func (t *turn) whose(x *incoming) string {
	if x.desk != nil {
		return x.desk.member.key
	}
	return t.resolved(x.event.Member.ID, x.who)
}

// resolved is the member id of a reference, "" while nobody has that identity.
func (t *turn) resolved(id, key string) string {
	if id != "" || key == "" {
		return id
	}
	id, _ = t.cache.identities.get(key)
	return id
}

// preloadCells reads the cells that the events will be folded into, and all
// that rules may read of members seen for the first time.
func (t *turn) preloadCells(in []*incoming, cold []string) error {
	var keys []engine.RecordKey
	for _, x := range in {
		for i := range x.cells {
			c := &x.cells[i]
			if c.entry != nil {
				continue
			}
			if c.entry = t.cache.cells.find(c.key); c.entry == nil {
				keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: c.key})
			}
		}
	}
	var own []string
	for _, id := range cold {
		own = t.view.cellKeys(own, id)
		keys = append(keys, engine.RecordKey{Kind: engine.MarkRecord, Key: everybody + id})
	}
	for _, key := range own {
		keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: key})
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	for _, x := range in {
		for i := range x.cells {
			if c := &x.cells[i]; c.entry == nil {
				c.entry = t.cache.cells.find(c.key)
			}
		}
	}
	return t.seatAll(in)
}

// seatAll gives the members of a simulation's events their desks.
func (t *turn) seatAll(in []*incoming) (err error) {
	if t.sim == nil {
		return nil
	}
	for _, x := range in {
		if x.who == "" && x.desk == nil || x.desk != nil && len(x.cells) > 0 && x.cells[0].key == "" {
			continue
		}
		if x.desk == nil {
			if x.desk, err = t.seatAt(x.event.Member.Identity); err != nil {
				return err
			}
		}
		if x.desk != nil && x.found {
			x.desk.remember(t.view.plan, x)
		}
	}
	return nil
}

// countFor notes which cells count an event, while its identity is whose it is
// now. A new member has no cells yet, and personal values, which an event loses
// on its way in, name none.
func (t *turn) countFor(x *incoming, id string) {
	if x.id = id; id == "" || t.view.hasPersonal[x.event.Type] {
		return
	}
	x.event.MemberID = id
	t.cells = t.view.counted(t.cells[:0], x.event)
	x.event.MemberID = ""
	if x.found = true; len(t.cells) == 0 {
		return
	}
	if x.cells = x.room[:0]; len(t.cells) > len(x.room) {
		x.cells = make([]counter, 0, len(t.cells))
	}
	for _, ref := range t.cells {
		x.cells = append(x.cells, counter{key: ref.Key, shape: ref.Shape})
	}
}

// preloadMembers reads members and all that rules may read of them.
func (t *turn) preloadMembers(ids []string) error {
	if err := t.ensureMembers(ids); err != nil {
		return err
	}
	return t.preloadCells(nil, ids)
}

// preloadMetrics reads the cells that a rule's metrics look into, of members in
// one group: those that a review filters by the group under review.
func (t *turn) preloadMetrics(metrics []int, ids []string, group string) error {
	about := &engine.Event{Group: group}
	var keys []engine.RecordKey
	for _, id := range ids {
		for _, m := range metrics {
			ref, why := t.view.plan.Reads(m, about, window.Subject{Member: id, Group: group})
			if why == "" {
				keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: ref.Key})
			}
		}
	}
	return t.ensure(keys)
}

// cellKeys appends the keys of a member's cells that can be named without an event.
func (v *View) cellKeys(out []string, member string) []string {
	for _, metric := range v.memberMetrics {
		if ref, why := v.plan.Reads(metric, nil, window.Subject{Member: member}); why == "" {
			out = append(out, ref.Key)
		}
	}
	return out
}

// counted appends the cells that count an event; changes made by hand are none.
// What happened to a member, or was made by a rule, is nothing that the member
// did: counts of every type leave it out, so that a message to the silent does
// not end their silence.
func (v *View) counted(out []window.CellRef, e *engine.Event) []window.CellRef {
	if reserved(e.Type) {
		return out
	}
	from := len(out)
	out = v.plan.Keys(out, e)
	if len(v.anyShapes) == 0 || v.livens(e) {
		return out
	}
	return append(out[:from], slices.DeleteFunc(out[from:], func(r window.CellRef) bool { return v.anyShapes[r.Shape] })...)
}

// livens is whether an event is something that its member did.
func (v *View) livens(e *engine.Event) bool { return e.Depth == 0 && !v.passive[e.Type] }
