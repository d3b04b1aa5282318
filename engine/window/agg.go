package window

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// agg is what is known of one column of numbers over some events.
type agg struct {
	n        int64 // numbers
	decimals int64 // of them decimals: one makes the result a decimal
	wrongs   int64 // values that are no numbers: one makes the result unknown
	sum      wide
	min, max num
}

func (a *agg) add(x num) {
	switch x.k {
	case absent:
		return
	case wrong:
		a.wrongs++
		return
	case micro:
		a.decimals++
	}
	if a.n == 0 || x.less(a.min) {
		a.min = x
	}
	if a.n == 0 || a.max.less(x) {
		a.max = x
	}
	a.n++
	a.sum = a.sum.add(x.wide())
}

// subtract takes one number out of count and sum; min and max stay.
func (a *agg) subtract(x num) {
	switch x.k {
	case absent:
		return
	case wrong:
		a.wrongs--
		return
	case micro:
		a.decimals--
	}
	a.n--
	a.sum = a.sum.add(x.wide().neg())
}

func (a *agg) merge(b *agg) {
	a.wrongs += b.wrongs
	if b.n == 0 {
		return
	}
	if a.n == 0 || b.min.less(a.min) {
		a.min = b.min
	}
	if a.n == 0 || a.max.less(b.max) {
		a.max = b.max
	}
	a.n += b.n
	a.decimals += b.decimals
	a.sum = a.sum.add(b.sum)
}

// value gives sum, avg, min or max.
func (a *agg) value(of engine.Agg) engine.Value {
	if a.wrongs > 0 {
		return engine.UnknownValue(engine.WrongType)
	}
	if of == engine.Sum {
		return a.number(a.sum)
	}
	if a.n == 0 {
		return engine.UnknownValue(engine.NoData)
	}
	switch of {
	case engine.Min:
		return a.number(a.min.wide())
	case engine.Max:
		return a.number(a.max.wide())
	}
	q, ok := a.sum.divRound(uint64(a.n))
	if !ok {
		return engine.UnknownValue(Overflow)
	}
	return engine.DecimalValue(q)
}

// number gives a wide of millionths as an integer, or as a decimal when a
// decimal is among the numbers that it comes from.
func (a *agg) number(w wide) engine.Value {
	if a.decimals > 0 {
		if n, ok := w.int64(); ok {
			return engine.DecimalValue(n)
		}
		return engine.UnknownValue(Overflow)
	}
	if n, ok := w.divRound(engine.Micro); ok {
		return engine.IntValue(n)
	}
	if (w == num{math.MinInt64, whole}.wide()) { // its magnitude alone does not fit
		return engine.IntValue(math.MinInt64)
	}
	return engine.UnknownValue(Overflow)
}
