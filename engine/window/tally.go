package window

import "github.com/bylaw-dev/bylaw/engine"

// tally gathers one column, or none, of the stamps and totals in a span.
type tally struct {
	col   int // -1: only counts and times
	set   bool
	width int

	n           int64
	first, last engine.Time
	agg         agg
	bits        *[MaxDistinct/64 + 1]uint64 // of a set
	beyond      bool                        // a value that the dictionary had no room for
	missing     bool                        // a segment is not attached

	skip   bool // the current event is still to be left out
	skipAt engine.Time
	skipX  num
}

// block adds the stamps in (from, to].
func (t *tally) block(b *block, from, to engine.Time) {
	n := b.len()
	if n == 0 || b.at[0] > to || b.at[n-1] <= from {
		return
	}
	i, j := 0, n
	if b.at[0] <= from {
		i = b.after(from)
	}
	if b.at[n-1] > to {
		j = b.after(to)
	}
	if t.skip && b.at[0] <= t.skipAt && t.skipAt <= b.at[n-1] {
		if p := t.skipped(b, i, j); p >= 0 {
			t.skip = false
			t.stamps(b, i, p)
			t.stamps(b, p+1, j)
			return
		}
	}
	t.stamps(b, i, j)
}

// skipped finds the current event's stamp within [i, j). Another of the same
// time and value is as good.
func (t *tally) skipped(b *block, i, j int) int {
	for p := min(b.after(t.skipAt), j) - 1; p >= i && b.at[p] == t.skipAt; p-- {
		if t.col < 0 || t.skipX == (num{b.vals[p*t.width+t.col], b.kinds[p*t.width+t.col]}) {
			return p
		}
	}
	return -1
}

// stamps adds those in [i, j).
func (t *tally) stamps(b *block, i, j int) {
	if i >= j {
		return
	}
	t.n += int64(j - i)
	t.first, t.last = min(t.first, b.at[i]), max(t.last, b.at[j-1])
	if t.col < 0 {
		return
	}
	if !t.set && i == 0 && j == b.len() {
		t.agg.merge(&b.cols[t.col])
		return
	}
	for p := i*t.width + t.col; p < j*t.width; p += t.width {
		if !t.set {
			t.agg.add(num{b.vals[p], b.kinds[p]})
		} else if b.kinds[p] == seen {
			t.place(uint16(b.vals[p]))
		}
	}
}

func (t *tally) place(p uint16) {
	if p >= MaxDistinct {
		t.beyond = true
		return
	}
	t.bits[p/64] |= 1 << (p % 64)
}

// summary adds totals whole.
func (t *tally) summary(s *summary) {
	t.n += s.n
	t.first, t.last = min(t.first, s.first), max(t.last, s.last)
	if t.col < 0 {
		return
	}
	if !t.set {
		t.agg.merge(&s.cols[t.col])
		return
	}
	for _, p := range s.sets[t.col] {
		t.place(p)
	}
}

// day adds a day's part of the span and says whether it had any. The day's stamps
// in the row begin at lo.
func (t *tally) day(c *Cell, i, lo int, s *span) bool {
	before, d := t.n, &c.days[i]
	if d.bare != nil && s.byDate {
		t.summary(d.bare)
	}
	if d.out != nil {
		t.spilled(d.out, s)
	}
	at := c.stamps.at[lo:d.end]
	switch {
	case len(at) == 0:
	case at[0] > s.from && at[len(at)-1] <= s.to && !t.skip && !t.set: // by far the most
		t.n += int64(len(at))
		t.first, t.last = min(t.first, at[0]), max(t.last, at[len(at)-1])
		if t.col >= 0 {
			t.agg.merge(&c.aggs[i*t.width+t.col])
		}
	default:
		in := c.in(i)
		t.block(&in, s.from, s.to)
	}
	return t.n > before
}

// plain is day over all days from the i-th, for a tally of no column that leaves
// nothing out, in a cell without segments: what is asked most.
func (t *tally) plain(c *Cell, i int, s *span) (days int64) {
	lo, from, to, n := c.begin(i), s.from, s.to, int64(0)
	first, last := t.first, t.last
	for ; i < len(c.days) && c.days[i].date < s.hi; i++ {
		d, before := &c.days[i], n
		if d.bare != nil && s.byDate {
			n += d.bare.n
			first, last = min(first, d.bare.first), max(last, d.bare.last)
		}
		at := c.stamps.at[lo:d.end]
		lo = int(d.end)
		if len(at) > 0 && (at[0] <= from || at[len(at)-1] > to) {
			b := block{at: at}
			at = at[b.after(from):max(b.after(from), b.after(to))]
		}
		if len(at) > 0 {
			n += int64(len(at))
			first, last = min(first, at[0]), max(last, at[len(at)-1])
		}
		if n > before {
			days++
		}
	}
	t.n, t.first, t.last = t.n+n, first, last
	return days
}

func (t *tally) spilled(o *spilled, s *span) {
	if o.first > s.to || o.last <= s.from {
		return
	}
	skips := t.skip && o.first <= t.skipAt && t.skipAt <= o.last
	if o.first > s.from && o.last <= s.to && !skips {
		t.summary(&o.summary)
		return
	}
	for _, b := range o.chunks {
		if b == nil {
			t.missing = true
			return
		}
		t.block(b, s.from, s.to)
	}
}
