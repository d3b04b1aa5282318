package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// tried are the conditions that try is measured with: what members' windows
// hold, short and from the beginning, with filters, sums and distinct values.
var tried = []string{
	`events("act.1", "30d").count() >= 3 and member.points >= 0`,
	`events("act.2", "90d").sum("amount") > 100 and events("act.2", "today").count() >= 1`,
	`events("act.3", "all").distinct("outlet") > 5 or events("act.4", "all").count() > 2`,
	`events("act.5", "30d", {outlet: event.props.outlet}).count() >= 1`,
	`events("act.6", "30d").streak() > 1 or events("act.7", "7d").avg("amount") > 10`,
}

// tryGoal is how long a try may take.
const tryGoal = 50 * time.Millisecond

// Try measures trying a draft on a pasted event, of any member at any moment of
// the log, over HTTP, once the log is long and filed.
func (r *Run) Try(ctx context.Context, file func(context.Context) error) error {
	if err := r.grow(ctx, "fill"); err != nil {
		return err
	}
	if err := file(ctx); err != nil {
		return err
	}
	last, asks := r.Load.clock, NewLoad(r.Load.Members, 0)
	var times []time.Duration
	for i := 0; len(times) < r.Sizes.Questions; i++ {
		at := r.Load.begin + (last-r.Load.begin)/1000*engine.Time(400+asks.n(600)) // everybody has come by then
		body, err := json.Marshal(map[string]any{"member": fmt.Sprintf("app:user-%06d", asks.n(r.Load.Members)), "at": at.String(), "document": document(tried[i%len(tried)]),
			"event": map[string]any{"type": fmt.Sprintf("act.%d", i%10), "props": map[string]any{"outlet": "outlet-1", "amount": 7}}})
		if err != nil {
			return err
		}
		began := time.Now()
		_, err = r.Client.do(ctx, http.MethodPost, "/rules/try", "application/json", body)
		if err != nil && (strings.Contains(err.Error(), `"not_yet"`) || strings.Contains(err.Error(), `"not_found"`)) {
			continue // somebody who came later, or never
		}
		if err != nil {
			return err
		}
		if i >= 50 { // warm
			times = append(times, time.Since(began))
		}
	}
	slices.Sort(times)
	p99 := times[len(times)*99/100]
	ratio := float64(tryGoal) / float64(p99)
	r.Report.add(Figure{Name: fmt.Sprintf("try at any moment of %d events", r.sent), Ratio: ratio, Goal: ">= 1.0", Met: ratio >= 1,
		Detail: fmt.Sprintf("goal %v over p99; p50 %v, p99 %v, %d tries, %d members", tryGoal, times[len(times)/2].Round(100*time.Microsecond), p99.Round(100*time.Microsecond), len(times), r.Load.Members)})
	return nil
}

func document(when string) string {
	return "key: tried\nkind: reward\ntitle: {en: Tried, zh: 试}\non: [act.0, act.1, act.2, act.3, act.4, act.5, act.6, act.7, act.8, act.9]\nwhen: '" + when + "'\nonce: day\nthen:\n  - grant_points: {amount: 1}\n"
}
