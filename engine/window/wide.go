package window

import (
	"math"
	"math/bits"

	"github.com/bylaw-dev/bylaw/engine"
)

// wide is a 128-bit signed integer in two's complement. Sums are kept in it, in
// millionths, so that they overflow only when they are read.
type wide struct {
	hi int64
	lo uint64
}

func (w wide) add(x wide) wide {
	lo, carry := bits.Add64(w.lo, x.lo, 0)
	hi, _ := bits.Add64(uint64(w.hi), uint64(x.hi), carry)
	return wide{int64(hi), lo}
}

func (w wide) neg() wide {
	lo, borrow := bits.Sub64(0, w.lo, 0)
	hi, _ := bits.Sub64(0, uint64(w.hi), borrow)
	return wide{int64(hi), lo}
}

func (w wide) less(x wide) bool {
	return w.hi < x.hi || w.hi == x.hi && w.lo < x.lo
}

// abs gives the magnitude and whether the number is negative.
func (w wide) abs() (hi, lo uint64, negative bool) {
	if w.hi < 0 {
		n := w.neg()
		return uint64(n.hi), n.lo, true
	}
	return uint64(w.hi), w.lo, false
}

// int64 gives the number when it fits.
func (w wide) int64() (int64, bool) {
	return int64(w.lo), w.hi == int64(w.lo)>>63
}

// divRound divides by a positive number, rounding half away from zero; ok is
// false when the quotient does not fit.
func (w wide) divRound(by uint64) (int64, bool) {
	hi, lo, negative := w.abs()
	if hi >= by {
		return 0, false
	}
	q, r := bits.Div64(hi, lo, by)
	if r >= by-r {
		q++
	}
	if q == 0 || q > math.MaxInt64 {
		return 0, q == 0
	}
	if negative {
		return -int64(q), true
	}
	return int64(q), true
}

// valKind says what a stamp's value is. A set column's values are seen.
type valKind uint8

const (
	absent valKind = iota // the event has no such field
	wrong                 // a value that the aggregate cannot take
	whole                 // an integer
	micro                 // a decimal, in millionths
)

// seen marks a value of a set column: its number is a place in the dictionary.
const seen = whole

// num is one number as an event gave it.
type num struct {
	v int64
	k valKind
}

// numOf reads an event's value for a column of numbers.
func numOf(v engine.Value) num {
	switch {
	case v.Kind == engine.Int:
		return num{v.Num, whole}
	case v.Kind == engine.Decimal:
		return num{v.Num, micro}
	case v.Kind == engine.Unknown:
		return num{}
	}
	return num{k: wrong}
}

// wide gives the number in millionths.
func (n num) wide() wide {
	if n.k == micro {
		return wide{n.v >> 63, uint64(n.v)}
	}
	u := uint64(n.v)
	if n.v < 0 {
		u = -u
	}
	hi, lo := bits.Mul64(u, engine.Micro)
	w := wide{int64(hi), lo}
	if n.v < 0 {
		return w.neg()
	}
	return w
}

func (n num) less(m num) bool {
	if n.k == m.k {
		return n.v < m.v
	}
	return n.wide().less(m.wide())
}
