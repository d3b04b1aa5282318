package app

import (
	"context"

	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
)

// bulk works a change of many members.
func (c *Core) bulk(ctx context.Context, w *jobs.Work) (any, error) {
	var ask service.BulkWork
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	j := w.Job()
	return c.Service.Members.BulkRun(ctx, &j, &ask, w.Progress)
}
