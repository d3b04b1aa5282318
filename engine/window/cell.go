package window

import (
	"math"
	"slices"
	"sort"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// never and forever are beyond every time that an event has; noDate before every date.
const (
	never   = engine.Time(math.MinInt64)
	forever = engine.Time(math.MaxInt64)
	noDate  = calendar.Date(math.MinInt32)
)

// Cell is the state of one subject, shape and filter value. It is for one
// goroutine at a time; clones of it are independent. Make one with Plan.NewCell
// or Plan.Open.
type Cell struct {
	lay    *layout
	shared bool        // arrays may be seen by a clone: copy them before a change
	newest engine.Time // of any event folded
	floor  engine.Time // every event after it has its stamp; never: all have

	// Totals of days before dayFloor are in old, or gone when the layout doesn't
	// keep them; noDate: none are. No day before it has stamps while old is kept.
	dayFloor calendar.Date
	old      *summary
	dates    dateRuns
	days     []day  // by date
	stamps   block  // of all days in the row, in the days' order; without cols
	aggs     []agg  // of each day's stamps in the row, by day and column
	dicts    []dict // by column
	spills   int    // days that have segments
	pending  []pendingSegment
}

// day is one local date's events: stamps in the row, stamps in segments, and the
// totals of those whose stamps were dropped. All stamps dropped are at or before
// the cell's floor.
type day struct {
	date calendar.Date
	end  int32 // of its stamps in the row; they begin where the day before ends
	out  *spilled
	bare *summary
}

// NewCell makes an empty cell of a shape.
func (p *Plan) NewCell(shape int) *Cell { return newCell(p.shapes[shape].lay) }

func newCell(lay *layout) *Cell {
	return &Cell{lay: lay, newest: never, floor: never, dayFloor: noDate, dicts: make([]dict, len(lay.columns))}
}

func (c *Cell) empty() bool { return c.newest == never }

func (c *Cell) lastDate() calendar.Date {
	if len(c.days) == 0 {
		return noDate
	}
	return c.days[len(c.days)-1].date
}

// Newest is the time of the newest event folded; 0 when there is none.
func (c *Cell) Newest() engine.Time {
	if c.empty() {
		return 0
	}
	return c.newest
}

// Clone gives an independent copy in constant time: whichever of the two changes
// first copies then what it changes.
func (c *Cell) Clone() *Cell {
	c.shared = true
	n := *c
	n.pending = slices.Clip(n.pending)
	return &n
}

// unshare copies what a change would otherwise change for a clone too.
func (c *Cell) unshare() {
	if !c.shared {
		return
	}
	c.shared = false
	c.days, c.aggs = slices.Clone(c.days), slices.Clone(c.aggs)
	// Stamps are only ever appended or copied, so it is enough to make the next
	// one move to a new array.
	c.stamps.at, c.stamps.vals, c.stamps.kinds = slices.Clip(c.stamps.at), slices.Clip(c.stamps.vals), slices.Clip(c.stamps.kinds)
	c.dicts = slices.Clone(c.dicts)
	for i := range c.dicts {
		c.dicts[i] = slices.Clip(c.dicts[i])
	}
	c.pending = slices.Clip(c.pending)
}

// dayOf is the date d whose day [DayStart(d), DayStart(d+1)) holds the instant.
// It differs from the clock's date where a clock set back at midnight shows the
// day before once more.
func dayOf(z *calendar.Zone, t engine.Time) calendar.Date {
	std := time.UnixMicro(int64(t))
	d := z.Day(std)
	for range 2 {
		if std.Before(z.DayStart(d + 1)) {
			break
		}
		d++
	}
	return d
}

// utcDate is the instant's date in UTC; a local date is at most one away from it.
func utcDate(t engine.Time) calendar.Date {
	const dayMicros = 86400 * 1e6
	d := t / dayMicros
	if t%dayMicros < 0 {
		d--
	}
	return calendar.Date(max(int64(calendar.MinDate), min(int64(calendar.MaxDate), int64(d))))
}

// Fold counts an event in. The cell is one that Keys named for it.
func (p *Plan) Fold(shape int, c *Cell, e *engine.Event, z *calendar.Zone) {
	s := p.shapes[shape]
	c.unshare()
	var room [8]num
	row := room[:0]
	for i := range c.lay.columns {
		row = append(row, c.valueFor(i, e))
	}
	date := dayOf(z, e.At)
	rolled := date > c.lastDate()
	c.put(date, e.At, row)
	c.newest = max(c.newest, e.At)
	if rolled {
		c.prune(s)
	}
	if c.inline() > p.spillAt {
		c.spill(p.spillAt / 2)
	}
}

// put counts one event in.
func (c *Cell) put(date calendar.Date, at engine.Time, row []num) {
	if at <= c.floor {
		c.foldBare(date, at, row)
	} else {
		c.insert(c.dayAt(date), at, row)
	}
}

// valueFor reads an event's value for a column.
func (c *Cell) valueFor(col int, e *engine.Event) num {
	v := fieldOf(e, c.lay.columns[col].field)
	if !c.lay.columns[col].set {
		return numOf(v)
	}
	if v.Kind == engine.Unknown {
		return num{}
	}
	return num{int64(c.dicts[col].place(hashOf(v))), seen}
}

// dayFrom is the place of the first day not before date.
func (c *Cell) dayFrom(date calendar.Date) int {
	if len(c.days) == 0 || c.days[0].date >= date {
		return 0
	}
	return sort.Search(len(c.days), func(i int) bool { return c.days[i].date >= date })
}

// foldBare counts an event in that is too old to need a stamp.
func (c *Cell) foldBare(date calendar.Date, at engine.Time, row []num) {
	one := oneStamp(at, row, c.lay)
	if date < c.dayFloor {
		if c.lay.all {
			c.old = c.grow(c.old, func(s *summary) { s.addBlock(one, c.lay, keepAll) })
			c.dates.add(date, c.lay)
		}
		return
	}
	d := &c.days[c.dayAt(date)]
	d.bare = c.grow(d.bare, func(s *summary) { s.addBlock(one, c.lay, keepDays) })
}

// grow makes a changed copy of totals, without first and last where nobody reads them.
func (c *Cell) grow(s *summary, change func(*summary)) *summary {
	n := newSummary(s, c.lay)
	change(n)
	if !c.lay.edges {
		n.first, n.last = forever, never
	}
	return n
}
