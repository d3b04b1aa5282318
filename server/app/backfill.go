package app

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
)

// previewBackfill works a preview.
func (c *Core) previewBackfill(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.BackfillWork
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	return c.Service.Backfills.Preview(ctx, w.Job().Workspace, &ask, c.beside(ctx, w))
}

// backfill works what was confirmed.
func (c *Core) backfill(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.BackfillWork
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	j := w.Job()
	return c.Service.Backfills.Run(ctx, &j, &ask, c.beside(ctx, w))
}

// beside lets a simulation run beside live work.
func (c *Core) beside(ctx context.Context, w *jobs.Work) func(*backtesting.Plan) {
	return func(p *backtesting.Plan) {
		p.Progress, p.Traits, p.Yield = w.Progress, c.traits(ctx), c.live.yielder()
	}
}
