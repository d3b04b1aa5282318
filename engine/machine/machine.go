package machine

import (
	"context"
	"log/slog"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// Options are the parts a Machine is made of.
type Options struct {
	Store engine.Store
	Books Books
	Log   *slog.Logger // nil: discard

	// CacheMembers bounds how many members each workspace keeps in memory
	// (twice that at most); 0 means 50,000.
	CacheMembers int
	// Failpoint is called with a name at "before_commit" and "after_commit";
	// tests make it kill the process. nil: nothing.
	Failpoint func(name string)
}

// Machine accepts events and decides. It is safe for concurrent use; any number
// of machines may share one database.
type Machine struct {
	store engine.Store
	books Books
	log   *slog.Logger
	opt   Options
	past  bool // the store keeps what records became

	mu    sync.Mutex
	lanes map[string]*lane
}

// New makes a machine.
func New(o Options) *Machine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CacheMembers == 0 {
		o.CacheMembers = 50_000
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
	m := &Machine{store: o.Store, books: o.Books, log: o.Log, opt: o, lanes: map[string]*lane{}}
	if k, ok := o.Store.(engine.PastKeeper); ok {
		m.past = k.KeepsPast()
	}
	return m
}

func (m *Machine) lane(workspace string) *lane {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lanes[workspace]
	if l == nil {
		l = &lane{machine: m, workspace: workspace}
		m.lanes[workspace] = l
	}
	return l
}

// Forget drops what is cached of a workspace, after it was removed or restored.
func (m *Machine) Forget(workspace string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.lanes, workspace)
}

// Accept implements Accepter.
func (m *Machine) Accept(ctx context.Context, workspace string, b Batch) ([]Result, error) {
	if len(b.Events) == 0 {
		return nil, nil
	}
	s := &submission{batch: b, audit: engine.AuditOf(ctx)}
	if err := m.lane(workspace).submit(ctx, s); err != nil {
		return nil, err
	}
	return s.results, nil
}

// within runs fn under the workspace's lane, alone in its transaction.
func (m *Machine) within(ctx context.Context, workspace string, received engine.Time, fn func(*turn) error) error {
	return m.lane(workspace).submit(ctx, &submission{work: fn, batch: Batch{Received: received}})
}
