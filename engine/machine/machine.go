package machine

import (
	"context"
	"log/slog"
	"sync"
	"time"

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
	return &Machine{store: o.Store, books: o.Books, log: o.Log, opt: o, lanes: map[string]*lane{}}
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

// lane is one workspace in this process. Submissions that arrive while a
// transaction runs wait together and share the next one.
type lane struct {
	machine   *Machine
	workspace string

	mu      sync.Mutex
	busy    bool
	waiting []*submission

	// Held by the one goroutine that runs, see run.
	cache *cache
	view  *View
	shown *View // under mu: what State gave last
}

// submission is one batch that waits for its answers.
type submission struct {
	batch   Batch
	work    func(*turn) error // instead of a batch: something else under the lane's lock
	results []Result
	err     error
	done    chan struct{}
}

// Accept implements Accepter.
func (m *Machine) Accept(ctx context.Context, workspace string, b Batch) ([]Result, error) {
	if len(b.Events) == 0 {
		return nil, nil
	}
	s := &submission{batch: b}
	if err := m.lane(workspace).submit(ctx, s); err != nil {
		return nil, err
	}
	return s.results, nil
}

// within runs fn under the workspace's lane, alone in its transaction.
func (m *Machine) within(ctx context.Context, workspace string, received engine.Time, fn func(*turn) error) error {
	return m.lane(workspace).submit(ctx, &submission{work: fn, batch: Batch{Received: received}})
}

// submit queues a submission and waits for its result. A caller that gives up
// does not stop the transaction: its events may still be stored, and sending
// them again is safe.
func (l *lane) submit(ctx context.Context, s *submission) error {
	s.done = make(chan struct{})
	l.mu.Lock()
	l.waiting = append(l.waiting, s)
	if !l.busy {
		l.busy = true
		go l.run()
	}
	l.mu.Unlock()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return &engine.Error{Code: engine.CodeUnavailable, RetryAfter: time.Second, Err: ctx.Err(), Message: engine.Text{
			En: "the answer took too long; send it again with the same ids", Zh: "处理超时，请用相同的 id 重发"}}
	}
}

// run works until nobody waits.
func (l *lane) run() {
	for {
		group := l.take()
		if group == nil {
			return
		}
		l.work(group)
		for _, s := range group {
			close(s.done)
		}
	}
}

// take removes the submissions that will share the next transaction: as many
// as fit into MaxBatch events, in order of arrival. nil ends run.
func (l *lane) take() []*submission {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy = false
		return nil
	}
	n, events := 0, 0
	for _, s := range l.waiting {
		alone := s.work != nil
		if n > 0 && (alone || events+len(s.batch.Events) > engine.MaxBatch) {
			break
		}
		n++
		events += len(s.batch.Events)
		if alone {
			break
		}
	}
	group := l.waiting[:n:n]
	l.waiting = append([]*submission(nil), l.waiting[n:]...)
	return group
}

// transactionLimit bounds one transaction with its retries.
const transactionLimit = 60 * time.Second

// work runs one transaction for a group and gives every member of it its
// results or the error.
func (l *lane) work(group []*submission) {
	ctx, cancel := context.WithTimeout(context.Background(), transactionLimit)
	defer cancel()
	var t *turn
	err := l.machine.store.Within(ctx, l.workspace, func(tx engine.Tx) error {
		var err error
		if t, err = l.begin(ctx, tx); err != nil {
			return err
		}
		if err = t.all(group); err != nil {
			return err
		}
		if err = t.save(); err != nil {
			return err
		}
		l.machine.opt.Failpoint("before_commit")
		return nil
	})
	if err == nil {
		l.machine.opt.Failpoint("after_commit")
		l.commit(t)
		return
	}
	l.cache = nil
	for _, s := range group {
		s.err, s.results = err, nil
	}
}

// commit makes what the turn changed in memory the truth for its position.
func (l *lane) commit(t *turn) {
	l.cache = t.cache
	l.cache.position = t.changes.Position
	if t.changes.Revision != t.view.Lane.Revision {
		l.view = nil
		return
	}
	t.view.Lane.Position = t.changes.Position
	l.view = t.view
}
