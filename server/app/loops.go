package app

import (
	"context"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// sendMessages runs the outbox until stopping.
func (a *App) sendMessages(ctx context.Context) {
	if err := a.outbox.Run(ctx); err != nil {
		a.failed <- err
	}
}

// every calls f now and then until the context ends. f says what failed; after
// an error the pause doubles, up to half a minute.
func (a *App) every(ctx context.Context, pause time.Duration, doing string, f func(context.Context) error) {
	wait := pause
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error(doing, "error", err)
			wait = min(2*wait, max(30*time.Second, pause))
		} else {
			wait = pause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// planned is how many workspaces are looked at for schedules each second.
const planned = 200

// keepTime works what is due by the clock, and plans what will be.
func (a *App) keepTime(ctx context.Context) {
	cursor := ""
	a.every(ctx, time.Second, "work what is due", func(ctx context.Context) error {
		var err error
		if cursor, err = a.plan(ctx, cursor); err != nil {
			return err
		}
		for ctx.Err() == nil {
			done, err := a.Machine.Tick(ctx, a.now())
			if err != nil || done == 0 {
				return err
			}
			a.outbox.Wake()
		}
		return nil
	})
}

// plan lets the next workspaces plan their schedules, and says where to go on.
// One workspace that fails stops no other.
func (a *App) plan(ctx context.Context, cursor string) (next string, err error) {
	rows, err := a.Store.Workspaces(ctx, engine.Page{Cursor: cursor, Limit: planned})
	if err != nil {
		return cursor, err
	}
	for _, w := range rows.Items {
		if w.State != stateActive || ctx.Err() != nil {
			continue
		}
		if err := a.Machine.Schedule(ctx, w.ID, a.now()); err != nil && ctx.Err() == nil {
			a.Log.Error("plan schedules", "workspace", w.ID, "error", err)
		}
	}
	return rows.Next, nil
}

// listen keeps open the channels that fetch events, of all workspaces.
func (a *App) listen(ctx context.Context) {
	a.every(ctx, listenLease/3, "listen to channels", func(ctx context.Context) error {
		for page := (engine.Page{Limit: planned}); ; {
			rows, err := a.Store.Workspaces(ctx, page)
			if err != nil {
				return err
			}
			for _, w := range rows.Items {
				view, err := a.Machine.State(ctx, w.ID)
				if err != nil {
					return err
				}
				defs := view.Defs
				if w.State != stateActive {
					defs = &engine.Definitions{}
				}
				a.listeners.look(ctx, w.ID, defs)
			}
			if page.Cursor = rows.Next; page.Cursor == "" {
				return nil
			}
		}
	})
}

// How often housekeeping is done. What is not filed is scanned by who asks for it,
// so it should not grow long; a look that finds nothing to file costs one query.
const (
	maintainEvery = 5 * time.Second
	purgeEvery    = time.Hour
)

// maintain files the log by member, and deletes what has run out.
func (a *App) maintain(ctx context.Context) {
	var purged time.Time
	a.every(ctx, maintainEvery, "keep house", func(ctx context.Context) error {
		if err := a.Store.Maintain(ctx); err != nil {
			return err
		}
		if time.Since(purged) < purgeEvery {
			return nil
		}
		_, err := a.Store.PurgeIdempotent(ctx, a.now())
		if err == nil {
			_, err = a.Store.PurgeJobFiles(ctx, a.now())
		}
		if err == nil {
			_, err = a.Store.PurgeSessions(ctx, a.now())
		}
		if err == nil {
			purged = time.Now()
		}
		return err
	})
}
