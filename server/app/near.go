package app

import (
	"context"

	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
)

// near looks at all members for who nearly fulfils a rule.
func (c *Core) near(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.NearWork
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	j := w.Job()
	return c.Service.Near.Run(ctx, &j, &ask, service.Beside{Progress: w.Progress, Yield: c.live.yielder()})
}
