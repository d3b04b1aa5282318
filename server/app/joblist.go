package app

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/store"
)

// jobs shows the workspace's long work.
type jobs struct {
	store *store.Store
	now   clock
}

// ListJobs gives jobs, newest first.
func (j jobs) ListJobs(ctx context.Context, workspace string, p engine.Page) (engine.Rows[api.Job], error) {
	found, err := j.store.Jobs(ctx, workspace, p)
	rows := engine.Rows[api.Job]{Items: []api.Job{}, Next: found.Next}
	for _, one := range found.Items {
		rows.Items = append(rows.Items, jobFromStore(one))
	}
	return rows, err
}

// Job gives one job.
func (j jobs) Job(ctx context.Context, workspace, id string) (api.Job, error) {
	found, err := j.store.Job(ctx, workspace, id)
	return jobFromStore(found), err
}

// CancelJob asks a job to stop.
func (j jobs) CancelJob(ctx context.Context, workspace, id string) (api.Job, error) {
	before, err := j.store.Job(ctx, workspace, id)
	if err != nil {
		return api.Job{}, err
	}
	if before.State != store.JobQueued && before.State != store.JobRunning {
		return api.Job{}, engine.Conflict(engine.Text{
			En: fmt.Sprintf("the job is %s; only one that waits or runs can be cancelled", before.State),
			Zh: fmt.Sprintf("任务状态为 %s，只有等待或运行中的任务可以取消", before.State)})
	}
	after, err := j.store.CancelJob(ctx, workspace, id, j.now())
	return jobFromStore(after), err
}

// jobFromStore estimates the end from how far the job has come.
func jobFromStore(j store.Job) api.Job {
	out := api.Job{ID: j.ID, Kind: j.Kind, State: j.State, Done: j.Done, Total: j.Total, Result: j.Result, Error: j.Error, CreatedAt: j.CreatedAt}
	if j.State == store.JobRunning && j.Done > 0 && j.Total > j.Done {
		per := float64(j.UpdatedAt-j.CreatedAt) / float64(j.Done)
		out.ETA = j.UpdatedAt + engine.Time(per*float64(j.Total-j.Done))
	}
	return out
}
