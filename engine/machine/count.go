package machine

import (
	"cmp"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// What reports show is counted while it happens, by local day, and saved with
// it: reading a year costs its days, not its events. Simulations count nothing.

// counts are the figures of one turn.
type counts struct {
	sums     map[figureKey]int64
	from, to engine.Time // of the day that was asked for last
	day      int32
}

type figureKey struct {
	name         engine.FigureName
	day          int32
	part, detail string
}

// count adds one to a figure of the day that a time lies in.
func (t *turn) count(name engine.FigureName, at engine.Time, part, detail string) {
	t.countBy(1, figureKey{name, 0, part, detail}, at)
}

func (t *turn) countBy(amount int64, k figureKey, at engine.Time) {
	if t.sim != nil {
		return
	}
	if at < t.counts.from || at >= t.counts.to {
		day := t.view.Zone.Day(at.Std())
		t.counts.day = int32(day)
		t.counts.from = engine.TimeOf(t.view.Zone.DayStart(day))
		t.counts.to = engine.TimeOf(t.view.Zone.DayStart(day.AddDays(1)))
	}
	k.day = t.counts.day
	if t.counts.sums == nil {
		t.counts.sums = map[figureKey]int64{}
	}
	t.counts.sums[k] = engine.AddFigure(t.counts.sums[k], amount)
}

// figures are what the turn counted, in order; what came to nothing is left out.
func (t *turn) figures() []engine.Figure {
	all := make([]engine.Figure, 0, len(t.counts.sums))
	for k, n := range t.counts.sums {
		if n != 0 {
			all = append(all, engine.Figure{Name: k.name, Day: k.day, Part: k.part, Detail: k.detail, Amount: n})
		}
	}
	slices.SortFunc(all, func(a, b engine.Figure) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Detail, b.Detail))
	})
	return all
}

// FigureOf is the detail that a decision is counted by.
func FigureOf(d *engine.Decision) string {
	switch {
	case d.Outcome != engine.OutcomeTrue:
		return string(d.Outcome)
	case d.Reason == engine.InShadow:
		return engine.FigureShadow
	case d.Reason != "":
		return engine.FigureStopped
	}
	return engine.FigureActed
}

// countDecision counts a stored decision and what it did.
func (t *turn) countDecision(d *engine.Decision) {
	t.count(engine.DecisionFigure, d.At, d.Rule, FigureOf(d))
	for i := range d.Effects {
		if e := &d.Effects[i]; e.Reason == "" {
			t.count(engine.EffectFigure, d.At, string(e.Kind), d.Rule)
		}
	}
}

// countPoints counts a ledger entry.
func (t *turn) countPoints(e *engine.LedgerEntry) {
	if flow, amount := PointFlow(e); flow != "" {
		t.countBy(amount, figureKey{engine.PointFigure, 0, e.Account, flow}, e.At)
	}
}

// PointFlow is the detail that an entry is counted by, and by how much, as a
// positive number where it is what the detail says. What moves with a merge has
// none: it was counted before.
func PointFlow(e *engine.LedgerEntry) (flow string, amount int64) {
	switch {
	case e.Kind == "merge":
		return "", 0
	case e.Kind == "expire":
		return engine.FigureExpired, -e.Amount
	case e.Kind == "reverse":
		return engine.FigureReversed, -e.Amount
	case e.Amount < 0:
		return engine.FigureSpent, -e.Amount
	}
	return engine.FigureGranted, e.Amount
}
