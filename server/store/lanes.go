package store

import (
	"context"
	"sync"
)

// lanes is what this process remembers of the workspaces it works on.
type lanes struct {
	mu          sync.Mutex
	byWorkspace map[string]*lane
	clock       int64 // counts uses, to find who was idle longest
	bytes       int64 // held by all
}

// lane is one workspace in this process. Whoever fills busy works on it: others
// wait here, in Go, and not on the database's lock with a connection in hand.
type lane struct {
	busy   chan struct{}
	claims claimMemory
	state  stateMemory
	marks  markMemory
	tail   tailMemory
	used   int64

	workspace         string
	claimBytes, bytes int64 // held by claims and marks; by all
}

// take waits for the workspace's turn in this process.
func (l *lanes) take(ctx context.Context, workspace string) (*lane, error) {
	for {
		w := l.of(workspace)
		select {
		case w.busy <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.of(workspace) == w { // not forgotten while we waited
			return w, nil
		}
		<-w.busy
	}
}

func (l *lanes) of(workspace string) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.byWorkspace[workspace]
	if w == nil {
		w = &lane{workspace: workspace, busy: make(chan struct{}, 1)}
		w.state.clear()
		l.byWorkspace[workspace] = w
	}
	l.clock++
	w.used = l.clock
	return w
}

// leave ends a turn and forgets those who were idle longest when too much is held.
func (l *lanes) leave(w *lane, most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.claimBytes = w.claims.bytes() + w.marks.bytes()
	l.weigh(w, most)
	<-w.busy
}

// held is the bytes that all workspaces hold.
func (l *lanes) held() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// looked notes what a reader made a workspace hold.
func (l *lanes) looked(w *lane, most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.weigh(w, most)
}

func (l *lanes) weigh(w *lane, most int64) {
	if l.byWorkspace[w.workspace] != w {
		return // forgotten meanwhile
	}
	now := w.claimBytes + w.state.bytes() + w.tail.bytes()
	l.bytes += now - w.bytes
	w.bytes = now
	for l.bytes > most && l.forgetOne(w) {
	}
}

func (l *lanes) forgetOne(except *lane) bool {
	oldest := ""
	for id, w := range l.byWorkspace {
		if w != except && len(w.busy) == 0 && w.bytes > 0 && (oldest == "" || w.used < l.byWorkspace[oldest].used) {
			oldest = id
		}
	}
	if oldest == "" {
		return false
	}
	l.bytes -= l.byWorkspace[oldest].bytes
	delete(l.byWorkspace, oldest)
	return true
}
