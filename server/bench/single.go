package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// clients is how many senders post single events at once.
const clients = 16

// Single measures one event a POST, answered after the commit, 16 clients at
// once: events a second, and how long the slowest in a hundred waits.
func (r *Run) Single(ctx context.Context) error {
	bodies := make([][]byte, r.Sizes.Posts)
	for i := range bodies {
		bodies[i] = r.Load.Batch(1)
	}
	waits := make([]time.Duration, len(bodies))
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	u := measure()
	for range clients {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(bodies) {
					return
				}
				begun := time.Now()
				if err := r.Client.Send(ctx, bodies[i], 1); err != nil {
					failed.Store(&err)
					return
				}
				waits[i] = time.Since(begun)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	wall, _ := u.since()
	slices.Sort(waits)
	p50, p99 := waits[len(waits)/2], waits[len(waits)*99/100]
	r.Report.add(Figure{Name: "one event a POST, 16 clients: p99 in ms", Ratio: float64(p99.Microseconds()) / 1000, Goal: "<= 25", Met: p99 <= 25*time.Millisecond,
		Detail: fmt.Sprintf("%.0f events/s, p50 %.1f ms; peers do the same task (receive, one threshold, store, webhook) beside it: see peers", float64(len(bodies))/wall.Seconds(), float64(p50.Microseconds())/1000)})
	return nil
}
