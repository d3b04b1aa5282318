package engine_test

import (
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func leaf(outcome engine.Outcome, have, required int64) *engine.Finding {
	r, d := engine.IntValue(required), engine.IntValue(required-have)
	f := &engine.Finding{Op: ">=", Outcome: outcome, Value: engine.IntValue(have), Required: &r, Source: "x"}
	if outcome != engine.OutcomeTrue {
		f.Distance = &d
	}
	return f
}

// TestMissing: of and all that is not true, of or the nearest alternative.
func TestMissing(t *testing.T) {
	met, near, far := leaf(engine.OutcomeTrue, 3, 3), leaf(engine.OutcomeFalse, 9, 10), leaf(engine.OutcomeFalse, 1, 10)
	other := &engine.Finding{Op: "==", Outcome: engine.OutcomeUnknown}
	of := func(op string, outcome engine.Outcome, kids ...*engine.Finding) *engine.Finding {
		return &engine.Finding{Op: op, Outcome: outcome, Kids: kids}
	}
	for name, c := range map[string]struct {
		f    *engine.Finding
		want []*engine.Finding
		left float64
	}{
		"true":                 {met, nil, 0},
		"one":                  {near, []*engine.Finding{near}, 0.1},
		"and":                  {of("and", engine.OutcomeFalse, met, near, far), []*engine.Finding{near, far}, 1},
		"or: the nearer":       {of("or", engine.OutcomeFalse, far, near), []*engine.Finding{near}, 0.1},
		"or: fewer conditions": {of("or", engine.OutcomeFalse, of("and", engine.OutcomeFalse, near, near), far), []*engine.Finding{far}, 0.9},
		"unknown":              {of("and", engine.OutcomeUnknown, met, other), []*engine.Finding{other}, 1},
		"no condition":         {nil, nil, 0},
	} {
		got := c.f.Missing()
		if len(got) != len(c.want) {
			t.Errorf("%s: %d missing, want %d", name, len(got), len(c.want))
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %d is another condition", name, i)
			}
		}
		if left := engine.Remaining(got); left < c.left-1e-9 || left > c.left+1e-9 {
			t.Errorf("%s: %v remaining, want %v", name, left, c.left)
		}
	}
}

// TestShare: what is too much is no part of the way, nor is what has no measure.
func TestShare(t *testing.T) {
	tooMany := leaf(engine.OutcomeFalse, 3, 2)
	tooMany.Op = "<="
	for name, c := range map[string]struct {
		f    *engine.Finding
		want float64
	}{
		"met": {leaf(engine.OutcomeTrue, 5, 3), 1}, "half": {leaf(engine.OutcomeFalse, 5, 10), 0.5}, "none": {leaf(engine.OutcomeFalse, 0, 10), 0},
		"negative": {leaf(engine.OutcomeFalse, -5, 10), 0}, "too many": {tooMany, 0}, "no measure": {&engine.Finding{Outcome: engine.OutcomeFalse}, 0},
	} {
		if got := c.f.Share(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
