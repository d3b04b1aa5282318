package window

import "github.com/bylaw-dev/bylaw/engine"

// Counts says which events a shape's cells count, and what of them must be read
// to build one anew that answers as one that was kept.
type Counts struct {
	Source engine.Source
	Type   string      // engine.AnyType: all
	Whole  bool        // from the beginning
	Far    engine.Time // else so far back, in microseconds
	Bare   bool        // their times alone
}

// Counts says what a shape counts.
func (p *Plan) Counts(shape int) Counts {
	s := p.shapes[shape]
	c := Counts{Source: s.source, Type: s.typ, Whole: s.lay.all, Bare: len(s.consts)+len(s.keyed)+len(s.lay.columns) == 0}
	for _, col := range s.lay.columns {
		c.Whole = c.Whole || col.set // what it has seen counts towards MaxDistinct
	}
	const dayMicros = engine.Time(86400 * 1e6)
	c.Far = max(s.lookback, engine.Time(s.dayKeep+daySlack)*dayMicros)
	return c
}
