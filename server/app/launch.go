package app

import (
	"context"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
)

// launch works the job that puts a rule in force. Its switch has an audit row of
// its own, which names the job as its request.
func (c *Core) launch(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.Launch
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	j := w.Job()
	ctx, _ = engine.WithAudit(ctx, j.Workspace, engine.AuditEntry{ID: newID(), At: c.now(), By: ask.By, Action: "rule." + ask.Do, Noun: "rule", Key: ask.Rule, Request: j.ID})
	who := service.Caller{Workspace: j.Workspace, By: ask.By, Now: c.now(), Personal: ask.Personal, Origin: ask.Origin}
	return c.Service.Rules.Finish(ctx, who, &ask, func(done, total int64) error {
		w.Progress(done, total)
		if c.failpoint != nil {
			c.failpoint("warming")
		}
		return ctx.Err()
	})
}

// impatience says that work takes too long when it has, or by its pace so far
// will have, taken longer than a limit.
func impatience(limit time.Duration) func() func(done, total int64) bool {
	return func() func(done, total int64) bool {
		begun := time.Now()
		return func(done, total int64) bool {
			spent := time.Since(begun)
			if done <= 0 || spent < limit/10 { // too early to tell
				return spent >= limit
			}
			return float64(spent)*float64(total)/float64(done) > float64(limit) || spent >= limit
		}
	}
}
