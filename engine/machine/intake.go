package machine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

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
	audit   *engine.Audit     // the row of the request, saved with what it changes
	noted   *noted
	results []Result
	err     error
	done    chan struct{}
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

// maxShared is how many events share a transaction when several batches wait:
// what a commit costs whatever is in it is then paid once for all of them, and
// the transaction still has far fewer rows than databases recommend at most.
const maxShared = 4 * engine.MaxBatch

// take removes the submissions that will share the next transaction: as many
// as fit into maxShared events, in order of arrival. nil ends run.
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
		if n > 0 && (alone || events+len(s.batch.Events) > maxShared) {
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
// results or the error. Where something in one of them cannot be processed each
// is tried alone, so that nobody fails for what another sent.
func (l *lane) work(group []*submission) {
	err := l.transact(group)
	if err == nil {
		return
	}
	if len(group) > 1 && isolable(err) {
		l.machine.log.Warn("a shared transaction failed; trying its submissions one by one",
			"workspace", l.workspace, "submissions", len(group), "error", err)
		for _, s := range group {
			if err := l.transact([]*submission{s}); err != nil {
				s.err, s.results = err, nil
			}
		}
		return
	}
	for _, s := range group {
		s.err, s.results = err, nil
	}
}

// isolable is whether an error may be about one submission. A database that is
// away or slow is so for all of them.
func isolable(err error) bool {
	return engine.CodeOf(err) != engine.CodeUnavailable &&
		!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

// transact runs one transaction for a group.
func (l *lane) transact(group []*submission) error {
	ctx, cancel := context.WithTimeout(context.Background(), transactionLimit)
	defer cancel()
	var t *turn
	err := l.machine.store.Within(ctx, l.workspace, func(tx engine.Tx) error {
		err := l.guarded(func() (err error) {
			if t, err = l.begin(ctx, tx); err != nil {
				return err
			}
			if err = t.all(group); err != nil {
				return err
			}
			return t.save()
		})
		if err == nil {
			l.machine.opt.Failpoint("before_commit")
		}
		return err
	})
	if err != nil {
		l.cache = nil
		return err
	}
	l.machine.opt.Failpoint("after_commit")
	l.commit(t)
	for _, s := range group {
		s.audit.Written() // also of what was a duplicate: it was noted the first time
	}
	return nil
}

// guarded turns a panic into an error, so that one event that finds a fault of
// ours is refused and the server lives.
func (l *lane) guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.machine.log.Error("panic while processing", "workspace", l.workspace, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic while processing: %v", p)
		}
	}()
	return fn()
}

// commit makes what the turn changed in memory the truth for its position.
func (l *lane) commit(t *turn) {
	l.cache = t.cache
	l.cache.position = t.changes.Position
	l.cache.settle()
	if t.changes.Revision != t.view.Lane.Revision {
		l.view = nil
		return
	}
	t.view.Lane.Position = t.changes.Position
	l.view = t.view
}
