package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Handler works a job of one kind and answers its result, which becomes JSON.
// It ends soon after ctx does. Everything it does must be safe to do again from
// what it kept last. An engine.Error is told to whoever asked; CodeUnavailable
// makes the job wait and be tried again.
type Handler func(ctx context.Context, w *Work) (result any, err error)

// Table is where jobs are kept.
type Table interface {
	CreateJob(ctx context.Context, j engine.Job) error
	// ClaimJobs leases jobs of the kinds that nobody has, until a time.
	ClaimJobs(ctx context.Context, kinds []string, now, until engine.Time, limit int) ([]engine.Job, error)
	MyJob(ctx context.Context, j engine.Job) (mine bool, err error)
	ProgressJob(ctx context.Context, j engine.Job, now, until engine.Time) (mine bool, err error)
	FinishJob(ctx context.Context, j engine.Job, now engine.Time) (mine bool, err error)
	ReleaseJob(ctx context.Context, j engine.Job, now engine.Time) (mine bool, err error)
}

// Options are the parts of a Runner.
type Options struct {
	Table    Table
	Handlers map[string]Handler // by kind; jobs of other kinds are left to others
	Now      func() engine.Time
	Parallel int // how many jobs at a time; 0: 3
	Log      *slog.Logger
}

// How often things are looked at, and how long a lease lasts when its worker is
// silent.
const (
	lookEvery  = 500 * time.Millisecond // for jobs that others queued
	askEvery   = 100 * time.Millisecond // whether a job was cancelled elsewhere
	writeEvery = 250 * time.Millisecond // how far a job is
	lease      = 15 * time.Second
	maxTries   = 20 // of a job whose workers die or are stopped without coming further
)

// Runner claims jobs and works them.
type Runner struct {
	Options
	kinds []string
	wake  chan struct{}

	mu      sync.Mutex
	running map[engine.JobName]context.CancelCauseFunc
}

// New makes a Runner.
func New(o Options) *Runner {
	if o.Parallel == 0 {
		o.Parallel = 3
	}
	r := &Runner{Options: o, wake: make(chan struct{}, 1), running: map[engine.JobName]context.CancelCauseFunc{}}
	for kind := range o.Handlers {
		r.kinds = append(r.kinds, kind)
	}
	return r
}

// Start queues a job; some worker begins it soon.
func (r *Runner) Start(ctx context.Context, j engine.Job) error {
	if err := r.Table.CreateJob(ctx, j); err != nil {
		return err
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
	return nil
}

// Do makes a job and works it here, until it has ended or ctx has. Should the
// process die, a server takes it up.
func (r *Runner) Do(ctx context.Context, j engine.Job) error {
	j.Epoch, j.ETA = 1, r.Now().Add(lease)
	if err := r.Table.CreateJob(ctx, j); err != nil {
		return err
	}
	j.ETA, j.State = 0, engine.JobRunning
	r.work(ctx, j)
	return ctx.Err()
}

// Cancelled stops a job at once if it is worked here. The table must say that it
// is cancelled by then.
func (r *Runner) Cancelled(workspace, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stop := r.running[engine.JobName{Workspace: workspace, ID: id}]; stop != nil {
		stop(errNotMine)
	}
}

// Works is whether a job is worked here.
func (r *Runner) Works(workspace, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[engine.JobName{Workspace: workspace, ID: id}] != nil
}

// Run claims and works jobs until ctx ends; then it gives back what it has.
func (r *Runner) Run(ctx context.Context) {
	free := make(chan struct{}, r.Parallel)
	var busy sync.WaitGroup
	defer busy.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
		for r.next(ctx, free, &busy) {
		}
	}
}

// next claims one job where there is room for it.
func (r *Runner) next(ctx context.Context, free chan struct{}, busy *sync.WaitGroup) bool {
	select {
	case free <- struct{}{}:
	default:
		return false
	}
	claimed, err := r.Table.ClaimJobs(ctx, r.kinds, r.Now(), r.Now().Add(lease), 1)
	if err != nil || len(claimed) == 0 {
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("claim jobs", "error", err)
		}
		<-free
		return false
	}
	busy.Go(func() {
		r.work(ctx, claimed[0])
		<-free
		select { // there is room again
		case r.wake <- struct{}{}:
		default:
		}
	})
	return true
}
