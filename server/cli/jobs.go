package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
)

// longWork is a job that a command makes and works by itself, beside the server
// or without one.
type longWork struct {
	workspace, kind string
	request         any
	en, zh          string // what the bar says
}

// do works a job to its end, shows how far it is, and reads its result. Who
// stops the command cancels the job.
func (p *program) do(ctx context.Context, core *app.Core, work longWork, result any) error {
	body, err := json.Marshal(work.request)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	return p.doJob(ctx, core, core.NewJob(work.workspace, work.kind, body), work, result)
}

// doJob works a job that was prepared.
func (p *program) doJob(ctx context.Context, core *app.Core, j engine.Job, work longWork, result any) (err error) {
	done := make(chan error, 1)
	go func() { done <- core.Jobs.Do(ctx, j) }()
	err = p.watch(ctx, core, j, work, done)
	if ctx.Err() != nil {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = core.Store.CancelJob(end, j.Workspace, j.ID, core.Now()) // it may have ended
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if j, err = core.Store.Job(ctx, j.Workspace, j.ID); err != nil {
		return err
	}
	switch j.State {
	case engine.JobDone:
		return json.Unmarshal(j.Result, result)
	case engine.JobFailed:
		return &engine.Error{Code: engine.CodeInvalid, Message: j.Error}
	}
	return &engine.Error{Code: engine.CodeConflict, Message: engine.Text{En: "the job was " + j.State, Zh: "作业状态为 " + j.State}}
}

// watch draws the bar until the work is over.
func (p *program) watch(ctx context.Context, core *app.Core, j engine.Job, work longWork, done <-chan error) error {
	bar := p.progress(-1, work.en, work.zh)
	defer bar.Close()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		if now, err := core.Store.Job(ctx, j.Workspace, j.ID); err == nil && now.Total > 0 {
			bar.set(now.Done, now.Total)
		}
	}
}
