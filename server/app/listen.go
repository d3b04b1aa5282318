package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/server/store"
)

// pluginHost is what listening needs of the plugin host.
type pluginHost interface {
	Describe(ctx context.Context, plugin string) (sdk.Description, error)
	Keep(c engine.ChannelConfig) error
	Drop(ctx context.Context, workspace, channel string)
}

// listeners keeps open the channels whose plugins fetch events. Of several
// replicas one listens to a channel: it holds a lease, which runs out when it dies.
type listeners struct {
	host       pluginHost
	store      *store.Store
	configured func(ctx context.Context, workspace string, def *engine.ChannelDef) (engine.ChannelConfig, error)
	holder     string
	log        *slog.Logger

	mu   sync.Mutex
	open map[listening]int64 // revision that is kept
}

type listening struct{ workspace, channel string }

// How long a lease on a channel lasts; it is renewed at a third of that.
const listenLease = 30 * time.Second

func newListeners(h pluginHost, db *store.Store, c channelsPort, log *slog.Logger) *listeners {
	return &listeners{host: h, store: db, configured: c.configured, holder: newID(), log: log, open: map[listening]int64{}}
}

// look brings what is open in line with a workspace's definitions.
func (l *listeners) look(ctx context.Context, workspace string, defs *engine.Definitions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := range l.open {
		if at.workspace == workspace && (defs.Channels[at.channel] == nil || defs.Channels[at.channel].Disabled) {
			l.close(ctx, at)
		}
	}
	for key, def := range defs.Channels {
		if def.Disabled {
			continue
		}
		if err := l.one(ctx, workspace, key, def); err != nil && ctx.Err() == nil {
			l.log.Warn("listen to a channel", "workspace", workspace, "channel", key, "error", err)
		}
	}
}

// one keeps a channel open that reports events, while the lease on it is ours.
func (l *listeners) one(ctx context.Context, workspace, key string, def *engine.ChannelDef) error {
	d, err := l.host.Describe(ctx, def.Plugin)
	if err != nil || len(d.Events) == 0 {
		return err
	}
	at := listening{workspace, key}
	_, ours, err := l.store.TakeLease(ctx, l.lease(at), now())
	if err != nil {
		return err
	}
	if !ours {
		l.close(ctx, at)
		return nil
	}
	c, err := l.configured(ctx, workspace, def)
	if err != nil || l.open[at] == c.Revision {
		return err
	}
	if err := l.host.Keep(c); err != nil {
		return err
	}
	l.open[at] = c.Revision
	return nil
}

func (l *listeners) lease(at listening) store.Lease {
	return store.Lease{Workspace: at.workspace, Name: "listen/" + at.channel, Holder: l.holder, Until: now().Add(listenLease)}
}

func (l *listeners) close(ctx context.Context, at listening) {
	if _, open := l.open[at]; open {
		delete(l.open, at)
		l.host.Drop(ctx, at.workspace, at.channel)
	}
}

// release gives every lease back, so that another replica listens at once.
func (l *listeners) release(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failed error
	for at := range l.open {
		l.close(ctx, at)
		if err := l.store.ReleaseLease(ctx, l.lease(at)); err != nil {
			failed = err
		}
	}
	return failed
}
