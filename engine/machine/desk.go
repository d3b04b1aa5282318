package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// desk is where the cache keeps what it knows of the member of one identity, so
// that an event looks it up once and not a place after the other. Only
// simulations have them: their caches forget nothing, and nobody waits for them
// between two events of one member.
type desk struct {
	epoch    uint64 // of the cache; one of before is looked up anew
	identity *entry[string]
	member   *entry[*engine.Member]
	newest   *entry[engine.Time]
	cells    []*entry[slot] // by shape, of those that a member has one cell of; nil: not looked up yet
}

// desk is what is known of an identity's member, nil where that is not at hand.
func (t *turn) desk(who engine.Identity) *desk {
	d := t.cache.desks[who]
	if d == nil || d.epoch != t.cache.epoch() || !d.is(d.identity.value) {
		return nil
	}
	return d
}

// is whether the desk is that of a member who is there and nobody else.
func (d *desk) is(id string) bool {
	return id != "" && d.member.key == id && d.member.value != nil && d.member.value.MergedInto == ""
}

// seatAt gives a member whom the cache knows by now a desk.
func (t *turn) seatAt(who engine.Identity) (*desk, error) {
	if d := t.desk(who); d != nil {
		return d, nil
	}
	x := t.cache.identities.find(who.Key())
	if x == nil || x.value == "" {
		return nil, nil
	}
	d := &desk{epoch: t.cache.epoch(), identity: x, member: t.cache.members.find(x.value), cells: make([]*entry[slot], t.view.plan.Shapes())}
	if d.member == nil || !d.is(x.value) {
		return nil, nil
	}
	var err error
	if d.newest, err = t.newest(x.value); err != nil {
		return nil, err
	}
	if t.cache.desks == nil {
		t.cache.desks = map[engine.Identity]*desk{}
	}
	t.cache.desks[who] = d
	return d, nil
}

// epoch changes with each thing that the cache forgets.
func (c *cache) epoch() uint64 {
	return c.members.forgot + c.identities.forgot + c.cells.forgot + c.newest.forgot
}

// deskFor notes the cells that count an event, where they lie on the desk of its
// member; false where they must be looked up.
func (t *turn) deskFor(x *incoming) bool {
	d := x.desk
	if d == nil || t.view.hasPersonal[x.event.Type] || reserved(x.event.Type) || t.view.passive[x.event.Type] || x.event.Depth > 0 {
		return false
	}
	shapes, ok := t.view.plan.Plain(x.event.Type)
	if !ok {
		return false
	}
	for _, shape := range shapes {
		if d.cells[shape] == nil {
			return false
		}
	}
	x.id, x.found, x.cells = d.member.key, true, x.room[:0]
	for _, shape := range shapes {
		x.cells = append(x.cells, counter{entry: d.cells[shape], shape: shape})
	}
	return true
}

// remember puts the cells that were looked up for an event on its member's desk.
func (d *desk) remember(p *window.Plan, x *incoming) {
	if _, ok := p.Plain(x.event.Type); !ok {
		return
	}
	for i := range x.cells {
		d.cells[x.cells[i].shape] = x.cells[i].entry
	}
}

// heard is since when a channel is heard of, as read from a mark.
type heard struct {
	mark   *entry[[]byte]
	body   []byte
	since  engine.Time
	forgot uint64 // what the marks had forgotten by then
}

// heardSince is since when a channel is heard of; 0: never. The number is read
// again only when the mark was written again: writing one makes new bytes.
func (t *turn) heardSince(channel string) (engine.Time, error) {
	h := t.cache.since[channel]
	if h != nil && t.cache.marks.forgot == h.forgot && same(h.mark.value, h.body) {
		return h.since, nil
	}
	key := coverageKey(channel)
	n, err := t.counter(key)
	if err != nil {
		return 0, err
	}
	if m := t.cache.marks.find(key); m != nil && len(m.value) > 0 {
		t.cache.since[channel] = &heard{mark: m, body: m.value, since: engine.Time(n), forgot: t.cache.marks.forgot}
	}
	return engine.Time(n), nil
}

// same is whether two slices are the same bytes in memory.
func same(a, b []byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// deskOf is the desk of an occasion's member, if it is still theirs: a merge may
// have come between.
func (o *occasion) deskOf(t *turn) *desk {
	in := o.family.in
	if in == nil || in.desk == nil || in.event != o.event || in.desk.epoch != t.cache.epoch() || !in.desk.is(in.desk.identity.value) {
		return nil
	}
	return in.desk
}

// lies is the cell that a metric reads on a desk; nil where it must be looked up.
func (r *metricReader) lies(id int) *entry[slot] {
	if r.desk == nil || !r.turn.view.plan.PlainMetric(id) {
		return nil
	}
	return r.desk.cells[r.turn.view.plan.MetricShape(id)]
}
