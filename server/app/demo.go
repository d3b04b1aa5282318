package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/debug"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/outbox"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/demo"
)

// A demo runs beside everything else on somebody's own machine: it holds less in
// memory and collects garbage sooner than a server does.
const (
	demoPageCache = 4 << 20
	demoMemory    = 16 << 20 // of the store
	demoGC        = 40       // percent, unless GOGC is set
)

// LoadDemo fills the demo's folder with its community, unless it is there, and
// tells how far it has come. Call it before New where the settings ask for a
// demo. The parts it works with are its own and end with it, so that what
// loading took of memory is given back.
func LoadDemo(ctx context.Context, settings *config.Loaded, log *slog.Logger, report func(done, total int64)) error {
	return demoOf(ctx, settings, log, demo.Options{Size: demo.Full, Report: func(done int64) { report(done, demo.Full.Events()) }})
}

// demoOf loads a demo of any size.
func demoOf(ctx context.Context, settings *config.Loaded, log *slog.Logger, o demo.Options) error {
	if err := settings.Serving(); err != nil {
		return err
	}
	folder := demo.Folder(settings.DataDir)
	loaded, err := folder.Begin()
	if err != nil || loaded {
		return err
	}
	core, err := Open(ctx, settings, log, true)
	if err != nil {
		return err
	}
	o.Workspace, o.Machine, o.Reader = DefaultWorkspace, core.Machine, core.Store.Reader(DefaultWorkspace)
	if o.Send, err = core.sendDemo(); err == nil {
		err = demo.Load(ctx, o)
	}
	if err = errors.Join(err, core.Stop(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("load the demo: %w", err)
	}
	return folder.Done()
}

// sendDemo makes an outbox whose clock is that of the story.
func (c *Core) sendDemo() (send func(context.Context, engine.Time) error, err error) {
	at := engine.Time(0)
	worker, err := outbox.New(outbox.Options{
		Outbox: c.Store.Outbox(), Facts: facts{c.Store, c.Machine, c.channels, c.Log.With("part", "outbox")}, Channels: c.host,
		Clock: func() engine.Time { return at }, Jitter: rand.Float64, Log: c.Log.With("part", "outbox"),
	})
	return func(ctx context.Context, now engine.Time) error {
		at = now
		for {
			if n, err := worker.Once(ctx); err != nil || n == 0 {
				return err
			}
		}
	}, err
}

// spareMemory makes this process hold less memory.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(demoGC)
	}
	debug.FreeOSMemory()
}

// demoClock goes on from where the story, or the demo's last run, ended.
func (c *Core) demoClock(ctx context.Context) (clock, error) {
	begin := demo.Now
	newest, err := c.Store.Reader(DefaultWorkspace).Events(ctx, engine.EventQuery{Backward: true, Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("find the demo's time: %w", err)
	}
	for _, e := range newest {
		begin = max(begin, e.At)
	}
	started := now()
	return func() engine.Time { return begin + now() - started }, nil
}

// goOn lets life go on in the demo.
func (a *App) goOn(ctx context.Context) {
	demo.Trickle{Workspace: DefaultWorkspace, Events: countedMachine{a.Machine, a.metrics, a.queued, &a.live}, Reader: a.Store.Reader(DefaultWorkspace),
		Clock: a.now, Log: a.Log.With("part", "demo"), Size: demo.Full}.Run(ctx)
}
