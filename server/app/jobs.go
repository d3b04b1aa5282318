package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/store"
)

// handlers are what works jobs, by kind.
func (c *Core) handlers() map[string]jobs.Handler {
	all := map[string]jobs.Handler{service.BacktestJob: c.backtest, service.BackfillPreviewJob: c.previewBackfill, service.BackfillJob: c.backfill, service.LaunchJob: c.launch, service.BulkJob: c.bulk,
		service.NearJob: c.near}
	c.transferHandlers(all)
	return all
}

// workspaceJobs shows the workspace's long work.
type workspaceJobs struct {
	store  *store.Store
	runner *jobs.Runner
	now    clock
}

// ListJobs gives jobs, newest first, without what they found.
func (j workspaceJobs) ListJobs(ctx context.Context, workspace string, p engine.Page) (engine.Rows[api.Job], error) {
	found, err := j.store.Jobs(ctx, workspace, p)
	rows := engine.Rows[api.Job]{Items: []api.Job{}, Next: found.Next}
	for i := range found.Items {
		rows.Items = append(rows.Items, shownJob(&found.Items[i]))
	}
	return rows, err
}

// Job gives one job.
func (j workspaceJobs) Job(ctx context.Context, workspace, id string) (api.Job, error) {
	found, err := j.store.Job(ctx, workspace, id)
	return shownJob(&found), err
}

// CancelJob stops a job.
func (j workspaceJobs) CancelJob(ctx context.Context, workspace, id string) (api.Job, error) {
	before, err := j.store.Job(ctx, workspace, id)
	if err != nil {
		return api.Job{}, err
	}
	if before.Ended() {
		return api.Job{}, engine.Conflict(engine.Text{
			En: fmt.Sprintf("the job is %s; only one that waits or runs can be cancelled", before.State),
			Zh: fmt.Sprintf("任务状态为 %s，只有等待或运行中的任务可以取消", before.State)})
	}
	after, err := j.store.CancelJob(ctx, workspace, id, j.now())
	if err == nil {
		j.runner.Cancelled(workspace, id)
	}
	return shownJob(&after), err
}

// JobRows gives a page of the list that a job of a kind found.
func (j workspaceJobs) JobRows(ctx context.Context, workspace, kind, id string, p engine.Page) (engine.Rows[json.RawMessage], error) {
	found, err := j.store.Job(ctx, workspace, id)
	if err != nil {
		return engine.Rows[json.RawMessage]{}, err
	}
	if found.Kind != kind {
		return engine.Rows[json.RawMessage]{}, engine.NotFound("job", id)
	}
	return j.store.JobRows(ctx, workspace, id, p)
}

func shownJob(j *engine.Job) api.Job {
	out := api.Job{ID: j.ID, Kind: j.Kind, State: j.State, Done: j.Done, Total: j.Total, ETA: j.ETA, Result: j.Result,
		CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, By: j.By}
	if j.Error != (engine.Text{}) {
		out.Error = &j.Error
	} else if j.State == engine.JobCancelled && j.Kind == service.LaunchJob {
		out.Error = &engine.Text{En: "cancelled: what was in force before stays so", Zh: "已取消：此前生效的版本保持不变"}
	}
	return out
}

// NewJob is a job of the command line, not yet begun.
func (c *Core) NewJob(workspace, kind string, request []byte) engine.Job {
	return engine.Job{Workspace: workspace, ID: newID(), Kind: kind, Request: request, CreatedAt: c.now(), By: CommandLine}
}

// Now is the server's present.
func (c *Core) Now() engine.Time { return c.now() }
