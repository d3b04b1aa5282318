package bench

import (
	"context"
	"fmt"
	"time"
)

// Sizes say how much is done; smaller ones make a quick look.
type Sizes struct {
	Fill   int // events before ingest is measured
	Slices int // pairs of slices, ours and raw in turn
	Slice  int // events a slice
	Grow   int // stored events that growth goes to
	Posts  int // single-event posts
}

// Full are the sizes that the goals speak of; Quick is for tests.
var (
	Full  = Sizes{Fill: 100_000, Slices: 9, Slice: 20_000, Grow: 1_000_000, Posts: 20_000}
	Quick = Sizes{Fill: 2_000, Slices: 3, Slice: 2_000, Grow: 6_000, Posts: 200}
)

// Run is one measurement under way.
type Run struct {
	Client   *Client
	Raw      *Raw
	Load     *Load
	Sizes    Sizes
	Report   *Report
	Progress func(what string, done, total int64)
	SQLite   bool
	sent     int
}

// send posts n events in batches of a thousand, built before the clock starts.
func (r *Run) send(ctx context.Context, n int) (wall, cpu time.Duration, err error) {
	bodies := make([][]byte, 0, n/1000)
	for range n / 1000 {
		bodies = append(bodies, r.Load.Batch(1000))
	}
	u := measure()
	for _, b := range bodies {
		if err := r.Client.Send(ctx, b, 1000); err != nil {
			return 0, 0, err
		}
	}
	wall, cpu = u.since()
	r.sent += n
	return wall, cpu, nil
}

// Ingest measures batches of 1,000 through HTTP, with rules, committed, against
// raw inserts, slice by slice in turn, both from the same number of rows on.
func (r *Run) Ingest(ctx context.Context) error {
	for r.sent < r.Sizes.Fill {
		if _, _, err := r.send(ctx, min(r.Sizes.Slice, r.Sizes.Fill-r.sent)); err != nil {
			return err
		}
		r.Progress("fill", int64(r.sent), int64(r.Sizes.Fill))
	}
	if err := r.Raw.Insert(ctx, r.Sizes.Fill); err != nil {
		return err
	}
	var ratios, ours, raws, cpus []float64
	for i := range r.Sizes.Slices {
		wall, cpu, err := r.send(ctx, r.Sizes.Slice)
		if err != nil {
			return err
		}
		u := measure()
		if err := r.Raw.Insert(ctx, r.Sizes.Slice); err != nil {
			return err
		}
		raw, _ := u.since()
		ratios = append(ratios, raw.Seconds()/wall.Seconds())
		ours = append(ours, perEvent(wall, r.Sizes.Slice))
		raws = append(raws, perEvent(raw, r.Sizes.Slice))
		cpus = append(cpus, perEvent(cpu, r.Sizes.Slice))
		r.Progress("ingest", int64(i+1), int64(r.Sizes.Slices))
	}
	goal := 0.6
	if r.SQLite {
		goal = 1.0
	}
	r.Report.add(Figure{Name: fmt.Sprintf("ingest with %d rules, against raw inserts", r.Load.Rules), Ratio: median(ratios),
		Goal: fmt.Sprintf(">= %.1f", goal), Met: median(ratios) >= goal,
		Detail: fmt.Sprintf("ours %.1f us an event (cpu %.1f, with the sender), raw %.1f us; %d slices of %d",
			median(ours), median(cpus), median(raws), r.Sizes.Slices, r.Sizes.Slice)})
	return nil
}

func perEvent(d time.Duration, n int) float64 { return float64(d.Microseconds()) / float64(n) }

// Growth measures the processor time of an event with many stored against few.
func (r *Run) Growth(ctx context.Context, few float64) error {
	for r.sent < r.Sizes.Grow {
		if _, _, err := r.send(ctx, min(r.Sizes.Slice, r.Sizes.Grow-r.sent)); err != nil {
			return err
		}
		r.Progress("grow", int64(r.sent), int64(r.Sizes.Grow))
	}
	many, err := r.cpuNow(ctx)
	if err != nil {
		return err
	}
	r.Report.add(Figure{Name: fmt.Sprintf("cpu of an event at %d stored against few", r.sent), Ratio: many / few, Goal: "<= 1.2", Met: many/few <= 1.2,
		Detail: fmt.Sprintf("%.1f us against %.1f us, with the sender", many, few)})
	return nil
}

// cpuNow is the processor time of an event at the present number of rows: the
// median of five slices.
func (r *Run) cpuNow(ctx context.Context) (float64, error) {
	var cpus []float64
	for range 5 {
		_, cpu, err := r.send(ctx, min(r.Sizes.Slice, 10_000))
		if err != nil {
			return 0, err
		}
		cpus = append(cpus, perEvent(cpu, min(r.Sizes.Slice, 10_000)))
	}
	return median(cpus), nil
}

// Few warms the server with all of its members and measures the processor time
// of an event near the start.
func (r *Run) Few(ctx context.Context) (float64, error) {
	if _, _, err := r.send(ctx, min(10_000, r.Sizes.Fill)); err != nil {
		return 0, err
	}
	return r.cpuNow(ctx)
}
