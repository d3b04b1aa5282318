package machine

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// cache is what this process remembers of a workspace's records. It is true as
// long as nobody else moved the workspace's position; a turn changes it in
// place, so it is dropped whole when a transaction fails.
type cache struct {
	position   int64
	members    shelf[*engine.Member]
	identities shelf[string]
	groups     shelf[*engine.Group]
	contents   shelf[*engine.Content]
	cells      shelf[slot]
	marks      shelf[[]byte]
	newest     shelf[engine.Time]        // members' newest event times, marks of their own
	heard      map[string]bool           // channels whose coverage is on record
	failing    map[string]int64          // failures in a row, by failKey; nil: not read yet
	opened     []*entry[slot]            // cells that are not packed, the longest opened first
	desks      map[engine.Identity]*desk // of simulations
	since      map[string]*heard         // by channel
	room       []byte                    // to pack one in
	owing      bool                      // this turn's changes are written later, see turn.pay
}

// slot is a cell, packed as its row's bytes or opened. An empty slot says that
// nothing was folded there.
type slot struct {
	raw   []byte
	cell  *window.Cell
	shape int
}

// openCells is how many cells stay opened: one of 15 events takes 800 bytes
// opened and 100 packed, and opening it about a microsecond.
var openCells = 50_000 // tests make it less

// looseEntries are how many values lie about before they are packed.
var looseEntries = 4096 // tests make it less

// wholeCache is how many members a cache is for that forgets nothing and packs no
// entry away: a simulation's, which holds on to entries from turn to turn.
const wholeCache = 1 << 30

func newCache(position int64, members int) *cache {
	c := &cache{position: position, heard: map[string]bool{}, since: map[string]*heard{}}
	c.members.max = members
	c.identities.max = 2 * members
	c.groups.max = 10_000
	c.contents.max = members
	c.cells.max = 4 * members
	c.marks.max = 2 * members
	c.newest.max = members
	if members < wholeCache {
		c.packs()
	} else {
		c.groups.max = members
	}
	return c
}

// packs has windows and marks packed; what is packed needs no other bound.
func (c *cache) packs() {
	c.cells.packed.max, c.cells.max = c.cells.max, math.MaxInt
	c.cells.pack = func(v slot) ([]byte, bool) { return v.raw, v.cell == nil }
	c.cells.unpack = func(b []byte) slot { return slot{raw: b} }
	c.marks.packed.max, c.marks.max = c.marks.max, math.MaxInt
	c.marks.pack = func(v []byte) ([]byte, bool) { return v, true }
	c.marks.unpack = func(b []byte) []byte { return b }
}

// begin opens a turn: what is touched from here on is the turn's.
func (c *cache) begin() {
	c.members.begin()
	c.identities.begin()
	c.groups.begin()
	c.contents.begin()
	c.cells.begin()
	c.marks.begin()
	c.newest.begin()
}

// noting says whether changes are noted for the past.
func (c *cache) noting(on bool) {
	c.members.noting, c.identities.noting, c.groups.noting, c.contents.noting, c.marks.noting = on, on, on, on, on
}

// changed is how many records the turn touched.
func (c *cache) changed() int {
	return len(c.members.changed) + len(c.identities.changed) + len(c.groups.changed) +
		len(c.contents.changed) + len(c.cells.changed) + len(c.marks.changed) + len(c.newest.changed)
}

// settle ends a turn that was committed: only then is anything forgotten, so
// that whoever works in a turn may hold on to what it was given.
func (c *cache) settle() {
	if c.owing {
		c.owe()
	}
	c.members.settle()
	c.identities.settle()
	c.groups.settle()
	c.contents.settle()
	c.cells.settle()
	c.marks.settle()
	c.newest.settle()
	c.pack()
}

// owe notes what the turn changed as not written yet.
func (c *cache) owe() {
	c.owing = false
	c.members.owe()
	c.identities.owe()
	c.groups.owe()
	c.contents.owe()
	c.cells.owe()
	c.marks.owe()
	c.newest.owe()
}

// owed is how many records are not written.
func (c *cache) owed() int {
	return len(c.members.owed) + len(c.identities.owed) + len(c.groups.owed) +
		len(c.contents.owed) + len(c.cells.owed) + len(c.marks.owed) + len(c.newest.owed)
}

// open puts an opened cell into its place.
func (c *cache) open(e *entry[slot], cell *window.Cell, shape int) {
	if e.value.cell == nil {
		c.opened = append(c.opened, e)
	}
	e.value, e.used = slot{cell: cell, shape: shape}, true
}

// pack puts the cells that were opened longest ago back into their bytes, but
// for those that were used since they came up last.
func (c *cache) pack() {
	for tries := 4*(len(c.opened)-openCells) + 16; len(c.opened) > openCells && tries > 0; tries-- {
		e := c.opened[0]
		c.opened = c.opened[1:]
		if e.value.cell == nil { // replaced meanwhile
			continue
		}
		if e.used || e.owed {
			e.used = false
			c.opened = append(c.opened, e)
			continue
		}
		if c.cells.pack == nil {
			e.value = slot{raw: e.value.cell.AppendBinary(nil)}
			continue
		}
		c.room = e.value.cell.AppendBinary(c.room[:0])
		e.value = slot{raw: c.room}
		c.cells.putAway(e)
		e.value = slot{}
	}
}

// forgetCells drops all windows, when rules ask for others.
func (c *cache) forgetCells() {
	before := &c.cells
	c.cells = shelf[slot]{max: before.max, forgot: before.forgot + 1, packed: packed{max: before.packed.max}, pack: before.pack, unpack: before.unpack}
	c.cells.begin()
	c.opened = nil
}

// entry is one value on a shelf.
type entry[V any] struct {
	key   string
	value V
	turn  uint64 // the last that touched it
	used  bool   // since it came up for packing
	fresh bool   // changed since the past was noted
	owed  bool   // changed by a turn that did not write it
}

// shelf is a map with a bound: when the young half is full it becomes the old
// half, and what was not asked for since is forgotten. Absence can be
// remembered too, as the zero value. Where values can be written as bytes, those
// that are not in use are kept packed.
type shelf[V any] struct {
	young, old map[string]*entry[V]
	max        int
	turn       uint64
	forgot     uint64      // how often something was forgotten: entries of before may be others now
	changed    []*entry[V] // touched in this turn, in order
	noting     bool        // what changes is noted for the past
	fresh      []*entry[V] // changed since it was noted
	owed       []*entry[V] // changed by turns that did not write them
	packed     packed
	pack       func(V) ([]byte, bool) // nil: nothing is packed; not ok: this value is not
	unpack     func([]byte) V
	loose      []*entry[V] // may be packed when the turn has settled
}

func (s *shelf[V]) begin() {
	if s.young == nil {
		s.young, s.old = map[string]*entry[V]{}, map[string]*entry[V]{}
	}
	s.turn++
	s.changed = s.changed[:0]
}

// find gives an entry, nil where nothing is known.
func (s *shelf[V]) find(key string) *entry[V] {
	if e := s.young[key]; e != nil {
		return e
	}
	e := s.old[key]
	if e != nil {
		s.young[key] = e
		return e
	}
	if s.pack == nil {
		return nil
	}
	if b, ok := s.packed.get(key); ok {
		e = &entry[V]{key: key, value: s.unpack(b)}
		s.young[key] = e
		s.loose = append(s.loose, e)
	}
	return e
}

// get gives a value; not ok where nothing is known.
func (s *shelf[V]) get(key string) (v V, ok bool) {
	if e := s.find(key); e != nil {
		return e.value, true
	}
	return v, false
}

func (s *shelf[V]) put(key string, v V) *entry[V] {
	e := s.find(key)
	if e == nil {
		e = &entry[V]{key: key}
		s.young[key] = e
	}
	e.value = v
	if s.pack != nil {
		s.loose = append(s.loose, e)
	}
	return e
}

// putAway packs the value of an entry, unless the entry is no more or in use.
func (s *shelf[V]) putAway(e *entry[V]) {
	if s.young[e.key] != e || e.fresh {
		return
	}
	if b, ok := s.pack(e.value); ok {
		s.packed.put(e.key, b)
		delete(s.young, e.key)
		s.forgot++
	}
}

// drop forgets what is known of a key.
func (s *shelf[V]) drop(key string) {
	delete(s.young, key)
	delete(s.old, key)
	s.packed.drop(key)
	s.forgot++
}

// touch marks an entry as changed in this turn.
func (s *shelf[V]) touch(e *entry[V]) {
	if e.turn != s.turn {
		e.turn = s.turn
		s.changed = append(s.changed, e)
	}
	if s.noting && !e.fresh {
		e.fresh = true
		s.fresh = append(s.fresh, e)
	}
}

// owe notes what changed in this turn as not written.
func (s *shelf[V]) owe() {
	for _, e := range s.changed {
		if !e.owed {
			e.owed = true
			s.owed = append(s.owed, e)
		}
	}
}

// unwritten visits what the store does not have as it is, and takes it for
// written from then on: what this turn changed, and what turns before it owe.
func (s *shelf[V]) unwritten(visit func(*entry[V]) error) error {
	list := s.changed
	if len(s.owed) > 0 {
		s.owe()
		list, s.owed = s.owed, nil
	}
	for _, e := range list {
		e.owed = false
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// drain visits what changed since the last time, in order.
func (s *shelf[V]) drain(visit func(*entry[V])) {
	for _, e := range s.fresh {
		e.fresh = false
		visit(e)
	}
	clear(s.fresh)
	s.fresh = s.fresh[:0]
}

// touched is whether this turn changed what a key names.
func (s *shelf[V]) touched(key string) bool {
	e := s.find(key)
	return e != nil && e.turn == s.turn
}

func (s *shelf[V]) settle() {
	clear(s.changed)
	s.changed = s.changed[:0]
	if len(s.young) >= s.max {
		s.young, s.old = s.old, s.young
		clear(s.young)
		s.forgot++
	}
	if len(s.loose) >= looseEntries {
		for _, e := range s.loose {
			s.putAway(e)
		}
		clear(s.loose)
		s.loose = s.loose[:0]
	}
}
