package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// lifecycle is a list of named steps that end things, last begun first.
type lifecycle struct {
	mu    sync.Mutex
	steps []stopStep
	once  sync.Once
	err   error
}

type stopStep struct {
	name  string
	limit time.Duration
	stop  func(context.Context) error
}

// onStop adds a step. It may take so long, or until Stop's context ends.
func (l *lifecycle) onStop(name string, limit time.Duration, stop func(context.Context) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, stopStep{name, limit, stop})
}

// background runs f until stopping. Its context ends then, and f is waited for.
func (l *lifecycle) background(name string, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	l.onStop(name, 10*time.Second, func(ctx context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// Stop runs the steps, last added first, each within its limit, and joins their
// errors. A step that does not end is left behind and named. Further calls wait
// for the first and give its answer.
func (l *lifecycle) Stop(ctx context.Context) error {
	l.once.Do(func() {
		l.mu.Lock()
		steps := l.steps
		l.mu.Unlock()
		var problems []error
		for i := len(steps) - 1; i >= 0; i-- {
			if err := steps[i].run(ctx); err != nil {
				problems = append(problems, fmt.Errorf("stop %s: %w", steps[i].name, err))
			}
		}
		l.err = errors.Join(problems...)
	})
	return l.err
}

func (s stopStep) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select { // it may just have ended, or notice that its time is up
	case err := <-done:
		return err
	case <-time.After(100 * time.Millisecond):
		return fmt.Errorf("not done in time: %w", ctx.Err())
	}
}
