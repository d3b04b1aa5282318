package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// State is where a plugin stands.
type State string

// The states.
const (
	StateIdle        State = "idle"        // not needed yet
	StateStarting    State = "starting"    //
	StateRunning     State = "running"     //
	StateDegraded    State = "degraded"    // silent for three heartbeats
	StateWaiting     State = "waiting"     // crashed, started again a little later
	StateQuarantined State = "quarantined" // crashed too often, waits for a person
	StateRefused     State = "refused"     // missing, not trusted or changed on disk
)

// unit supervises one plugin: at most one process of it at any time.
type unit struct {
	host *Host
	id   string
	log  *pump

	mu       sync.Mutex
	process  *process
	starting chan struct{} // closed when the start under way is over
	closed   bool
	parked   bool // quarantined
	refused  bool // there is nothing that may be started
	problem  error
	until    time.Time // not started again before
	streak   int       // crashes since the last calm run
	crashes  []time.Time
	restarts int
	kept     map[string]kept // channels that listen
}

// running gives the plugin's process, starting it when there is none. While it
// may not be started the error says until when.
func (u *unit) running(ctx context.Context) (*process, error) {
	for {
		u.mu.Lock()
		if u.process != nil && u.process.alive() && !u.closed {
			p := u.process
			p.calls.Add(1)
			u.mu.Unlock()
			return p, nil
		}
		wait, err := u.begin()
		u.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, unavailable(time.Second, "the plugin is still starting", "插件仍在启动")
		}
	}
}

// begin starts the plugin in the background, if that may be. u.mu is held.
func (u *unit) begin() (<-chan struct{}, error) {
	left := time.Until(u.until)
	switch {
	case u.closed:
		return nil, unavailable(time.Second, "the server is stopping", "服务器正在停止")
	case u.starting != nil:
		return u.starting, nil
	case u.parked:
		return nil, unavailable(u.host.time.parkedRetry,
			fmt.Sprintf("plugin %s is quarantined: %s", u.id, said(u.problem).En),
			fmt.Sprintf("插件 %s 已被隔离：%s", u.id, said(u.problem).Zh))
	case left > 0 && u.refused:
		return nil, u.problem
	case left > 0:
		return nil, unavailable(left,
			fmt.Sprintf("plugin %s has crashed and starts again soon: %s", u.id, said(u.problem).En),
			fmt.Sprintf("插件 %s 已崩溃，稍后自动重启：%s", u.id, said(u.problem).Zh))
	case u.process != nil: // it has ended, and its watcher is about to say so
		return u.process.os.reported, nil
	}
	u.starting = make(chan struct{})
	go u.start(u.starting)
	return u.starting, nil
}

func (u *unit) start(done chan struct{}) {
	prog, err := u.host.find(u.id)
	var p *process
	if err == nil {
		if p, err = launch(u.host, prog, u.log); err != nil {
			u.failed(err)
		}
	} else {
		u.refuse(err)
	}
	u.mu.Lock()
	u.starting = nil
	closed := u.closed
	if p != nil && !closed {
		u.process, u.problem, u.refused = p, nil, false
		go u.watch(p)
	}
	u.mu.Unlock()
	close(done)
	if p == nil {
		return
	}
	if closed {
		p.end(0)
		return
	}
	u.host.log.Info("plugin started", "plugin", u.id, "version", p.desc.Version, "pid", p.os.pid.Load())
	u.reopen(p)
}

// refuse remembers that there is nothing to start. It is looked at again soon:
// a person may be installing or trusting it.
func (u *unit) refuse(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.problem, u.refused = err, true
	u.until = time.Now().Add(u.host.time.refusedRetry)
}

// watch waits for the end of a process.
func (u *unit) watch(p *process) {
	how := p.ended()
	go p.client.Kill() // only tidies up: its sockets
	if time.Since(p.started) >= u.host.time.calm {
		u.mu.Lock()
		u.streak = 0
		u.mu.Unlock()
	}
	if !p.stopping.Load() {
		u.failed(fmt.Errorf("it ended: %s", how))
	}
	u.mu.Lock()
	u.process = nil // only now: whoever asks in between must not start another
	u.mu.Unlock()
	close(p.os.reported)
}

// failed counts a crash and decides when the next start may be.
func (u *unit) failed(err error) {
	now := time.Now()
	u.mu.Lock()
	t := u.host.time
	u.problem, u.refused, u.restarts = err, false, u.restarts+1
	u.crashes = append(u.crashes, now)
	for now.Sub(u.crashes[0]) > t.crashWindow {
		u.crashes = u.crashes[1:]
	}
	u.until = now.Add(backoff(t.backoff, t.backoffMax, u.streak))
	u.streak++
	u.parked = len(u.crashes) >= t.crashLimit || errors.Is(err, errIncompatible)
	parked, wait, again := u.parked, time.Until(u.until), len(u.kept) > 0 && !u.closed
	u.mu.Unlock()
	u.host.log.Error("plugin failed", "plugin", u.id, "error", err, "quarantined", parked, "again_in", wait.Round(time.Millisecond).String())
	if again && !parked {
		time.AfterFunc(wait, u.wake)
	}
}

// wake starts a plugin whose channels listen.
func (u *unit) wake() {
	ctx, cancel := context.WithTimeout(context.Background(), u.host.time.start)
	defer cancel()
	if p, err := u.running(ctx); err == nil {
		p.calls.Done()
	}
}

const jitter = 0.2

// backoff is base * 2^n up to the longest, give or take a fifth.
func backoff(base, longest time.Duration, n int) time.Duration {
	d := longest
	if n < 20 {
		d = min(longest, base<<n)
	}
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64()))
}

// release ends a quarantine or a wait.
func (u *unit) release() {
	u.mu.Lock()
	u.parked, u.streak, u.crashes, u.until = false, 0, nil, time.Time{}
	again := len(u.kept) > 0
	u.mu.Unlock()
	if again {
		go u.wake()
	}
}

// close ends the process and starts none any more.
func (u *unit) close(grace time.Duration) {
	u.mu.Lock()
	u.closed = true
	p, starting := u.process, u.starting
	u.mu.Unlock()
	if starting != nil {
		<-starting
	}
	if p != nil {
		p.end(grace)
	}
}

func unavailable(after time.Duration, en, zh string) error {
	return &engine.Error{Code: engine.CodeUnavailable, RetryAfter: after, Message: engine.Text{En: en, Zh: zh}}
}
