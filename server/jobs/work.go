package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// errNotMine ends a job that was cancelled, or that somebody else has by now.
var errNotMine = errors.New("the job is no longer this worker's")

// Work is one job in the hands of its worker. It is safe for concurrent use.
type Work struct {
	runner *Runner

	mu      sync.Mutex
	job     engine.Job
	begun   engine.Time // by this worker
	already int64       // done before it
	changed bool        // since it was last written
	written engine.Time
	writing sync.Mutex // one write at a time, so that none goes backwards
}

// Job is the job as it stands: its request, and what an earlier worker kept.
func (w *Work) Job() engine.Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.job
}

// Request reads what was asked for.
func (w *Work) Request(into any) error {
	if err := json.Unmarshal(w.Job().Request, into); err != nil {
		return fmt.Errorf("read the job's request: %w", err)
	}
	return nil
}

// Progress says how far the work is. It only notes it: call it as often as you like.
func (w *Work) Progress(done, total int64) {
	now := w.runner.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed = w.changed || done != w.job.Done || total != w.job.Total
	w.job.Done, w.job.Total = done, total
	if w.job.ETA = 0; done > w.already && total >= done {
		per := float64(now-w.begun) / float64(done-w.already)
		w.job.ETA = now + engine.Time(per*float64(total-done))
	}
}

// Show makes what is known so far the result of the running job.
func (w *Work) Show(partial any) error {
	body, err := json.Marshal(partial)
	if err != nil {
		return fmt.Errorf("show what the job found: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.job.Result, w.changed = body, true
	return nil
}

// Keep writes what the next worker shall go on from, in a format of your own. An
// error means that it is not kept; stop where it does not say CodeUnavailable.
func (w *Work) Keep(ctx context.Context, checkpoint []byte) error {
	w.mu.Lock()
	w.job.Checkpoint, w.changed = checkpoint, true
	w.mu.Unlock()
	return w.write(ctx)
}

// write notes in the table how far the job is and renews its lease.
func (w *Work) write(ctx context.Context) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	j := w.job
	w.job.Checkpoint, w.job.Result, w.changed = nil, nil, false // they are kept from here on
	w.mu.Unlock()
	now := w.runner.Now()
	mine, err := w.runner.Table.ProgressJob(ctx, j, now, now.Add(lease))
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil: // what was not written stays to be written, unless it was replaced
		w.changed = true
		if w.job.Checkpoint == nil {
			w.job.Checkpoint = j.Checkpoint
		}
		if w.job.Result == nil {
			w.job.Result = j.Result
		}
		return err
	case !mine:
		return errNotMine
	}
	w.written = now
	return nil
}

// due is whether something is to be written.
func (w *Work) due(now engine.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed || now.Sub(w.written) > lease/3
}

// lost is whether the lease has run out, as nothing could be written.
func (w *Work) lost(now engine.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.written) > lease
}

// work works a claimed job to its end.
func (r *Runner) work(ctx context.Context, j engine.Job) {
	log := r.Log.With("job", j.ID, "kind", j.Kind, "workspace", j.Workspace)
	w := &Work{runner: r, job: j, begun: r.Now(), already: j.Done, written: r.Now()}
	if j.Epoch > maxTries && j.Checkpoint == nil {
		r.finish(ctx, w, nil, &engine.Error{Code: engine.CodeConflict, Message: engine.Text{
			En: fmt.Sprintf("given up after %d tries: every server that worked on it stopped", maxTries),
			Zh: fmt.Sprintf("尝试 %d 次后放弃：执行它的服务都中途停止", maxTries)}})
		return
	}
	name := engine.JobName{Workspace: j.Workspace, ID: j.ID}
	own, stop := context.WithCancelCause(ctx)
	r.mu.Lock()
	r.running[name] = stop
	r.mu.Unlock()
	var watch sync.WaitGroup
	over := make(chan struct{})
	watch.Go(func() { w.watch(own, stop, over) })
	result, err := r.handle(own, w)
	close(over)
	watch.Wait()
	r.mu.Lock()
	delete(r.running, name)
	r.mu.Unlock()
	gone := errors.Is(context.Cause(own), errNotMine)
	stop(nil)
	switch {
	case gone && err == nil: // it was done before that could be seen: say so unless somebody else has it
		r.finish(ctx, w, result, nil)
	case gone || errors.Is(err, errNotMine):
		log.Info("job stopped: it was cancelled or taken over")
	case err != nil && (ctx.Err() != nil || engine.CodeOf(err) == engine.CodeUnavailable):
		log.Info("job given back", "error", err)
		r.release(ctx, w)
	default:
		r.finish(ctx, w, result, err)
	}
}

// handle calls the handler; one that falls over fails its job alone.
func (r *Runner) handle(ctx context.Context, w *Work) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a job fell over", "job", w.job.ID, "kind", w.job.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.Handlers[w.job.Kind](ctx, w)
}

// watch writes progress, renews the lease and sees that the job is cancelled,
// until the work is over.
func (w *Work) watch(ctx context.Context, stop context.CancelCauseFunc, over <-chan struct{}) {
	ask, write := time.NewTicker(askEvery), time.NewTicker(writeEvery)
	defer ask.Stop()
	defer write.Stop()
	for {
		var err error
		mine := true
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-ask.C:
			mine, err = w.runner.Table.MyJob(ctx, w.Job())
		case <-write.C:
			if w.due(w.runner.Now()) {
				err = w.write(ctx)
			}
		}
		if errors.Is(err, errNotMine) || err == nil && !mine || err != nil && w.lost(w.runner.Now()) {
			stop(errNotMine)
			return
		}
	}
}

// endWithin is how long noting a job's end may take.
const endWithin = 5 * time.Second

func (r *Runner) finish(ctx context.Context, w *Work, result any, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	j := w.Job()
	j.Error = whyFailed(err)
	if err == nil {
		if j.Result, err = json.Marshal(result); err != nil {
			j.Error = whyFailed(fmt.Errorf("write the result: %w", err))
		}
	}
	if err != nil {
		r.Log.Error("job failed", "job", j.ID, "kind", j.Kind, "workspace", j.Workspace, "error", err)
	} else if j.Total > 0 {
		j.Done = j.Total
	}
	if _, err := r.Table.FinishJob(ctx, j, r.Now()); err != nil {
		r.Log.Warn("note a job's end: it will be worked again", "job", j.ID, "error", err)
	}
}

func (r *Runner) release(ctx context.Context, w *Work) {
	pause := time.Duration(0)
	if ctx.Err() == nil { // the database is away: not at once again
		pause = lookEvery
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if w.due(w.runner.Now()) {
		_ = w.write(ctx) // what it did not keep is done again
	}
	if _, err := r.Table.ReleaseJob(ctx, w.Job(), r.Now().Add(pause)); err != nil {
		r.Log.Warn("give a job back: its lease must run out", "job", w.Job().ID, "error", err)
	}
}

// whyFailed is what a person is told.
func whyFailed(err error) engine.Text {
	var known *engine.Error
	if err == nil {
		return engine.Text{}
	}
	if !errors.As(err, &known) || known.Code == engine.CodeInternal {
		return engine.Text{En: "something went wrong inside the server; its log says what", Zh: "服务内部出错，详情见服务日志"}
	}
	text := known.Message
	for _, p := range known.Problems {
		text.En += "; " + p.Path + " " + p.Message.In("en")
		text.Zh += "；" + p.Path + " " + p.Message.In("zh")
	}
	return text
}
