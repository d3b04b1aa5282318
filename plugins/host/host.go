// Package host runs channel plugins: it finds them, starts each in a process of
// its own, keeps it alive, and contains whatever it does. It implements
// engine.Channels, so the engine neither knows nor cares that there are
// processes.
//
// A plugin's crash, hang, flood, leak or garbage costs that plugin's messages
// some time and nobody anything else. Every call has a deadline; an outcome is
// unknown from the moment a request may have reached the plugin.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Options make a Host.
type Options struct {
	// DataDir is where plugins are installed (plugins/) and may write (channels/).
	DataDir string
	// Bundled are the ids that this binary serves as `<self> <SelfArgs> <id>`.
	Bundled []string
	// Self is this binary (default: the running one).
	Self string
	// SelfArgs go before the id (default: __plugin).
	SelfArgs []string
	// AllowPrivate lets plugins dial private and loopback addresses.
	AllowPrivate bool
	// PassEnv names further variables of the environment that plugins may see.
	PassEnv []string
	// Inbound takes the events of channels that listen; nil when there are none.
	Inbound Inbound
	// Log is the server's log (default: slog's).
	Log *slog.Logger
}

// timing is how long everything may take; tests are less patient.
type timing struct {
	start, describe, open, check, send, receive time.Duration
	beat                                        time.Duration
	grace                                       time.Duration // between asking and killing
	backoff, backoffMax                         time.Duration
	crashWindow                                 time.Duration
	crashLimit                                  int
	calm                                        time.Duration // a run so long makes up for crashes
	refusedRetry, parkedRetry                   time.Duration
	accept                                      time.Duration // first pause when events cannot be taken
	idle, sweep                                 time.Duration // of instances
}

func patient() timing {
	return timing{
		start: 10 * time.Second, describe: 2 * time.Second, open: 10 * time.Second,
		check: 30 * time.Second, send: time.Minute, receive: 900 * time.Millisecond,
		beat: 5 * time.Second, grace: 5 * time.Second,
		backoff: time.Second, backoffMax: 300 * time.Second,
		crashWindow: 10 * time.Minute, crashLimit: 5, calm: 10 * time.Minute,
		refusedRetry: 2 * time.Second, parkedRetry: 5 * time.Minute, accept: time.Second,
		idle: 30 * time.Minute, sweep: time.Minute,
	}
}

// Host owns the plugins' processes. Close it.
type Host struct {
	o         Options
	time      timing
	self      string
	log       *slog.Logger
	sockets   *socketDir
	described sync.Map // id -> sdk.Description

	mu     sync.Mutex
	units  map[string]*unit
	served map[string]map[string]bool // plugin -> workspaces it worked for
	closed bool
	stop   chan struct{}
}

var _ engine.Channels = (*Host)(nil)

// New makes a host. Nothing runs until it is needed.
func New(o Options) (*Host, error) { return newHost(o, patient()) }

func newHost(o Options, t timing) (*Host, error) {
	if o.DataDir == "" {
		return nil, errors.New("start the plugin host: no data directory")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if len(o.SelfArgs) == 0 {
		o.SelfArgs = []string{"__plugin"}
	}
	h := &Host{o: o, time: t, self: o.Self, log: o.Log, units: map[string]*unit{}, served: map[string]map[string]bool{}, stop: make(chan struct{})}
	var err error
	if h.self == "" {
		if h.self, err = selfPath(); err != nil {
			return nil, fmt.Errorf("find this program: %w", err)
		}
	}
	if h.sockets, err = newSocketDir(); err != nil {
		return nil, err
	}
	go h.sweep()
	return h, nil
}

// unit finds or makes the supervisor of a plugin.
func (h *Host) unit(id string) (*unit, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, unavailable(time.Second, "the server is stopping", "服务器正在停止")
	}
	u := h.units[id]
	if u == nil {
		if !idForm.MatchString(id) {
			return nil, engine.NotFound("channel plugin", id)
		}
		u = &unit{host: h, id: id, log: newPump(id, h.log), kept: map[string]kept{}}
		h.units[id] = u
	}
	return u, nil
}

func (h *Host) all() []*unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	units := make([]*unit, 0, len(h.units))
	for _, u := range h.units {
		units = append(units, u)
	}
	return units
}

// Close ends every plugin: each is asked, given a moment, and killed with all it
// has started. The moment is cut short when ctx ends.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	close(h.stop)
	grace := h.time.grace
	if deadline, ok := ctx.Deadline(); ok {
		grace = max(0, min(grace, time.Until(deadline)/2))
	}
	var ending sync.WaitGroup
	for _, u := range h.all() {
		ending.Go(func() { u.close(grace) })
	}
	ending.Wait()
	h.sockets.close()
	return nil
}

// Release lets a quarantined plugin start again: the "try again" button.
func (h *Host) Release(plugin string) error {
	u, err := h.unit(plugin)
	if err == nil {
		u.release()
	}
	return err
}

// sweep closes what hasn't been used for long, so that secrets don't stay in
// processes that nobody needs.
func (h *Host) sweep() {
	tick := time.NewTicker(h.time.sweep)
	defer tick.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-tick.C:
		}
		for _, u := range h.all() {
			u.sweep()
		}
	}
}

func (u *unit) sweep() {
	u.mu.Lock()
	p := u.process
	keep := map[string]bool{}
	for id := range u.kept {
		keep[id] = true
	}
	u.mu.Unlock()
	if p == nil || !p.alive() {
		return
	}
	for _, id := range p.ids() {
		if !keep[id] {
			ctx, cancel := context.WithTimeout(context.Background(), u.host.time.open)
			p.closeInstance(ctx, id, u.host.time.idle)
			cancel()
		}
	}
}

// PluginState is what an operator sees of a plugin.
type PluginState struct {
	ID        string    `json:"id"`
	Version   string    `json:"version,omitempty"`
	Bundled   bool      `json:"bundled"`
	State     State     `json:"state"`
	Problem   string    `json:"problem,omitempty"` // for the server's admin: it may name files
	Until     time.Time `json:"until,omitzero"`    // next start
	Restarts  int       `json:"restarts"`
	PID       int       `json:"pid,omitempty"`
	RSS       int64     `json:"rss,omitempty"` // bytes
	Instances int       `json:"instances"`
	LastLog   []string  `json:"last_log,omitempty"`

	// Said is the problem as an operator may read it, without what it is on this machine.
	Said engine.Text `json:"said,omitzero"`
}

// List tells of every plugin there is, by id: bundled, installed or asked for.
func (h *Host) List() []PluginState {
	ids := slices.Concat(h.o.Bundled, installedIDs(h.o.DataDir))
	for _, u := range h.all() {
		ids = append(ids, u.id)
	}
	slices.SortFunc(ids, strings.Compare)
	var out []PluginState
	for _, id := range slices.Compact(ids) {
		out = append(out, h.state(id))
	}
	return out
}

func (h *Host) state(id string) PluginState {
	h.mu.Lock()
	u := h.units[id]
	h.mu.Unlock()
	s := PluginState{ID: id, State: StateIdle, Bundled: slices.Contains(h.o.Bundled, id)}
	if u != nil {
		u.describe(&s)
	}
	if s.PID == 0 {
		if _, err := h.find(id); err != nil {
			s.State, s.Problem, s.Said = StateRefused, err.Error(), said(err)
		}
	}
	if versions := installed(h.o.DataDir, id); s.Version == "" && len(versions) > 0 && !s.Bundled {
		s.Version = versions[0]
	}
	return s
}

// said is what an operator is told of why a plugin cannot run.
func said(err error) engine.Text {
	var e *engine.Error
	switch {
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, errIncompatible):
		return engine.Text{En: "this version of the plugin does not fit this version of Bylaw: install another one", Zh: "此插件版本与当前 Bylaw 版本不兼容：请安装其他版本"}
	}
	return engine.Text{En: "its program did not start, or ended by itself; the last lines of its log say more", Zh: "插件程序未能启动或意外退出；请查看其最近日志"}
}

// describe fills in what the supervisor knows.
func (u *unit) describe(s *PluginState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s.Restarts, s.LastLog = u.restarts, u.log.lines()
	if u.problem != nil {
		s.Problem, s.Said = u.problem.Error(), said(u.problem)
	}
	switch p := u.process; {
	case p != nil && p.alive():
		s.State, s.Version, s.PID = StateRunning, p.desc.Version, int(p.os.pid.Load())
		s.RSS, s.Instances = memory(s.PID), len(p.ids())
		if p.session.degraded() {
			s.State = StateDegraded
		}
	case u.starting != nil:
		s.State = StateStarting
	case u.parked:
		s.State = StateQuarantined
	case u.refused:
		s.State = StateRefused
	case time.Now().Before(u.until):
		s.State, s.Until = StateWaiting, u.until
	}
}
