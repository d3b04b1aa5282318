package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// whyGoal is what any answer to why may take.
const whyGoal = 300 * time.Millisecond

// Why measures asking why of any rule about any member at any moment that the
// loaded events reach back to, one question at a time, once the log is filed, as
// what happened longer ago than some minutes is.
func (r *Run) Why(ctx context.Context, file func(context.Context) error) error {
	if err := r.grow(ctx, "fill"); err != nil {
		return err
	}
	if err := file(ctx); err != nil {
		return err
	}
	waits := make([]time.Duration, r.Sizes.Questions)
	span := r.Load.clock - r.Load.begin
	for i := range waits {
		at := r.Load.clock - span/1000*engine.Time(r.Load.n(900)) // anywhere in the last nine tenths
		path := fmt.Sprintf("/members/%s/why?rule=rule-%05d&at=%s", url.PathEscape("app:"+r.Load.member()),
			r.Load.n(r.Load.Rules), url.QueryEscape(at.String()))
		begun := time.Now()
		if _, err := r.Client.do(ctx, http.MethodGet, path, "", nil); err != nil {
			return err
		}
		waits[i] = time.Since(begun)
		r.Progress("why", int64(i+1), int64(len(waits)))
	}
	slices.Sort(waits)
	p50, worst := waits[len(waits)/2], waits[len(waits)-1]
	r.Report.add(Figure{Name: "why, the slowest answer in ms", Ratio: float64(worst.Microseconds()) / 1000, Goal: fmt.Sprintf("<= %d", whyGoal.Milliseconds()), Met: worst <= whyGoal,
		Detail: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms; %d questions about %d members, %d rules and %d events", float64(p50.Microseconds())/1000,
			float64(waits[len(waits)*99/100].Microseconds())/1000, len(waits), r.Load.Members, r.Load.Rules, r.sent)})
	return nil
}
