package app

import (
	"context"
	"sync"
	"time"
)

// aside gives what does work that no request waits for: beside everything else,
// stepping aside for live work, until the core is stopped.
func (c *Core) aside() func(work func(ctx context.Context, rest func(context.Context) error)) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	c.onStop("work aside", 10*time.Second, func(context.Context) error {
		cancel()
		all.Wait()
		return nil
	})
	return func(work func(ctx context.Context, rest func(context.Context) error)) {
		all.Go(func() { work(ctx, c.live.yielder()) })
	}
}
