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

	Questions int // asked of why and try
	Backtests int // run to the end; three times as many are cancelled
	Checks    int // of each document
}

// Full are the sizes that the goals speak of; Quick is for tests.
var (
	Full  = Sizes{Fill: 100_000, Slices: 9, Slice: 20_000, Grow: 1_000_000, Posts: 20_000, Questions: 200, Backtests: 3, Checks: 51}
	Quick = Sizes{Fill: 2_000, Slices: 3, Slice: 2_000, Grow: 6_000, Posts: 200, Questions: 20, Backtests: 2, Checks: 3}
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
	InOrder  bool // what fills the log comes in the order of its times, so that the log is the same in each run
	sent     int
}

// cost is what events took: wall time, this process's processor time, and the
// senders' part of that.
type cost struct{ wall, cpu, sender time.Duration }

// send posts n events in batches of a thousand, built before the clock starts.
func (r *Run) send(ctx context.Context, n int) (c cost, err error) {
	bodies := make([][]byte, 0, n/1000)
	for range n / 1000 {
		bodies = append(bodies, r.Load.Batch(1000))
	}
	u := measure()
	c.sender, err = r.Client.Batches(ctx, bodies)
	c.wall, c.cpu = u.since()
	r.sent += n
	return c, err
}

// grow sends events until as many are stored as the sizes say.
func (r *Run) grow(ctx context.Context, doing string) error {
	for r.sent < r.Sizes.Grow {
		n := min(r.Sizes.Slice, r.Sizes.Grow-r.sent)
		if r.InOrder {
			for range n / 1000 {
				if err := r.Client.Send(ctx, r.Load.Batch(1000), 1000); err != nil {
					return err
				}
			}
			r.sent += n
		} else if _, err := r.send(ctx, n); err != nil {
			return err
		}
		r.Progress(doing, int64(r.sent), int64(r.Sizes.Grow))
	}
	return nil
}

// Ingest measures batches of 1,000 through HTTP, with rules, committed, against
// raw inserts, slice by slice in turn, both from the same number of rows on.
func (r *Run) Ingest(ctx context.Context) error {
	for r.sent < r.Sizes.Fill {
		if _, err := r.send(ctx, min(r.Sizes.Slice, r.Sizes.Fill-r.sent)); err != nil {
			return err
		}
		r.Progress("fill", int64(r.sent), int64(r.Sizes.Fill))
	}
	for done := 0; done < r.Sizes.Fill; done += r.Sizes.Slice {
		if _, err := r.Raw.Insert(ctx, min(r.Sizes.Slice, r.Sizes.Fill-done)); err != nil {
			return err
		}
	}
	var ratios, ours, raws, cpus, senders []float64
	for i := range r.Sizes.Slices {
		c, err := r.send(ctx, r.Sizes.Slice)
		if err != nil {
			return err
		}
		raw, err := r.Raw.Insert(ctx, r.Sizes.Slice)
		if err != nil {
			return err
		}
		ratios = append(ratios, raw.Seconds()/c.wall.Seconds())
		ours = append(ours, perEvent(c.wall, r.Sizes.Slice))
		raws = append(raws, perEvent(raw, r.Sizes.Slice))
		cpus = append(cpus, perEvent(c.cpu-c.sender, r.Sizes.Slice))
		senders = append(senders, perEvent(c.sender, r.Sizes.Slice))
		r.Progress("ingest", int64(i+1), int64(r.Sizes.Slices))
	}
	goal := 0.6
	if r.SQLite {
		goal = 1.0
	}
	r.Report.add(Figure{Name: fmt.Sprintf("ingest with %d rules, against raw inserts", r.Load.Rules), Ratio: median(ratios),
		Goal: fmt.Sprintf(">= %.1f", goal), Met: median(ratios) >= goal,
		Detail: fmt.Sprintf("ours %.1f us an event (cpu %.1f of the server, %.1f of the senders), raw %.1f us; %d slices of %d;\n    both with %d connections in flight, what they send is made before the clock starts",
			median(ours), median(cpus), median(senders), median(raws), r.Sizes.Slices, r.Sizes.Slice, Senders)})
	return nil
}

func perEvent(d time.Duration, n int) float64 { return float64(d.Microseconds()) / float64(n) }

// Growth measures the processor time of an event with many stored against few.
func (r *Run) Growth(ctx context.Context, few float64) error {
	if err := r.grow(ctx, "grow"); err != nil {
		return err
	}
	many, err := r.cpuNow(ctx)
	if err != nil {
		return err
	}
	r.Report.add(Figure{Name: fmt.Sprintf("cpu of an event at %d stored against few", r.sent), Ratio: many / few, Goal: "<= 1.2", Met: many/few <= 1.2,
		Detail: fmt.Sprintf("%.1f us of the server against %.1f us", many, few)})
	return nil
}

// cpuNow is the processor time of an event at the present number of rows, over
// enough of them that the collector's cycles, which fall into one slice in five
// and double its cost, weigh the same early and late.
func (r *Run) cpuNow(ctx context.Context) (float64, error) {
	var all time.Duration
	const slices = 10
	for range slices {
		c, err := r.send(ctx, r.Sizes.Slice)
		if err != nil {
			return 0, err
		}
		all += c.cpu - c.sender
	}
	return perEvent(all, slices*r.Sizes.Slice), nil
}

// Few warms the server with all of its members and measures the processor time
// of an event near the start.
func (r *Run) Few(ctx context.Context) (float64, error) {
	if _, err := r.send(ctx, min(10_000, r.Sizes.Fill)); err != nil {
		return 0, err
	}
	return r.cpuNow(ctx)
}
