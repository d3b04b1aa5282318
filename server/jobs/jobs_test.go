package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/store"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// office is a table of jobs and a clock that tests can move.
type office struct {
	*store.Store
	ahead atomic.Int64
}

func (o *office) now() engine.Time {
	return engine.TimeOf(time.Now()) + engine.Time(o.ahead.Load())
}

func onEach(t *testing.T, run func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s, err := store.Open(context.Background(), store.Options{URL: db.URL, Instance: t.Name()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		run(t, &office{Store: s})
	})
}

// worker is a runner at work; stop ends it in order.
func (o *office) worker(t *testing.T, h jobs.Handler) (r *jobs.Runner, stop func()) {
	t.Helper()
	r = jobs.New(jobs.Options{Table: o.Store, Handlers: map[string]jobs.Handler{"count": h}, Now: o.now, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	var over sync.WaitGroup
	over.Go(func() { r.Run(ctx) })
	stop = func() { cancel(); over.Wait() }
	t.Cleanup(stop)
	return r, stop
}

func (o *office) start(t *testing.T, r *jobs.Runner) {
	t.Helper()
	if err := r.Start(t.Context(), engine.Job{Workspace: "w", ID: "j", Kind: "count", Request: []byte(`{"n":5}`), CreatedAt: o.now(), By: "t"}); err != nil {
		t.Fatal(err)
	}
}

// becomes waits until the job is as it should be.
func (o *office) becomes(t *testing.T, what string, ok func(engine.Job) bool) engine.Job {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for {
		j, err := o.Job(t.Context(), "w", "j")
		if err != nil {
			t.Fatal(err)
		}
		if ok(j) {
			return j
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("the job is never %s: %+v", what, j)
		}
	}
}

func ended(state string) func(engine.Job) bool {
	return func(j engine.Job) bool { return j.State == state }
}

func TestAJobIsWorkedAndWatched(t *testing.T) {
	onEach(t, func(t *testing.T, o *office) {
		next := make(chan struct{})
		r, _ := o.worker(t, func(_ context.Context, w *jobs.Work) (any, error) {
			var ask struct{ N int64 }
			if err := w.Request(&ask); err != nil {
				return nil, err
			}
			w.Progress(2, ask.N)
			if err := w.Show(map[string]int{"so far": 2}); err != nil {
				return nil, err
			}
			<-next
			return map[string]int64{"counted": ask.N}, nil
		})
		o.start(t, r)
		j := o.becomes(t, "half done", func(j engine.Job) bool { return j.Done == 2 && j.Total == 5 })
		if j.State != engine.JobRunning || string(j.Result) != `{"so far":2}` || j.ETA == 0 || j.By != "t" {
			t.Errorf("while it runs: %+v %s", j, j.Result)
		}
		close(next)
		if j := o.becomes(t, "done", ended(engine.JobDone)); string(j.Result) != `{"counted":5}` || j.Done != 5 || j.ETA != 0 {
			t.Errorf("in the end: %+v %s", j, j.Result)
		}
	})
}

// A job that is cancelled stops, whether that was said to this worker or written
// in the table by another.
func TestAJobIsCancelled(t *testing.T) {
	for _, here := range []bool{true, false} {
		t.Run(fmt.Sprint("here: ", here), func(t *testing.T) {
			onEach(t, func(t *testing.T, o *office) {
				begun, stopped := make(chan struct{}), make(chan time.Time, 1)
				r, _ := o.worker(t, func(ctx context.Context, _ *jobs.Work) (any, error) {
					close(begun)
					<-ctx.Done()
					stopped <- time.Now()
					return nil, ctx.Err()
				})
				o.start(t, r)
				<-begun
				if _, err := o.CancelJob(t.Context(), "w", "j", o.now()); err != nil {
					t.Fatal(err)
				}
				at := time.Now()
				if here {
					r.Cancelled("w", "j")
				}
				t.Logf("seen after %v", (<-stopped).Sub(at))
				o.becomes(t, "cancelled", ended(engine.JobCancelled))
			})
		})
	}
}

// A worker that is stopped gives its job back, and the next one goes on from what
// it kept.
func TestAJobIsTakenUp(t *testing.T) {
	onEach(t, func(t *testing.T, o *office) {
		kept := make(chan struct{})
		r, stop := o.worker(t, func(ctx context.Context, w *jobs.Work) (any, error) {
			w.Progress(3, 5)
			if err := w.Keep(ctx, []byte("three")); err != nil {
				return nil, err
			}
			close(kept)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		o.start(t, r)
		<-kept
		stop()
		o.worker(t, func(_ context.Context, w *jobs.Work) (any, error) { return string(w.Job().Checkpoint), nil })
		if j := o.becomes(t, "done", ended(engine.JobDone)); string(j.Result) != `"three"` {
			t.Errorf("the next worker knew %s", j.Result)
		}
	})
}

// A worker that hangs beyond its lease has lost the job: what it says afterwards
// is not written.
func TestAStaleWorkerWritesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, o *office) {
		begun, release := make(chan struct{}), make(chan struct{})
		ghost := &office{Store: o.Store}
		r, _ := ghost.worker(t, func(context.Context, *jobs.Work) (any, error) {
			close(begun)
			<-release
			return "stale", nil
		})
		o.start(t, r)
		<-begun
		o.ahead.Store(int64(time.Hour / time.Microsecond))
		o.worker(t, func(context.Context, *jobs.Work) (any, error) { return "fresh", nil })
		o.becomes(t, "done", ended(engine.JobDone))
		close(release)
		again, err := o.Job(t.Context(), "w", "j")
		if err != nil || string(again.Result) != `"fresh"` || again.Epoch < 2 {
			t.Errorf("%v %s, epoch %d", err, again.Result, again.Epoch)
		}
	})
}

func TestAJobFails(t *testing.T) {
	onEach(t, func(t *testing.T, o *office) {
		r, stop := o.worker(t, func(context.Context, *jobs.Work) (any, error) { panic("oh") })
		o.start(t, r)
		if j := o.becomes(t, "failed", ended(engine.JobFailed)); j.Error.En == "" || j.Error.Zh == "" {
			t.Errorf("it says nothing: %+v", j)
		}
		stop()
	})
	onEach(t, func(t *testing.T, o *office) {
		var tries atomic.Int64
		r, _ := o.worker(t, func(context.Context, *jobs.Work) (any, error) {
			if tries.Add(1) == 1 {
				return nil, &engine.Error{Code: engine.CodeUnavailable}
			}
			return nil, engine.Invalid(engine.Text{En: "row 7 is empty", Zh: "第 7 行为空"}, engine.Problem{Path: "/7", Message: engine.Text{En: "nothing", Zh: "空"}})
		})
		o.start(t, r)
		j := o.becomes(t, "failed", ended(engine.JobFailed))
		if want := (engine.Text{En: "row 7 is empty; /7 nothing", Zh: "第 7 行为空；/7 空"}); j.Error != want || tries.Load() != 2 {
			t.Errorf("after %d tries it says %+v", tries.Load(), j.Error)
		}
	})
}

// Work that a program does by itself is a job as any other, which others see.
func TestDo(t *testing.T) {
	onEach(t, func(t *testing.T, o *office) {
		r := jobs.New(jobs.Options{Table: o.Store, Now: o.now, Log: slog.New(slog.DiscardHandler), Handlers: map[string]jobs.Handler{
			"count": func(context.Context, *jobs.Work) (any, error) { return 7, nil }}})
		if err := r.Do(t.Context(), engine.Job{Workspace: "w", ID: "j", Kind: "count", CreatedAt: o.now()}); err != nil {
			t.Fatal(err)
		}
		if j, err := o.Job(t.Context(), "w", "j"); err != nil || j.State != engine.JobDone || string(j.Result) != "7" {
			t.Errorf("%v %+v", err, j)
		}
	})
}
