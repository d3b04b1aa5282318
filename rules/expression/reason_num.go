package expression

import (
	"math"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// num is a number of the language without loss: an integer and millionths above
// it. All that can be compared lies on the grid of integers or of millionths, so
// that every set of numbers is a list of closed spans.
type num struct {
	whole int64
	micro int64 // 0 to 999,999
}

var leastNum, greatestNum = num{math.MinInt64, 0}, num{math.MaxInt64, engine.Micro - 1}

func intNum(i int64) num { return num{whole: i} }

// exactNum is the number of a value of a kind that has one.
func exactNum(v engine.Value) (num, bool) {
	switch v.Kind {
	case engine.Int, engine.Instant, engine.Duration, engine.Bool:
		return intNum(v.Num), true
	case engine.Decimal:
		whole, micro := v.Num/engine.Micro, v.Num%engine.Micro
		if micro < 0 {
			whole, micro = whole-1, micro+engine.Micro
		}
		return num{whole, micro}, true
	}
	return num{}, false
}

func (a num) less(b num) bool { return a.whole < b.whole || a.whole == b.whole && a.micro < b.micro }

func (a num) max(b num) num {
	if a.less(b) {
		return b
	}
	return a
}

func (a num) min(b num) num {
	if a.less(b) {
		return a
	}
	return b
}

// after is the next number of a grid, before the one before; ok is false at the ends.
func (a num) after(whole bool) (num, bool) {
	switch {
	case !whole && a.micro < engine.Micro-1:
		return num{a.whole, a.micro + 1}, true
	case a.whole == math.MaxInt64:
		return a, false
	}
	return num{whole: a.whole + 1}, true
}

func (a num) before(whole bool) (num, bool) {
	switch {
	case whole && a.micro > 0:
		return num{whole: a.whole}, true
	case a.micro > 0:
		return num{a.whole, a.micro - 1}, true
	case a.whole == math.MinInt64:
		return a, false
	case whole:
		return num{whole: a.whole - 1}, true
	}
	return num{a.whole - 1, engine.Micro - 1}, true
}

// stretch is the closed span of numbers [lo, hi].
type stretch struct{ lo, hi num }

// numbers is a set of numbers: stretches in order that do not touch.
type numbers []stretch

var allNumbers = numbers{{leastNum, greatestNum}}

func from(lo num) numbers           { return numbers{{lo, greatestNum}} }
func upTo(hi num) numbers           { return numbers{{leastNum, hi}} }
func between(lo, hi int64) numbers  { return numbers{{intNum(lo), intNum(hi)}} }
func (s numbers) least() num        { return s[0].lo }
func (s numbers) greatest() num     { return s[len(s)-1].hi }
func (s numbers) has(n num) bool    { return len(s.and(numbers{{n, n}})) > 0 }
func (s numbers) unboundedUp() bool { return len(s) > 0 && s.greatest() == greatestNum }

// that are the numbers of a grid in a relation to one.
func that(r relation, c num, whole bool) numbers {
	switch r {
	case equal:
		if whole && c.micro != 0 {
			return nil
		}
		return numbers{{c, c}}
	case unequal:
		return that(equal, c, whole).not(whole)
	case lessEqual:
		if whole {
			c.micro = 0
		}
		return upTo(c)
	case greater:
		return that(lessEqual, c, whole).not(whole)
	case less:
		if c, ok := c.before(whole); ok {
			return upTo(c)
		}
		return nil
	}
	return that(less, c, whole).not(whole)
}

// and is what two sets share.
func (s numbers) and(t numbers) numbers {
	var out numbers
	for i, j := 0, 0; i < len(s) && j < len(t); {
		lo, hi := s[i].lo.max(t[j].lo), s[i].hi.min(t[j].hi)
		if !hi.less(lo) {
			out = append(out, stretch{lo, hi})
		}
		if s[i].hi.less(t[j].hi) {
			i++
		} else {
			j++
		}
	}
	return out
}

// or is what either of two sets has; neighbours on the grid are joined.
func (s numbers) or(t numbers, whole bool) numbers {
	all := slices.Concat(s, t)
	slices.SortFunc(all, func(a, b stretch) int {
		switch {
		case a.lo.less(b.lo):
			return -1
		case b.lo.less(a.lo):
			return 1
		}
		return 0
	})
	var out numbers
	for _, x := range all {
		if n := len(out); n > 0 {
			last := &out[n-1]
			next, more := last.hi.after(whole)
			if !more || !next.less(x.lo) {
				last.hi = last.hi.max(x.hi)
				continue
			}
		}
		out = append(out, x)
	}
	return out
}

// not is everything else on the grid.
func (s numbers) not(whole bool) numbers {
	var out numbers
	lo, more := leastNum, true
	for _, x := range s {
		if hi, ok := x.lo.before(whole); ok && more && !hi.less(lo) {
			out = append(out, stretch{lo, hi})
		}
		lo, more = x.hi.after(whole)
	}
	if more {
		out = append(out, stretch{lo, greatestNum})
	}
	return out
}
