package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStopGoesBackwardsByNameAndWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lifecycle
		var order []string
		l.onStop("first", time.Second, func(context.Context) error {
			order = append(order, "first")
			return errors.New("stuck")
		})
		hung := make(chan struct{})
		l.onStop("hangs", 2*time.Second, func(context.Context) error {
			<-hung
			return nil
		})
		l.onStop("slow", 5*time.Second, func(ctx context.Context) error {
			order = append(order, "slow")
			select {
			case <-time.After(4 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		ended := false
		l.background("loop", func(ctx context.Context) {
			<-ctx.Done()
			ended = true
		})
		began := time.Now()
		err := l.Stop(t.Context())
		if took := time.Since(began); took < 6*time.Second || took > 7*time.Second {
			t.Errorf("it took %s", took)
		}
		if err == nil || !strings.Contains(err.Error(), "stop first: stuck") || !strings.Contains(err.Error(), "stop hangs: not done in time") || strings.Contains(err.Error(), "slow") {
			t.Errorf("error: %v", err)
		}
		if strings.Join(order, " ") != "slow first" || !ended {
			t.Errorf("order %v, loop ended %v", order, ended)
		}
		if again := l.Stop(t.Context()); !errors.Is(again, err) {
			t.Errorf("a second stop says %v", again)
		}
		close(hung)
	})
}
