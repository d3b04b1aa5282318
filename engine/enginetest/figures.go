package enginetest

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// figuresAdd adds random figures in random portions and holds every sum against a
// plain map.
func figuresAdd(t *testing.T, s engine.Store) {
	r := rand.New(rand.NewSource(5))
	parts := []string{"", "checkin.done", "签到", "Checkin.done", "a ", "a"}
	want := map[engine.Figure]int64{}
	for range 40 {
		adds := map[engine.Figure]int64{}
		for range r.Intn(90) {
			k := engine.Figure{Name: []engine.FigureName{engine.EventFigure, engine.TierFigure}[r.Intn(2)], Day: int32(r.Intn(12) - 3),
				Part: parts[r.Intn(len(parts))], Detail: []string{"", "x"}[r.Intn(2)]}
			adds[k] += int64(r.Intn(2000) - 500)
		}
		write(t, s, space, func(c *engine.Changes) {
			for k, n := range adds {
				want[k] += n
				k.Amount = n
				c.Figures = append(c.Figures, k)
			}
		})
	}
	for _, q := range []engine.FigureQuery{
		{Name: engine.EventFigure, From: -3, To: 9}, {Name: engine.TierFigure, From: 0, To: 4}, {Name: engine.EventFigure, From: 4, To: 4},
		{Name: engine.EventFigure, From: -3, To: 9, Part: "签到"}, {Name: engine.EventFigure, From: 2, To: 7, Part: "a", Detail: "x"},
		{Name: engine.TierFigure, From: -9, To: 99, Detail: "x", Limit: 7}, {Name: "nothing", From: -9, To: 99},
	} {
		got, err := s.Reader(space).Figures(context.Background(), q)
		ok(t, err)
		equal(t, fmt.Sprintf("figures %+v", q), fmt.Sprint(got), fmt.Sprint(chosenFigures(want, q)))
	}
	hugeFigures(t, s)
	refused := tryWrite(s, space, func(c *engine.Changes) { c.Figures = []engine.Figure{{Day: 1}} })
	mustBe(t, refused, engine.CodeInvalid)
}

// chosenFigures selects and sorts as a store must.
func chosenFigures(all map[engine.Figure]int64, q engine.FigureQuery) []engine.Figure {
	var chosen []engine.Figure
	for f, n := range all {
		if f.Name == q.Name && f.Day >= q.From && f.Day < q.To && (q.Part == "" || q.Part == f.Part) && (q.Detail == "" || q.Detail == f.Detail) {
			f.Amount = n
			chosen = append(chosen, f)
		}
	}
	slices.SortFunc(chosen, func(a, b engine.Figure) int {
		if a.Day != b.Day {
			return int(a.Day - b.Day)
		}
		return slices.Compare([]string{a.Part, a.Detail}, []string{b.Part, b.Detail})
	})
	if q.Limit > 0 {
		chosen = chosen[:min(q.Limit, len(chosen))]
	}
	return chosen
}

// hugeFigures asks that a sum which would leave 64 bits stops growing and nothing fails.
func hugeFigures(t *testing.T, s engine.Store) {
	sum := map[int32]int64{}
	for range 12 {
		write(t, s, space, func(c *engine.Changes) {
			for day, n := range map[int32]int64{1: math.MaxInt64, 2: math.MinInt64, 3: 1 << 50} {
				c.Figures = append(c.Figures, engine.Figure{Name: engine.PointFigure, Day: day, Part: "points", Amount: n})
				sum[day] = engine.AddFigure(sum[day], n)
			}
		})
	}
	got, err := s.Reader(space).Figures(context.Background(), engine.FigureQuery{Name: engine.PointFigure, From: 0, To: 9})
	ok(t, err)
	for _, f := range got {
		equal(t, fmt.Sprint("the sum of day ", f.Day), f.Amount, sum[f.Day])
	}
	equal(t, "days", len(got), 3)
}

// endingsCounted settles deliveries: what ends on a day is counted once, what goes
// on or was lost is not.
func endingsCounted(t *testing.T, s engine.Store) {
	enqueue(t, s, space, delivery("a", 1, 1), delivery("b", 1, 1), delivery("c", 1, 1), delivery("d", 1, 1))
	stale := claim(t, s, 10, 20, 1)[0]
	claimed := claim(t, s, 20, 30, 4)
	stale.Day = 7
	equal(t, "a stale settle is lost", settle(t, s, stale, engine.DeliverySent), true)
	for i, state := range []engine.DeliveryState{engine.DeliverySent, engine.DeliverySent, engine.DeliveryDead, engine.DeliveryHeld} {
		claimed[i].Day = 7
		equal(t, "lost", settle(t, s, claimed[i], state), false)
	}
	equal(t, "settled twice", settle(t, s, claimed[0], engine.DeliveryDead), true)
	got, err := s.Reader(space).Figures(context.Background(), engine.FigureQuery{Name: engine.DeliveryFigure, From: 0, To: 99})
	ok(t, err)
	channel := claimed[0].Channel
	equal(t, "endings", fmt.Sprint(got), fmt.Sprint([]engine.Figure{
		{Name: engine.DeliveryFigure, Day: 7, Part: channel, Detail: "dead", Amount: 1}, {Name: engine.DeliveryFigure, Day: 7, Part: channel, Detail: "sent", Amount: 2}}))
	ended, err := s.Reader(space).ListDeliveries(context.Background(), engine.DeliveryQuery{State: engine.DeliveryDead})
	ok(t, err)
	equal(t, "the day it ended", ended.Items[0].Day, 7)
}
