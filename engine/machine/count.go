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

// countDecision counts a stored decision and what it did.
func (t *turn) countDecision(d *engine.Decision) {
	what := string(d.Outcome)
	switch {
	case d.Outcome != engine.OutcomeTrue:
	case d.Reason == engine.InShadow:
		what = engine.FigureShadow
	case d.Reason != "":
		what = engine.FigureStopped
	default:
		what = engine.FigureActed
	}
	t.count(engine.DecisionFigure, d.At, d.Rule, what)
	for i := range d.Effects {
		if e := &d.Effects[i]; e.Reason == "" {
			t.count(engine.EffectFigure, d.At, string(e.Kind), d.Rule)
		}
	}
}

// countPoints counts a ledger entry. What moves with a merge was counted before.
func (t *turn) countPoints(e *engine.LedgerEntry) {
	detail, amount := engine.FigureGranted, e.Amount
	switch {
	case e.Kind == "merge":
		return
	case e.Kind == "expire":
		detail, amount = engine.FigureExpired, -amount
	case e.Kind == "reverse":
		detail, amount = engine.FigureReversed, -amount
	case amount < 0:
		detail, amount = engine.FigureSpent, -amount
	}
	t.countBy(amount, figureKey{engine.PointFigure, 0, e.Account, detail}, e.At)
}
