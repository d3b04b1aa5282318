package window

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// inline is how many stamps the row holds.
func (c *Cell) inline() int { return len(c.stamps.at) }

// begin is where a day's stamps in the row begin.
func (c *Cell) begin(i int) int {
	if i == 0 {
		return 0
	}
	return int(c.days[i-1].end)
}

// in is a day's stamps in the row, to look at until the next change.
func (c *Cell) in(i int) block {
	lo, hi, w := c.begin(i), int(c.days[i].end), len(c.lay.columns)
	b := block{at: c.stamps.at[lo:hi]}
	if w > 0 {
		b.vals, b.kinds, b.cols = c.stamps.vals[lo*w:hi*w], c.stamps.kinds[lo*w:hi*w], c.aggs[i*w:(i+1)*w]
	}
	return b
}

// has is whether a day has stamps, in the row or in segments.
func (c *Cell) has(i int) bool { return int(c.days[i].end) > c.begin(i) || c.days[i].out != nil }

// dayAt finds the day's place, making the day when it is new.
func (c *Cell) dayAt(date calendar.Date) int {
	i := len(c.days)
	if i > 0 && c.days[i-1].date >= date {
		if i--; c.days[i].date > date {
			i = c.dayFrom(date)
		}
		if c.days[i].date == date {
			return i
		}
	}
	c.days = slices.Insert(c.days, i, day{date: date, end: int32(c.begin(i))})
	w := len(c.lay.columns)
	for range w {
		c.aggs = append(c.aggs, agg{})
	}
	copy(c.aggs[(i+1)*w:], c.aggs[i*w:len(c.aggs)-w])
	clear(c.aggs[i*w : (i+1)*w])
	return i
}

// insert puts a stamp behind those of the day's same and earlier times.
func (c *Cell) insert(i int, at engine.Time, row []num) {
	day := c.in(i)
	p := c.begin(i) + day.after(at)
	c.stamps.at = slices.Insert(c.stamps.at, p, at)
	for j := i; j < len(c.days); j++ {
		c.days[j].end++
	}
	w := len(row)
	for col, x := range row {
		c.stamps.vals = slices.Insert(c.stamps.vals, p*w+col, x.v)
		c.stamps.kinds = slices.Insert(c.stamps.kinds, p*w+col, x.k)
		if !c.lay.columns[col].set {
			c.aggs[i*w+col].add(x)
		}
	}
}

// remove takes a day's first n stamps out of the row.
func (c *Cell) remove(i, n int) {
	lo, w := c.begin(i), len(c.lay.columns)
	if lo == 0 {
		c.stamps.at, c.stamps.vals, c.stamps.kinds = c.stamps.at[n:], c.stamps.vals[n*w:], c.stamps.kinds[n*w:]
	} else { // clones may see the arrays: never move within them
		c.stamps.at = slices.Concat(c.stamps.at[:lo], c.stamps.at[lo+n:])
		c.stamps.vals = slices.Concat(c.stamps.vals[:lo*w], c.stamps.vals[(lo+n)*w:])
		c.stamps.kinds = slices.Concat(c.stamps.kinds[:lo*w], c.stamps.kinds[(lo+n)*w:])
	}
	for j := i; j < len(c.days); j++ {
		c.days[j].end -= int32(n)
	}
	clear(c.aggs[i*w : (i+1)*w])
	rest := c.in(i)
	rest.tally(rest.cols, c.lay)
}

// dropEmpty forgets days of which nothing is left.
func (c *Cell) dropEmpty() {
	n, w := 0, len(c.lay.columns)
	for i := range c.days {
		if c.days[i].bare == nil && !c.has(i) {
			continue // it has no stamps, so no other day's place changes
		}
		c.days[n] = c.days[i]
		copy(c.aggs[n*w:(n+1)*w], c.aggs[i*w:(i+1)*w])
		n++
	}
	clear(c.days[n:])
	c.days, c.aggs = c.days[:n], c.aggs[:n*w]
}
