package rules

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// accepted is what a case's expect would say were what came right: the outcome, and the effects that happened, each with
// those fields that the case already looks at.
func (c *Case) accepted(outcome engine.Outcome, effects []engine.Effect) string {
	x := Expect{Outcome: outcome}
	for _, e := range effects {
		if e.Reason != "" { // it did not happen
			continue
		}
		one := ExpectEffect{Kind: e.Kind, Fields: map[string]engine.Value{}}
		for _, name := range c.looksAt(e.Kind) {
			if v, ok := e.Fields[name]; ok {
				one.Fields[name] = v
			}
		}
		x.Effects = append(x.Effects, one)
	}
	x.None = len(effects) == 0 // one that was stopped is more than none
	return flow(x.written())
}

// looksAt names the fields of an effect that the case says something about.
func (c *Case) looksAt(kind engine.EffectKind) (names []string) {
	for _, e := range slices.Concat(c.Expect.Effects, c.Expect.Not) {
		if e.Kind == kind {
			names = append(names, sortedNames(e.Fields)...)
		}
	}
	return names
}
