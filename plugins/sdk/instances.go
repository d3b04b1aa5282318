package sdk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// opened is one revision of one instance, and the calls that are inside it.
type opened struct {
	id       string
	revision int64
	instance Instance
	redact   redactor
	log      *slog.Logger

	calls sync.WaitGroup
	stop  context.CancelFunc // ends Listen
}

// instances are what the host has opened.
type instances struct {
	mu   sync.RWMutex
	byID map[string]*opened
	// turns serialises opening and closing of one instance.
	turns map[string]*sync.Mutex
}

func newInstances() *instances {
	return &instances{byID: map[string]*opened{}, turns: map[string]*sync.Mutex{}}
}

// turn locks the opening of id and returns the unlock.
func (s *instances) turn(id string) func() {
	s.mu.Lock()
	m := s.turns[id]
	if m == nil {
		m = new(sync.Mutex)
		s.turns[id] = m
	}
	s.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// revision is what is open now, or -1.
func (s *instances) revision(id string) int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if o := s.byID[id]; o != nil {
		return o.revision
	}
	return -1
}

// enter finds an instance and holds it open until the returned func is called.
func (s *instances) enter(id string, revision int64) (*opened, func()) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := s.byID[id]
	if o == nil || o.revision < revision {
		return nil, nil
	}
	o.calls.Add(1)
	return o, o.calls.Done
}

// put makes o the open one; the one before is closed when its calls are done.
func (s *instances) put(o *opened) {
	s.mu.Lock()
	before := s.byID[o.id]
	s.byID[o.id] = o
	s.mu.Unlock()
	before.retire()
}

func (s *instances) drop(id string) {
	s.mu.Lock()
	before := s.byID[id]
	delete(s.byID, id)
	delete(s.turns, id)
	s.mu.Unlock()
	before.retire()
}

func (s *instances) count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.byID)
}

// retire closes an instance once nobody is inside it.
func (o *opened) retire() {
	if o == nil {
		return
	}
	o.stop()
	go func() {
		o.calls.Wait()
		defer recoverInto(o.log, "close", nil)
		if c, ok := o.instance.(Closer); ok {
			if err := c.Close(); err != nil {
				o.log.Warn("close instance", "error", err)
			}
		}
	}()
}

const (
	listenPause    = time.Second
	listenPauseMax = time.Minute
)

// listen keeps a Listener running until ctx ends.
func (o *opened) listen(ctx context.Context, l Listener, inbox Inbox) {
	defer o.calls.Done()
	for pause := listenPause; ; pause = min(2*pause, listenPauseMax) {
		err := func() (err error) {
			defer recoverInto(o.log, "listen", &err)
			return l.Listen(ctx, inbox)
		}()
		if ctx.Err() != nil {
			return
		}
		o.log.Warn("listening stopped, trying again", "error", err, "pause", pause.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// setupFrom is what an instance is opened with.
func (s *server) setupFrom(r *pb.OpenInstanceRequest, redact redactor) Setup {
	return Setup{
		Workspace: r.Workspace, Channel: r.Channel, Cursor: r.Cursor,
		Config: r.Config, Secrets: r.Secrets,
		DataDir: r.Grants.GetDataDir(), AllowPrivate: r.Grants.GetAllowPrivate(),
		Now: s.now,
		Log: s.logger(redact).With("workspace", r.Workspace, "channel", r.Channel),
	}
}
