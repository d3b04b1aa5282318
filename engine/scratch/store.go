package scratch

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// Store keeps workspaces in memory. The zero value is not usable, see New.
type Store struct {
	mu     sync.RWMutex // guards spaces and all that they hold
	spaces map[string]*space
	past   bool // keeps what records were
}

// New gives an empty store that does not keep the past.
func New() *Store { return &Store{spaces: map[string]*space{}} }

// NewKeeping gives an empty store that keeps the past.
func NewKeeping() *Store { return &Store{spaces: map[string]*space{}, past: true} }

var (
	_ engine.Store      = (*Store)(nil)
	_ engine.PastKeeper = (*Store)(nil)
)

// KeepsPast implements engine.PastKeeper.
func (s *Store) KeepsPast() bool { return s.past }

// Fork gives a store that starts from what this one holds now; neither sees
// what the other does from then on.
func (s *Store) Fork() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := New()
	f.past = s.past
	for id, w := range s.spaces {
		f.spaces[id] = w.fork()
	}
	return f
}

// Within runs fn while it holds the workspace's lane. What fn saved is kept
// when it answers nil, and nothing of it otherwise.
func (s *Store) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	w, err := s.open(workspace)
	if err != nil {
		return err
	}
	select {
	case w.busy <- struct{}{}:
		defer func() { <-w.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.RLock()
	t := &tx{store: s, space: w, lane: w.lane}
	s.mu.RUnlock()
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.commit()
	return nil
}

// open finds a workspace, or starts it.
func (s *Store) open(workspace string) (*space, error) {
	if workspace == "" || len(workspace) > engine.MaxKeyBytes {
		return nil, &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
			En: "a workspace id has 1 to 191 bytes", Zh: "空间标识应为 1 到 191 字节"}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.spaces[workspace]
	if w == nil {
		w = newSpace(workspace)
		s.spaces[workspace] = w
	}
	return w, nil
}

// Write puts records in their place beside the lane, whose position stays: what
// somebody kept of changes that were saved without them.
func (s *Store) Write(workspace string, rows []engine.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.spaces[workspace]; w != nil {
		w.applyRecords(rows)
	}
}

// Reader reads one workspace.
func (s *Store) Reader(workspace string) engine.Reader {
	return &reader{store: s, workspace: workspace}
}

// Outbox is the queue of deliveries of all workspaces.
func (s *Store) Outbox() engine.OutboxStore { return &outbox{store: s} }

// DueTimers lists the timers that are due, oldest first.
func (s *Store) DueTimers(ctx context.Context, now engine.Time, limit int) ([]engine.DueTimer, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var due []engine.DueTimer
	for id, w := range s.spaces {
		w.timers.each(func(_ string, t engine.Timer) {
			if t.Due <= now {
				due = append(due, engine.DueTimer{Workspace: id, Timer: t})
			}
		})
	}
	slices.SortFunc(due, func(a, b engine.DueTimer) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.Key, b.Key))
	})
	return due[:min(len(due), max(limit, 0))], ctx.Err()
}
