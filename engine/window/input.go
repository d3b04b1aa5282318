package window

import (
	"encoding/binary"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// input reads bytes. After the first failure everything reads as zero.
type input struct {
	b      []byte
	err    error
	chunks uint64 // segments named so far
}

func (in *input) fail(err error) {
	if in.err == nil {
		in.err = err
	}
	in.b = nil
}

func (in *input) byte() byte {
	if len(in.b) == 0 {
		in.fail(errShort)
		return 0
	}
	v := in.b[0]
	in.b = in.b[1:]
	return v
}

func (in *input) uvarint() uint64 {
	if len(in.b) > 0 && in.b[0] < 0x80 { // by far the most
		v := in.b[0]
		in.b = in.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(in.b)
	if n <= 0 {
		in.fail(errShort)
		return 0
	}
	in.b = in.b[n:]
	return v
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func (in *input) varint() int64 { return unzigzag(in.uvarint()) }

// count reads how many things follow that take at least so many bytes each, so
// that damaged bytes can't ask for more memory than they are.
func (in *input) count(each int) int {
	n := in.uvarint()
	if n > math.MaxInt32 || int(n)*each > len(in.b) {
		in.fail(errShort)
		return 0
	}
	return int(n)
}

func (in *input) take(n int) []byte {
	if n > len(in.b) {
		in.fail(errShort)
		return nil
	}
	v := in.b[:n]
	in.b = in.b[n:]
	return v
}

func (in *input) five() uint64 {
	b := in.take(5)
	if b == nil {
		return 0
	}
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32
}

func (in *input) uint64() uint64 {
	b := in.take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (in *input) time(scale int) engine.Time {
	n, unit := in.varint(), int64(scales[scale])
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		in.fail(errCorrupt)
		return 0
	}
	return engine.Time(n * unit)
}

func (in *input) date(n int64) calendar.Date {
	if n < int64(calendar.MinDate)-2 || n > int64(calendar.MaxDate)+2 {
		in.fail(errCorrupt)
		return 0
	}
	return calendar.Date(n)
}

func (in *input) dict() dict {
	n := in.count(8)
	if n > MaxDistinct {
		in.fail(errCorrupt)
		return nil
	}
	d := make(dict, n)
	for i := range d {
		d[i] = in.uint64()
	}
	return d
}

func (in *input) summary(c *Cell, level keep) *summary {
	s := newSummary(nil, c.lay)
	s.n = int64(in.uvarint())
	if c.lay.edges || level == keepStamps {
		s.first = engine.Time(in.varint())
		s.last = s.first + engine.Time(in.uvarint())
	}
	if s.n <= 0 || s.last < s.first && s.first != forever {
		in.fail(errCorrupt)
	}
	for i, col := range c.lay.columns {
		switch {
		case col.keep < level:
		case col.set:
			s.sets[i] = in.set(len(c.dicts[i]))
		default:
			s.cols[i] = in.agg()
		}
	}
	return s
}

func (in *input) set(size int) []uint16 {
	out := make([]uint16, 0, in.count(1))
	next := uint64(0)
	for range cap(out) {
		p := next + in.uvarint()
		if p != beyond && p >= uint64(size) {
			in.fail(errCorrupt)
			return nil
		}
		out = append(out, uint16(p))
		next = p + 1
	}
	return out
}

func (in *input) agg() (a agg) {
	head := in.uvarint()
	a.n = int64(head >> 3)
	if head&1 != 0 {
		a.wrongs = int64(in.uvarint() & math.MaxInt64)
	}
	if a.n == 0 {
		return a
	}
	if head&2 != 0 {
		a.decimals = int64(in.uvarint() & math.MaxInt64)
	}
	if head&4 == 0 {
		a.sum = num{in.varint(), whole}.wide()
	} else {
		a.sum.hi = in.varint()
		a.sum.lo = in.uvarint()
	}
	a.min, a.max = in.num(), in.num()
	return a
}

func (in *input) dates() (r dateRuns) {
	if r.count = int64(in.uvarint()); r.count == 0 {
		return r
	}
	r.lo = in.date(in.varint())
	r.hi = in.date(int64(r.lo) + int64(in.uvarint()&math.MaxInt32))
	if r.packed = append(r.packed, in.take(in.count(1))...); len(r.packed) > 0 {
		r.packLo = in.date(in.varint())
		r.packHi = in.date(in.varint())
	}
	if r.count < 0 || r.packHi >= r.lo && len(r.packed) > 0 {
		in.fail(errCorrupt)
	}
	return r
}
