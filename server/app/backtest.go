package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/store"
)

// shownMembers is how many members a back-test's result names itself; the others
// are read in pages.
const shownMembers = 1000

// showEvery is how often a running back-test shows what it knows.
const showEvery = 300 * time.Millisecond

// backtest works a back-test.
func (c *Core) backtest(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.BacktestAsk
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	plan, err := c.Service.Backtests.Plan(ctx, w.Job().Workspace, ask)
	if err != nil {
		return nil, err
	}
	plan.Progress = w.Progress
	plan.Traits = c.traits(ctx)
	var shown time.Time
	plan.Show = func(r func() *backtesting.Result) error {
		if time.Since(shown) < showEvery {
			return nil
		}
		shown = time.Now()
		return w.Show(r())
	}
	plan.Yield = c.live.yielder()
	result, err := backtesting.Run(ctx, plan)
	if err != nil {
		return nil, err
	}
	return result, c.keepMembers(ctx, w, result)
}

// keepMembers puts the whole list beside the job and leaves its beginning in the
// result.
func (c *Core) keepMembers(ctx context.Context, w *jobs.Work, r *backtesting.Result) error {
	rows := make([]json.RawMessage, len(r.Members))
	for i := range r.Members {
		body, err := json.Marshal(&r.Members[i])
		if err != nil {
			return err
		}
		rows[i] = body
	}
	if _, err := c.Store.PutJobRows(ctx, w.Job(), 0, rows); err != nil {
		return err
	}
	if len(r.Members) > shownMembers {
		r.Members, r.More = r.Members[:shownMembers], true
	}
	return nil
}

// backTested finds back-tests that are done.
type backTested struct{ store *store.Store }

// OfDocument gives the newest one of exactly a document, and what it found
// without the list of members, which its job has.
func (b backTested) OfDocument(ctx context.Context, workspace, document string) (job string, at engine.Time, result any, found bool, err error) {
	j, found, err := b.store.NewestJob(ctx, workspace, service.BacktestJob, service.BacktestBegins(document))
	if err != nil || !found {
		return "", 0, nil, false, err
	}
	var r backtesting.Result
	if err := json.Unmarshal(j.Result, &r); err != nil {
		return "", 0, nil, false, fmt.Errorf("read what back-test %s found: %w", j.ID, err)
	}
	r.More, r.Members = r.More || len(r.Members) > 0, []backtesting.Member{}
	return j.ID, j.UpdatedAt, &r, true, nil
}

// traits is what the plugins can reach.
func (c *Core) traits(ctx context.Context) map[string]engine.ChannelTraits {
	out := map[string]engine.ChannelTraits{}
	for _, state := range c.host.List() {
		if t, err := c.host.Traits(ctx, state.ID); err == nil {
			out[state.ID] = t
		}
	}
	return out
}

// liveWork measures for how long something live was being done, so that long work
// can step aside for as much. Its zero value is ready.
type liveWork struct {
	mu     sync.Mutex
	inside int           // calls that work now
	since  time.Time     // when the first of them began
	spent  time.Duration // before them
}

// begin notes a call that works; the answer ends it.
func (l *liveWork) begin() (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside == 0 {
		l.since = time.Now()
	}
	l.inside++
	return l.end
}

func (l *liveWork) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside--; l.inside == 0 {
		l.spent += time.Since(l.since)
	}
}

// taken is for how long there was something live, so far.
func (l *liveWork) taken() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside > 0 {
		return l.spent + time.Since(l.since)
	}
	return l.spent
}

// Long work waits so many times as long as others worked beside it, and never
// longer at once.
const (
	asideShare = 12
	asideMost  = 2 * time.Second
)

// yielder lets live work pass: whoever asks it waits in proportion to how long
// there was some since it was last asked.
func (l *liveWork) yielder() func(context.Context) error {
	seen := l.taken()
	return func(ctx context.Context) error {
		if beside := l.taken() - seen; beside > 0 {
			pause := time.NewTimer(min(asideShare*beside, asideMost))
			defer pause.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-pause.C:
			}
		}
		seen = l.taken()
		return nil
	}
}
