package window

import (
	"slices"
	"sort"

	"github.com/bylaw-dev/bylaw/engine"
)

// block is a run of stamps in the order of their times; equal times are in the
// order they were folded. A stamp has one value for each column of the layout,
// interleaved. Blocks of segments are immutable and shared between clones.
type block struct {
	at    []engine.Time
	vals  []int64 // of a set column: a place in the dictionary
	kinds []valKind
	cols  []agg // of the number columns, over all stamps
}

func (b *block) len() int { return len(b.at) }

func (b *block) first() engine.Time { return b.at[0] }

func (b *block) last() engine.Time { return b.at[len(b.at)-1] }

// after is the place of the first stamp later than t.
func (b *block) after(t engine.Time) int {
	n := len(b.at)
	if n == 0 || b.at[n-1] <= t {
		return n
	}
	if b.at[0] > t {
		return 0
	}
	return sort.Search(n, func(i int) bool { return b.at[i] > t })
}

// row gives a stamp's values, appended to dst.
func (b *block) row(i, width int, dst []num) []num {
	for c := range width {
		dst = append(dst, num{b.vals[i*width+c], b.kinds[i*width+c]})
	}
	return dst
}

// tally adds the totals of the number columns to cols.
func (b *block) tally(cols []agg, lay *layout) {
	w := len(lay.columns)
	for i := range b.kinds {
		if c := i % w; !lay.columns[c].set {
			cols[c].add(num{b.vals[i], b.kinds[i]})
		}
	}
}

// head copies the first n stamps as a block of their own.
func (b *block) head(n int, lay *layout) *block {
	w := len(lay.columns)
	h := &block{at: slices.Clone(b.at[:n]), vals: slices.Clone(b.vals[:n*w]), kinds: slices.Clone(b.kinds[:n*w]), cols: make([]agg, w)}
	h.tally(h.cols, lay)
	return h
}

// oneStamp is a block of a single event.
func oneStamp(at engine.Time, row []num, lay *layout) *block {
	b := &block{at: []engine.Time{at}, cols: make([]agg, len(row))}
	for _, x := range row {
		b.vals, b.kinds = append(b.vals, x.v), append(b.kinds, x.k)
	}
	b.tally(b.cols, lay)
	return b
}

// summary is the totals of stamps that are not at hand. It is immutable: what
// changes one makes a new one.
type summary struct {
	n           int64
	first, last engine.Time // of bare and old ones only under layout.edges
	cols        []agg
	sets        [][]uint16 // of each set column the places in the dictionary, sorted
}

// newSummary copies a summary to change it; nil gives an empty one.
func newSummary(s *summary, lay *layout) *summary {
	n := &summary{first: forever, last: never}
	w := len(lay.columns)
	if s != nil {
		*n = *s
	}
	if w > 0 {
		n.cols, n.sets = make([]agg, w), make([][]uint16, w)
		if s != nil {
			copy(n.cols, s.cols)
			copy(n.sets, s.sets) // the sets themselves are never changed in place
		}
	}
	return n
}

// merge adds another's totals, of columns kept at least that long.
func (s *summary) merge(o *summary, lay *layout, level keep) {
	s.n += o.n
	s.first, s.last = min(s.first, o.first), max(s.last, o.last)
	for c := range lay.columns {
		if lay.columns[c].keep < level {
			continue
		}
		s.cols[c].merge(&o.cols[c])
		s.sets[c] = union(s.sets[c], o.sets[c])
	}
}

// addBlock adds the totals of stamps.
func (s *summary) addBlock(b *block, lay *layout, level keep) {
	if b.len() == 0 {
		return
	}
	s.n += int64(b.len())
	s.first, s.last = min(s.first, b.first()), max(s.last, b.last())
	w := len(lay.columns)
	for c := range lay.columns {
		switch {
		case lay.columns[c].keep < level:
		case !lay.columns[c].set:
			s.cols[c].merge(&b.cols[c])
		default:
			s.sets[c] = union(s.sets[c], b.set(c, w))
		}
	}
}

// set lists the places in the dictionary that a set column's stamps hold, sorted.
func (b *block) set(c, width int) []uint16 {
	var out []uint16
	for i := c; i < len(b.kinds); i += width {
		if b.kinds[i] == seen {
			out = append(out, uint16(b.vals[i]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// union merges two sorted sets into a new one.
func union(a, b []uint16) []uint16 {
	if len(a) == 0 || len(b) == 0 {
		return append(a[:len(a):len(a)], b...)
	}
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}
