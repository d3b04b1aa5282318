package expression

import "slices"

// words is a set of texts: those listed, or all but those.
type words struct {
	list []string // sorted
	not  bool
}

var allWords = words{not: true}

func someWords(list ...string) words {
	return words{list: slices.Compact(slices.Sorted(slices.Values(list)))}
}

func (w words) empty() bool { return !w.not && len(w.list) == 0 }

func (w words) has(s string) bool {
	_, found := slices.BinarySearch(w.list, s)
	return found != w.not
}

func (w words) other() words { return words{w.list, !w.not} }

func (w words) and(o words) words {
	if w.not && o.not {
		return words{someWords(slices.Concat(w.list, o.list)...).list, true}
	}
	if w.not {
		w, o = o, w
	}
	return w.keep(o.has)
}

func (w words) or(o words) words { return w.other().and(o.other()).other() }

// keep filters a list; "all but" stays, since what it holds is not known.
func (w words) keep(fits func(string) bool) words {
	if w.not {
		return w
	}
	out := words{list: []string{}}
	for _, s := range w.list {
		if fits(s) {
			out.list = append(out.list, s)
		}
	}
	return out
}

// values is what a term may be: numbers on a grid (conditions are 0 and 1, the
// order of two terms -1 to 1), or texts.
type values struct {
	isText bool
	whole  bool // the grid of integers
	n      numbers
	w      words
}

func (v values) empty() bool {
	if v.isText {
		return v.w.empty()
	}
	return len(v.n) == 0
}

func (v values) and(o values) values {
	if v.isText {
		v.w = v.w.and(o.w)
	} else {
		v.n = v.n.and(o.n)
	}
	return v
}

func (v values) or(o values) values {
	if v.isText {
		v.w = v.w.or(o.w)
	} else {
		v.n = v.n.or(o.n, v.whole)
	}
	return v
}

func (v values) other() values {
	if v.isText {
		v.w = v.w.other()
	} else {
		v.n = v.n.not(v.whole)
	}
	return v
}

// knowing says how a term may be known: several at once while nothing is assumed.
type knowing uint8

const (
	mayBeExact   knowing = 1 << iota
	mayBeBounded         // only "at least so much" is known
	mayBeUnknown         // or failed
)

// state is what is believed of a term: the values that it may truly have, known
// or not, and how it may be known. It is never changed.
type state struct {
	values
	knowing
	least num // of a bound, where one is known
}

func (s *state) join(o *state) *state {
	if s == o {
		return s
	}
	return &state{s.values.or(o.values), s.knowing | o.knowing, s.least.min(o.least)}
}

// outcomes is a set of truth values.
type outcomes uint8

const (
	canBeTrue outcomes = 1 << iota
	canBeFalse
	canBeUnknown
)

func (o outcomes) not() outcomes {
	return o&canBeUnknown | o&canBeTrue<<1 | o&canBeFalse>>1
}

// both is the outcome of an and.
func (o outcomes) both(p outcomes) outcomes {
	out := o&p&canBeTrue | (o|p)&canBeFalse
	if o&canBeUnknown != 0 && p&(canBeTrue|canBeUnknown) != 0 || p&canBeUnknown != 0 && o&(canBeTrue|canBeUnknown) != 0 {
		out |= canBeUnknown
	}
	return out
}

func (o outcomes) either(p outcomes) outcomes { return o.not().both(p.not()).not() }

// test is a comparison of a term with constants: true for some values, false for
// the others.
type test struct {
	id    int
	yes   values
	no    values // all others
	up    bool   // > and >=: a lower bound may suffice
	loose bool   // of two terms: which of them is bounded is not looked at
}

// holds is the state after the test came out true, nil when it cannot.
func (s *state) holds(t test) *state {
	out := &state{values: s.and(t.yes), knowing: s.knowing &^ mayBeUnknown, least: s.least}
	switch {
	case t.loose:
	case !t.up:
		out.knowing &^= mayBeBounded
	case !t.yes.empty():
		out.least = out.least.max(t.yes.n.least())
	}
	if out.empty() || out.knowing == 0 {
		return nil
	}
	return out
}

// fails is the state after the test came out false: bounds never say so.
func (s *state) fails(t test) *state {
	out := &state{values: s.and(t.no), knowing: s.knowing &^ mayBeUnknown, least: s.least}
	if !t.loose {
		out.knowing &^= mayBeBounded
	}
	if out.empty() || out.knowing == 0 {
		return nil
	}
	return out
}

// says is how a test may come out.
func (s *state) says(t test) outcomes {
	out := outcomes(0)
	if s.holds(t) != nil {
		out |= canBeTrue
	}
	if s.fails(t) != nil {
		out |= canBeFalse
	}
	suffices := t.up && !t.yes.empty() && !s.least.less(t.yes.n.least())
	if s.knowing&mayBeUnknown != 0 || s.knowing&mayBeBounded != 0 && !suffices {
		out |= canBeUnknown
	}
	return out
}
