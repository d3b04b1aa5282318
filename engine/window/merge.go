package window

import (
	"errors"
	"fmt"
)

// merger carries the places of one cell's values over to another's dictionary.
type merger struct {
	to, from *Cell
	places   []map[uint16]uint16
}

// Merge counts all of another cell's events in, as when two members turn out to
// be one. The other cell is left as it is; all its segments must be attached, and
// its records are then the caller's to delete. Cells kept for different rulebooks
// can't be merged: rebuild such a cell from the log, which is also how a merge is
// undone.
func (p *Plan) Merge(shape int, c, other *Cell) error {
	if other == nil || other.empty() {
		return nil
	}
	if !c.lay.equal(other.lay) {
		return errors.New("merge cells: they keep different things; rebuild the cell from the log")
	}
	var missing []Segment
	for i := range other.days {
		missing = other.days[i].segments(missing, true)
	}
	if len(missing) > 0 {
		return fmt.Errorf("merge cells: %d segments of the other cell are not attached", len(missing))
	}
	c.unshare()
	if other.floor > c.floor {
		c.floor = other.floor
		c.dropStamps()
	}
	c.moveOld(max(c.dayFloor, other.dayFloor))
	m := &merger{to: c, from: other, places: make([]map[uint16]uint16, len(c.lay.columns))}
	m.old()
	for i := range other.days {
		m.day(&other.days[i], other.in(i))
	}
	c.newest = max(c.newest, other.newest)
	if c.floor != never {
		c.dropDays(p.shapes[shape])
	}
	for c.inline() > p.spillAt {
		c.spill(p.spillAt / 2)
	}
	return nil
}

// place carries a value over.
func (m *merger) place(col int, p uint16) uint16 {
	if p == beyond {
		return beyond
	}
	if m.places[col] == nil {
		m.places[col] = map[uint16]uint16{}
	}
	q, ok := m.places[col][p]
	if !ok {
		q = m.to.dicts[col].place(m.from.dicts[col][p])
		m.places[col][p] = q
	}
	return q
}

// summary carries totals over.
func (m *merger) summary(s *summary) *summary {
	n := newSummary(s, m.to.lay)
	for col, set := range n.sets {
		var moved []uint16
		for _, p := range set {
			moved = union(moved, []uint16{m.place(col, p)})
		}
		n.sets[col] = moved
	}
	return n
}

func (m *merger) old() {
	if m.from.old == nil {
		return
	}
	s := m.summary(m.from.old)
	m.to.old = m.to.grow(m.to.old, func(old *summary) { old.merge(s, m.to.lay, keepAll) })
	m.to.dates.rebuild(append(m.to.dates.runs(), m.from.dates.runs()...))
}

func (m *merger) day(d *day, in block) {
	c := m.to
	if d.bare != nil {
		s := m.summary(d.bare)
		if d.date >= c.dayFloor {
			to := &c.days[c.dayAt(d.date)]
			to.bare = c.grow(to.bare, func(b *summary) { b.merge(s, c.lay, keepDays) })
		} else if c.lay.all {
			c.old = c.grow(c.old, func(b *summary) { b.merge(s, c.lay, keepAll) })
			c.dates.add(d.date, c.lay)
		}
	}
	m.block(d, &in)
	if d.out != nil {
		for _, b := range d.out.chunks {
			m.block(d, b)
		}
	}
}

func (m *merger) block(d *day, b *block) {
	var row []num
	for i, at := range b.at {
		row = b.row(i, len(m.to.lay.columns), row[:0])
		for col := range row {
			if m.to.lay.columns[col].set && row[col].k == seen {
				row[col].v = int64(m.place(col, uint16(row[col].v)))
			}
		}
		m.to.put(d.date, at, row)
	}
}
