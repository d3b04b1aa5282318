package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"

	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/plugins/channels"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/store"
)

// Core is everything but the parts that run by themselves: what the server and
// the command line's tools have in common. Any number of cores may work on one
// database. Stop it.
type Core struct {
	lifecycle
	Settings   *config.Loaded
	Log        *slog.Logger
	Store      *store.Store
	Machine    *machine.Machine
	Service    *service.Service
	Tokens     Tokens
	Users      Users
	links      auth.Links
	Passwords  *auth.Passwords
	Sessions   Sessions
	Accounts   *auth.Accounts
	Workspaces Workspaces
	Jobs       *jobs.Runner

	now       clock
	host      *host.Host
	channels  channelsPort
	inbound   inbound
	metrics   *metrics
	failpoint func(name string)
	live      liveWork
	wake      func() // the outbox, where there is one
}

// queued is told that there may be something to send.
func (c *Core) queued() {
	if c.wake != nil {
		c.wake()
	}
}

// Open connects the parts of a Core. migrate brings the tables up to date;
// without it tables that are not current are refused, unless there are none yet.
func Open(ctx context.Context, settings *config.Loaded, log *slog.Logger, migrate bool) (core *Core, err error) {
	c := &Core{Settings: settings, Log: log, metrics: newMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if c.failpoint, err = failpoint(); err != nil {
		return nil, err
	}
	if c.Store, err = OpenStore(ctx, &settings.Settings); err != nil {
		return nil, err
	}
	c.onStop("database", stopDatabase, func(context.Context) error { return c.Store.Close() })
	if err := prepare(ctx, c.Store, migrate, log); err != nil {
		return nil, err
	}
	if err := c.startClock(ctx); err != nil {
		return nil, err
	}
	seal, err := openSealer(&settings.Settings)
	if err != nil {
		return nil, err
	}
	books := &rules.Books{}
	c.Machine = machine.New(machine.Options{
		Store: countedStore{c.Store, c.metrics}, Books: books, Log: log.With("part", "machine"),
		CacheMembers: settings.CacheMembers, Failpoint: c.failpoint,
	})
	c.inbound = inbound{c.Store, c.Machine, countedMachine{c.Machine, c.metrics, c.queued, &c.live}}
	if c.host, err = host.New(host.Options{
		DataDir: settings.DataDir, Bundled: bundled(settings), AllowPrivate: settings.AllowPrivateAddresses,
		PassEnv: settings.PluginEnv, Log: log.With("part", "plugins"), Inbound: c.inbound,
	}); err != nil {
		return nil, err
	}
	c.onStop("plugins", stopPlugins, c.host.Close)
	c.channels = channelsPort{c.host, c.Store, c.Machine, seal, c.now}
	c.Tokens = Tokens{c.Store}
	c.Users = Users{c.Store}
	c.Passwords = auth.NewPasswords(rand.Reader, hashesAtOnce)
	if err := c.accounts(&settings.Settings, seal); err != nil {
		return nil, err
	}
	c.Workspaces = Workspaces{c.Store, settings.MaxWorkspaces}
	c.Jobs = jobs.New(jobs.Options{Table: c.Store, Handlers: c.handlers(), Now: c.now, Log: log.With("part", "jobs")})
	c.metrics.watchOutbox(c.Store.Outbox(), c.now)
	c.metrics.watchPlugins(c.host.List)
	return c, c.serveOperators(books)
}

// startClock chooses the clock: the demo's story has one of its own.
func (c *Core) startClock(ctx context.Context) (err error) {
	if c.now = now; c.Settings.Demo {
		c.now, err = c.demoClock(ctx)
	}
	return err
}

func (c *Core) suppressions() suppressions { return suppressions{c.Store, c.now} }

// serveOperators makes what the API and the command line do for operators.
func (c *Core) serveOperators(books *rules.Books) error {
	shapes, err := api.Shapes()
	if err != nil {
		return err
	}
	c.Service = service.New(service.Options{
		Machine: c.Machine, Books: books, Readers: c.Store, Outbox: c.Store.Outbox(), Past: simulate.New(c.Store, books),
		Language: service.Bylaw{}, Trials: Trials{}, Plugins: c.channels, Shapes: shapes, NewID: newID, Queue: c.Jobs, BackTests: backTested{c.Store}, Finished: c.Store, Forget: c.Store.Forget,
		Impatient: impatience(c.Settings.PublishPatience), Backlog: c.Store.Backlog, Aside: c.aside(),
	})
	return nil
}

// bundled are the plugins that come with the program; the demo sends nothing
// anywhere but into a file.
func bundled(settings *config.Loaded) []string {
	if settings.Demo {
		return []string{"logfile"}
	}
	return channels.IDs()
}

// newSecret makes the secret of a token.
func newSecret() (string, error) { return auth.NewSecret(rand.Reader) }
