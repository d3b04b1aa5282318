package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Figures are a small table: a row for each day and each thing that is counted on
// it. A commit adds to today's rows, which stay in memory; nothing is scanned to
// read them.

var figureBulk = bulk{table: "figures", columns: []string{"name", "day", "part", "detail", "amount"}, keys: 5, sum: "amount"}

// grown is engine.AddFigure in SQL, for what is added within MaxFigure.
func grown(sum, more string) string {
	return fmt.Sprintf("CASE WHEN figures.%s BETWEEN %d AND %d THEN figures.%s + %s ELSE figures.%s END",
		sum, -engine.MaxFigureSum, engine.MaxFigureSum, sum, more, sum)
}

func (t *tx) saveFigures(ctx context.Context, c *engine.Changes) error {
	return t.addFigures(ctx, c.Figures)
}

// addFigures adds in order of the key, so that two transactions that meet wait for
// each other instead of deadlocking.
func (c scope) addFigures(ctx context.Context, figures []engine.Figure) error {
	if len(figures) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(figures), byFigure)
	all := figureBulk.rows(len(sorted))
	for i := range sorted {
		f := &sorted[i]
		all.add(c.workspace, 0, string(f.Name), f.Day, f.Part, f.Detail, engine.AddFigure(0, f.Amount))
	}
	// Adding nothing to the last one again makes few rows one statement.
	for n := len(sorted); n < padFigures && bits.OnesCount(uint(n)) > 1; n++ {
		f := &sorted[len(sorted)-1]
		all.add(c.workspace, 0, string(f.Name), f.Day, f.Part, f.Detail, int64(0))
	}
	return c.insert(ctx, all)
}

const padFigures = 64

func byFigure(a, b engine.Figure) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Detail, b.Detail))
}

// endings counts deliveries that ended, by the day that they say.
func endings(ended []engine.Delivery) []engine.Figure {
	counts := map[engine.Figure]int64{}
	for i := range ended {
		if d := &ended[i]; d.Day != 0 {
			counts[engine.Figure{Name: engine.DeliveryFigure, Day: d.Day, Part: d.Channel, Detail: string(d.State)}]++
		}
	}
	all := make([]engine.Figure, 0, len(counts))
	for f, n := range counts {
		f.Amount = n
		all = append(all, f)
	}
	return all
}

const selectFigures = "SELECT day, part, detail, amount FROM figures WHERE workspace = ? AND name = ? AND day >= ? AND day < ?"

// Figures reads a range of the table's key.
func (r *reader) Figures(ctx context.Context, q engine.FigureQuery) ([]engine.Figure, error) {
	text, args := selectFigures, []any{string(q.Name), q.From, q.To}
	if q.Part != "" {
		text, args = text+" AND part = ?", append(args, q.Part)
	}
	if q.Detail != "" {
		text, args = text+" AND detail = ?", append(args, q.Detail)
	}
	text += " ORDER BY day, part, detail"
	if q.Limit > 0 {
		text, args = text+" LIMIT ?", append(args, q.Limit)
	}
	var all []engine.Figure
	rows, err := r.query(ctx, text, args...)
	err = each(rows, err, func(row *sql.Rows) error {
		f := engine.Figure{Name: q.Name}
		err := row.Scan(&f.Day, &f.Part, &f.Detail, &f.Amount)
		all = append(all, f)
		return err
	})
	return all, r.readError("read figures", err)
}
