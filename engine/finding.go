package engine

import "math"

// Finding is one node of an explained expression: the range in the text, what
// it was, what was required and how far away that is.
type Finding struct {
	From     int        `json:"from"` // rune offsets into Source of the whole expression
	To       int        `json:"to"`
	Source   string     `json:"source"`
	Op       string     `json:"op,omitempty"`      // and, or, not, a comparison ...
	Outcome  Outcome    `json:"outcome,omitempty"` // of conditions
	Value    Value      `json:"value"`
	AtLeast  bool       `json:"at_least,omitempty"` // the value is only a lower bound
	Required *Value     `json:"required,omitempty"`
	Distance *Value     `json:"distance,omitempty"` // how much is missing, for comparisons of numbers and times
	Reason   Reason     `json:"reason,omitempty"`   // why unknown
	Of       Text       `json:"of,omitzero"`        // what is unknown, or compared: "message sent in the last 30 days"
	Since    Time       `json:"since,omitempty"`    // of what is unknown: since when it is recorded
	Text     Text       `json:"text,omitzero"`      // "invited 2 of 3, 1 to go"
	Line     int        `json:"line,omitempty"`     // where From is in the rule's document, from 1
	Column   int        `json:"column,omitempty"`   // in runes, from 1
	End      int        `json:"end,omitempty"`      // column after the last rune when on one line, else 0
	Kids     []*Finding `json:"kids,omitempty"`
}

// Missing lists the conditions that would have to come true for the whole to be
// so: of alternatives those of the nearest one. Empty for what is true.
func (f *Finding) Missing() []*Finding {
	if f == nil || f.Outcome == OutcomeTrue {
		return nil
	}
	var out []*Finding
	switch {
	case f.Op == "and" && len(f.Kids) > 0:
		for _, k := range f.Kids {
			out = append(out, k.Missing()...)
		}
	case f.Op == "or" && len(f.Kids) > 0:
		for _, k := range f.Kids {
			if m := k.Missing(); out == nil || Nearer(m, out) {
				out = m
			}
		}
	default:
		out = []*Finding{f}
	}
	return out
}

// Nearer is whether one list of missing conditions is nearer to being met than
// another: fewer of them, then less missing of what is required.
func Nearer(a, b []*Finding) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return Remaining(a) < Remaining(b)
}

// Remaining adds up, for each condition, the part of what is required that is
// missing: 0 to 1, and 1 where that cannot be said.
func Remaining(list []*Finding) float64 {
	sum := 0.0
	for _, f := range list {
		sum += 1 - f.Share()
	}
	return sum
}

// Share is how much of a condition is done, from 0 to 1.
func (f *Finding) Share() float64 {
	switch {
	case f.Outcome == OutcomeTrue:
		return 1
	case f.Distance == nil || f.Required == nil || f.Required.Kind == Instant:
		return 0
	}
	missing, required := math.Abs(f.Distance.Float()), math.Abs(f.Required.Float())
	if f.Distance.Kind == Duration {
		missing, required = float64(f.Distance.Num), float64(f.Required.Num)
	}
	if required == 0 {
		required = missing
	}
	if required == 0 || f.Op == "<" || f.Op == "<=" { // too much is not a part of the way
		return 0
	}
	return max(0, min(1, 1-missing/required))
}
