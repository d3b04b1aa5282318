package window

import (
	"encoding/binary"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// version is the binary form's; another one is refused, never guessed at.
const version = 1

// Flags of a cell's second byte; the scale is in the two bits above.
const (
	flagAll = 1 << iota
	flagDates
	flagEdges
	flagOld
	flagFloor
	scaleShift = iota
)

// scales are the units that stamps are written in: the coarsest that all of a
// cell's stamps are whole numbers of.
var scales = [...]engine.Time{1, 1_000, 1_000_000}

const dayMicros = 86400 * 1_000_000

// AppendBinary appends the cell's row in a compact form. Segments are records of
// their own (Records).
func (c *Cell) AppendBinary(b []byte) []byte {
	scale := c.scale()
	b = append(b, version, c.flags()|byte(scale)<<scaleShift)
	b = c.lay.appendColumns(b)
	if c.floor != never {
		b = binary.AppendVarint(b, int64(c.floor/scales[scale]))
		since := uint64(0)
		if c.dayFloor != noDate {
			since = zigzag(int64(c.dayFloor)) + 1
		}
		b = binary.AppendUvarint(b, since)
	}
	for i, col := range c.lay.columns {
		if !col.set {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(c.dicts[i])))
		for _, h := range c.dicts[i] {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
	}
	if c.old != nil {
		b = c.lay.appendSummary(b, c.old, keepAll)
		b = c.dates.appendBinary(b)
	}
	b = binary.AppendUvarint(b, uint64(len(c.days)))
	b = binary.AppendUvarint(b, uint64(c.inline()))
	for i := range c.days {
		gap := zigzag(int64(c.days[i].date))
		if i > 0 {
			gap = uint64(c.days[i].date - c.days[i-1].date - 1)
		}
		b = c.appendDay(b, i, gap, scale)
	}
	return b
}

// MarshalBinary is AppendBinary into a new slice.
func (c *Cell) MarshalBinary() ([]byte, error) { return c.AppendBinary(nil), nil }

func (c *Cell) flags() (f byte) {
	for bit, on := range [...]bool{c.lay.all, c.lay.dates, c.lay.edges, c.old != nil, c.floor != never} {
		if on {
			f |= 1 << bit
		}
	}
	return f
}

// scale is the coarsest that loses nothing.
func (c *Cell) scale() int {
	s := len(scales) - 1
	if c.floor != never {
		s = fit(c.floor, s)
	}
	return c.stamps.scale(s)
}

func (b *block) scale(s int) int {
	for _, t := range b.at {
		if s == 0 {
			break
		}
		s = fit(t, s)
	}
	return s
}

func fit(t engine.Time, s int) int {
	for s > 0 && t%scales[s] != 0 {
		s--
	}
	return s
}

func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

func (l *layout) appendColumns(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(l.columns)))
	for _, c := range l.columns {
		kind := byte(c.keep) << 1
		if c.set {
			kind |= 1
		}
		b = binary.AppendUvarint(append(b, kind), uint64(len(c.field)))
		b = append(b, c.field...)
	}
	return b
}

// appendDay writes a day. Its first varint holds the number of days left out
// before it, the count of stamps up to three, and what else there is.
func (c *Cell) appendDay(b []byte, i int, gap uint64, scale int) []byte {
	d, in := &c.days[i], c.in(i)
	n := in.len()
	head := gap<<4 | uint64(min(n, 3))<<2
	if d.bare != nil {
		head |= 2
	}
	if d.out != nil {
		head |= 1
	}
	b = binary.AppendUvarint(b, head)
	if n >= 3 {
		b = binary.AppendUvarint(b, uint64(n-3))
	}
	if d.bare != nil {
		b = c.lay.appendSummary(b, d.bare, keepDays)
	}
	if d.out != nil {
		b = binary.AppendUvarint(b, uint64(len(d.out.chunks)))
		b = c.lay.appendSummary(b, &d.out.summary, keepStamps)
	}
	b = in.appendTimes(b, d.date, scale)
	w := len(c.lay.columns)
	for i := range in.kinds {
		b = c.lay.appendValue(b, i%w, num{in.vals[i], in.kinds[i]})
	}
	return b
}

// nearDay bounds the first stamp's distance from its date's beginning in UTC that
// five bytes hold, in microseconds.
const nearDay = 1 << 38

// appendTimes writes stamps: the first as a distance from its date, the rest as
// distances from the one before.
func (b *block) appendTimes(dst []byte, date calendar.Date, scale int) []byte {
	unit := scales[scale]
	prev := engine.Time(date) * dayMicros
	for i, t := range b.at {
		switch d := int64(t-prev) / int64(unit); {
		case i > 0:
			dst = binary.AppendUvarint(dst, uint64(d))
		case scale == 0 && -nearDay <= d && d < nearDay-1:
			dst = append5(dst, uint64(d+nearDay))
		case scale == 0:
			dst = binary.AppendVarint(append5(dst, 2*nearDay-1), d)
		default:
			dst = binary.AppendVarint(dst, d)
		}
		prev = t
	}
	return dst
}

func append5(b []byte, u uint64) []byte {
	return append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24), byte(u>>32))
}

// Codes of values: small integers follow them, zigzagged.
const (
	codeAbsent = iota
	codeWrong
	codeMicro // a varint follows
	codeWhole // a varint follows
	codeSmall
)

func (l *layout) appendValue(b []byte, col int, x num) []byte {
	switch {
	case x.k == absent:
		return append(b, codeAbsent)
	case l.columns[col].set:
		return binary.AppendUvarint(b, uint64(x.v)+1)
	}
	return appendNum(b, x)
}

func appendNum(b []byte, x num) []byte {
	switch z := zigzag(x.v); {
	case x.k == wrong:
		return append(b, codeWrong)
	case x.k == micro:
		return binary.AppendVarint(append(b, codeMicro), x.v)
	case z > math.MaxUint64-codeSmall:
		return binary.AppendVarint(append(b, codeWhole), x.v)
	default:
		return binary.AppendUvarint(b, z+codeSmall)
	}
}

// appendSummary writes totals, of columns kept at least that long. Times of what
// is spilled are always there, others under layout.edges.
func (l *layout) appendSummary(b []byte, s *summary, level keep) []byte {
	b = binary.AppendUvarint(b, uint64(s.n))
	if l.edges || level == keepStamps {
		b = binary.AppendVarint(b, int64(s.first))
		b = binary.AppendUvarint(b, uint64(s.last-s.first))
	}
	for c := range l.columns {
		switch {
		case l.columns[c].keep < level:
		case l.columns[c].set:
			b = appendSet(b, s.sets[c])
		default:
			b = s.cols[c].appendBinary(b)
		}
	}
	return b
}

func appendSet(b []byte, set []uint16) []byte {
	b = binary.AppendUvarint(b, uint64(len(set)))
	next := uint16(0)
	for _, p := range set {
		b = binary.AppendUvarint(b, uint64(p-next))
		next = p + 1
	}
	return b
}

func (a *agg) appendBinary(b []byte) []byte {
	sum, small := a.sum.divRound(engine.Micro)
	small = small && a.decimals == 0
	head := uint64(a.n) << 3
	for bit, on := range [...]bool{a.wrongs > 0, a.decimals > 0, !small} {
		if on {
			head |= 1 << bit
		}
	}
	b = binary.AppendUvarint(b, head)
	if a.wrongs > 0 {
		b = binary.AppendUvarint(b, uint64(a.wrongs))
	}
	if a.n == 0 {
		return b
	}
	if a.decimals > 0 {
		b = binary.AppendUvarint(b, uint64(a.decimals))
	}
	if small {
		b = binary.AppendVarint(b, sum)
	} else {
		b = binary.AppendVarint(b, a.sum.hi)
		b = binary.AppendUvarint(b, a.sum.lo)
	}
	return appendNum(appendNum(b, a.min), a.max)
}

func (r *dateRuns) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(r.count))
	if r.count == 0 {
		return b
	}
	b = binary.AppendVarint(b, int64(r.lo))
	b = binary.AppendUvarint(b, uint64(r.hi-r.lo))
	b = binary.AppendUvarint(b, uint64(len(r.packed)))
	if len(r.packed) > 0 {
		b = append(b, r.packed...)
		b = binary.AppendVarint(b, int64(r.packLo))
		b = binary.AppendVarint(b, int64(r.packHi))
	}
	return b
}

// appendSegment writes stamps with the hashes of their set columns' values, which
// stay the same when the cell's dictionary is swept.
func (c *Cell) appendSegment(b []byte, s *block, date calendar.Date) []byte {
	scale, w := s.scale(len(scales)-1), len(c.lay.columns)
	b = append(b, version, byte(scale))
	b = binary.AppendUvarint(b, uint64(w))
	b = binary.AppendUvarint(b, uint64(s.len()))
	b = s.appendTimes(b, date, scale)
	for i := range s.kinds {
		switch x := (num{s.vals[i], s.kinds[i]}); {
		case !c.lay.columns[i%w].set:
			b = c.lay.appendValue(b, i%w, x)
		case x.k == absent:
			b = append(b, 0)
		case x.v == beyond:
			b = append(b, 1)
		default:
			b = binary.LittleEndian.AppendUint64(append(b, 2), c.dicts[i%w][x.v])
		}
	}
	return b
}
