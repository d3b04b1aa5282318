package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/bylaw-dev/bylaw/engine/outbox"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/config"
)

// How long each part may take to stop. Requests under way have the setting
// drain-timeout.
const (
	stopDatabase = 10 * time.Second
	stopPlugins  = 10 * time.Second
	stopOutbox   = 20 * time.Second
)

// App is a server, wired and ready to start.
type App struct {
	*Core
	// Setup is the one-time set-up link, "" when the server has an owner. It is
	// there once the server has started.
	Setup string

	api       *api.Server
	outbox    *outbox.Worker
	listeners *listeners
	setups    setups
	stopping  atomic.Bool
	ready     *readiness
	listener  net.Listener
	failed    chan error
}

// New wires a server: this function alone decides who is given what. On an
// error everything that was begun is ended.
func New(ctx context.Context, settings *config.Loaded, log *slog.Logger) (app *App, err error) {
	if err := settings.Serving(); err != nil {
		return nil, err
	}
	core, err := Open(ctx, settings, log, true)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, core.Stop(context.WithoutCancel(ctx)))
		}
	}()
	a := &App{Core: core, setups: setups{core.Store, core.now, core.Accounts}, failed: make(chan error, 2)}
	a.ready = &readiness{store: core.Store, stopping: &a.stopping}
	a.outbox, err = outbox.New(outbox.Options{
		Outbox: core.Store.Outbox(), Facts: facts{core.Store, core.Machine, core.channels, log.With("part", "outbox")},
		Channels: mindful{countedChannels{core.host, core.metrics}, core.suppressions(), core.channels.sealer, a.publicOrigin, log.With("part", "outbox")}, Clock: core.now, Jitter: rand.Float64,
		Log: log.With("part", "outbox"), Failpoint: core.failpoint,
	})
	if err != nil {
		return nil, err
	}
	core.wake = a.outbox.Wake
	a.listeners = newListeners(core.host, core.Store, core.channels, log.With("part", "plugins"))
	a.api, err = api.New(api.Options{
		Events:  countedMachine{core.Machine, core.metrics, core.queued, &core.live},
		Service: core.Service, Tokens: core.Tokens, Sessions: core.Sessions, Accounts: core.Accounts, Users: core.Users, HashPassword: core.Passwords.Hash, Links: core.links, Workspaces: core.Workspaces, SetUps: a.setups,
		Once: answers{core.Store}, Audit: core.Store, Jobs: workspaceJobs{core.Store, core.Jobs, core.now}, Transfers: transfers{core}, Channels: core.channels,
		Suppressions: core.suppressions(), Hooks: hooks{core.channels, core.inbound, log.With("part", "hooks")}, Origin: func() string { return a.origin() },
		Metrics: core.metrics.Handler(), Ready: a.ready.problems, Stopping: a.stopping.Load,
		Now: core.now, NewID: newID, Secret: newSecret, Log: log.With("part", "api"),
		BasePath: settings.BasePath, TrustedProxies: settings.Proxies(), HTTPS: settings.HTTPS(),
		PerSecond: float64(settings.RateLimit), Burst: settings.RateBurst,
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Start listens and sets going what runs by itself. It answers once requests
// are taken.
func (a *App) Start(ctx context.Context) error {
	a.background("outbox", a.sendMessages)
	a.background("clock", a.keepTime)
	a.onStop("listening", time.Second, a.listeners.release)
	a.background("listening", a.listen)
	a.background("maintenance", a.maintain)
	a.background("jobs", a.Jobs.Run)
	if a.Settings.Demo {
		spareMemory()
		a.background("demo", a.goOn)
	} else {
		a.background("memory", roomForGarbage)
	}
	if err := a.serveMetrics(); err != nil {
		return err
	}
	if err := a.serve(); err != nil {
		return err
	}
	a.onStop("readiness", time.Second, func(context.Context) error {
		a.stopping.Store(true)
		return nil
	})
	link, err := a.setups.offer(ctx, a.origin())
	if err != nil {
		return fmt.Errorf("offer set-up: %w", err)
	}
	a.Setup = link
	return nil
}

// Addr is the address that the server listens on.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Failed gives an error when the server cannot go on, such as a listener that died.
func (a *App) Failed() <-chan error { return a.failed }

// origin is where links lead: with a port of 0 the one that was given.
func (a *App) origin() string {
	s := a.Settings.Settings
	s.Listen = a.Addr()
	if host, _, err := net.SplitHostPort(a.Settings.Listen); err == nil {
		_, port, _ := net.SplitHostPort(a.Addr())
		s.Listen = net.JoinHostPort(host, port)
	}
	return s.Origin()
}

// publicOrigin is the origin where mail programs can reach it, "" elsewhere: a
// link to unsubscribe must be https.
func (a *App) publicOrigin() string {
	if !a.Settings.HTTPS() {
		return ""
	}
	return a.origin()
}

// URL is where people find the server.
func (a *App) URL() string { return a.origin() + "/" }
