package window

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// daySlack is how many days more than a window's own are kept: for a decision
// that comes late, and for a zone that changed.
const daySlack = 5

// justLate keeps the stamp of an event that is exactly engine.LateAfter behind. A
// whole second keeps the floor in the unit that stamps are written in.
const justLate = engine.Time(1_000_000)

// prune drops what no window can reach any more. It runs when a day begins, so
// its cost is spread over the events of a day.
func (c *Cell) prune(s *shape) {
	floor := c.newest - late - s.lookback - justLate
	if floor <= c.floor || floor > c.newest { // the latter: wrapped round
		return
	}
	c.floor = floor
	dropped := c.dropStamps()
	c.dropDays(s)
	if dropped && c.lay.hasSets() {
		c.sweepDicts()
	}
}

// dropStamps turns days whose stamps are all at or before the floor into totals.
func (c *Cell) dropStamps() (dropped bool) {
	for i := range c.days {
		d, in := &c.days[i], c.in(i)
		if d.date > utcDate(c.floor)+2 {
			break
		}
		if !c.has(i) || in.len() > 0 && in.last() > c.floor || d.out != nil && d.out.last > c.floor {
			continue
		}
		dropped = true
		d.bare = c.grow(d.bare, func(b *summary) {
			b.addBlock(&in, c.lay, keepDays)
			if d.out != nil {
				b.merge(&d.out.summary, c.lay, keepDays)
			}
		})
		c.remove(i, in.len())
		c.forget(d)
	}
	return dropped
}

// dropBare forgets totals that neither a calendar window nor "all" reads.
func (c *Cell) dropBare() {
	for i := range c.days {
		c.days[i].bare = nil
	}
	c.dropEmpty()
	c.dayFloor = max(c.dayFloor, utcDate(c.floor)+2)
}

// dropDays moves days before every calendar window into the old totals. Only
// days that lie wholly before the floor go, so that no stamp can come for them.
func (c *Cell) dropDays(s *shape) {
	if s.dayKeep == 0 && !c.lay.all {
		c.dropBare()
		return
	}
	cut := utcDate(c.floor) - 2
	if s.dayKeep > 0 {
		cut = min(cut, c.lastDate().AddDays(-s.dayKeep-daySlack))
	}
	if cut > c.dayFloor {
		c.moveOld(cut)
	}
}

// moveOld raises dayFloor and moves the days before it into the old totals.
func (c *Cell) moveOld(cut calendar.Date) {
	n := 0
	for n < len(c.days) && c.days[n].date < cut && !c.has(n) {
		n++
	}
	if n < len(c.days) {
		cut = min(cut, c.days[n].date)
	}
	c.dayFloor = max(c.dayFloor, cut)
	if n > 0 && c.lay.all {
		c.old = c.grow(c.old, func(old *summary) {
			for i := range c.days[:n] {
				old.merge(c.days[i].bare, c.lay, keepAll)
				c.dates.add(c.days[i].date, c.lay)
			}
		})
	}
	c.days, c.aggs = slices.Delete(c.days, 0, n), slices.Delete(c.aggs, 0, n*len(c.lay.columns))
}

// sweepDicts frees the places of values that nothing refers to any more.
func (c *Cell) sweepDicts() {
	for col := range c.lay.columns {
		if c.lay.columns[col].set {
			c.sweep(col)
		}
	}
}

func (c *Cell) sweep(col int) {
	live := make([]bool, beyond+1)
	c.eachSet(col, func(set []uint16) {
		for _, place := range set {
			live[place] = true
		}
	})
	var kept dict
	moved := make([]uint16, len(c.dicts[col]))
	for place, h := range c.dicts[col] {
		if live[place] {
			moved[place] = uint16(len(kept))
			kept = append(kept, h)
		}
	}
	if len(kept) < len(c.dicts[col]) {
		c.dicts[col] = kept
		c.renumber(col, moved)
	}
}

// eachSet visits every set of places that the cell holds in a column.
func (c *Cell) eachSet(col int, visit func([]uint16)) {
	if c.old != nil {
		visit(c.old.sets[col])
	}
	visit(c.stamps.set(col, len(c.lay.columns)))
	for i := range c.days {
		d := &c.days[i]
		if d.bare != nil {
			visit(d.bare.sets[col])
		}
		if d.out != nil {
			visit(d.out.sets[col])
		}
	}
}

// renumber replaces every place in a column by its new one.
func (c *Cell) renumber(col int, moved []uint16) {
	w := len(c.lay.columns)
	again := func(s *summary) *summary {
		n := newSummary(s, c.lay)
		n.sets[col] = slices.Clone(n.sets[col])
		for i, place := range n.sets[col] {
			if place != beyond {
				n.sets[col][i] = moved[place]
			}
		}
		return n
	}
	if c.old != nil {
		c.old = again(c.old)
	}
	c.stamps = *c.stamps.renumbered(col, w, moved)
	for i := range c.days {
		d := &c.days[i]
		if d.bare != nil {
			d.bare = again(d.bare)
		}
		if d.out != nil {
			out := &spilled{summary: *again(&d.out.summary), chunks: slices.Clone(d.out.chunks)}
			for j, b := range out.chunks {
				if b != nil {
					out.chunks[j] = b.renumbered(col, w, moved)
				}
			}
			d.out = out
		}
	}
}

func (b *block) renumbered(col, width int, moved []uint16) *block {
	n := *b
	n.vals = slices.Clone(b.vals)
	for i := col; i < len(n.vals); i += width {
		if n.kinds[i] == seen && n.vals[i] != beyond {
			n.vals[i] = int64(moved[n.vals[i]])
		}
	}
	return &n
}
