package machine_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// slow counts transactions, and holds each until it is let go.
type slow struct {
	*scratch.Store
	transactions atomic.Int32
	gate         chan struct{} // nil: open
}

func (s *slow) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	s.transactions.Add(1)
	if s.gate != nil {
		<-s.gate
	}
	return s.Store.Within(ctx, workspace, fn)
}

func TestWhatWaitsSharesATransaction(t *testing.T) {
	store := &slow{Store: scratch.New(), gate: make(chan struct{})}
	m := machine.New(machine.Options{Store: store, Books: fixedBooks{metrics: engine.NewMetricTable()}})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { accept(t, m, event(fmt.Sprint(i), "x", fmt.Sprint("m", i), noon)) })
		if i == 0 {
			for store.transactions.Load() == 0 {
			}
		}
	}
	for waits := 0; waits < 19; { // all others queue up behind the first
		waits = machine.Waiting(m, "w")
	}
	close(store.gate)
	wg.Wait()
	if n := store.transactions.Load(); n != 2 {
		t.Errorf("%d transactions for 20 batches, want 2", n)
	}
}

// TestAPoisonBatchFailsAlone: an event that meets a damaged record cannot be
// processed; batches that would share its transaction are not its business.
func TestAPoisonBatchFailsAlone(t *testing.T) {
	store := &slow{Store: scratch.New()}
	m := machine.New(machine.Options{Store: store, Books: fixedBooks{metrics: engine.NewMetricTable()}})
	accept(t, m, event("0", "x", "poison", noon))
	damage(t, store, "app", "test:poison")
	m = machine.New(machine.Options{Store: store, Books: fixedBooks{metrics: engine.NewMetricTable()}})
	store.gate = make(chan struct{})
	before := store.transactions.Load()
	var wg sync.WaitGroup
	var failed, accepted atomic.Int32
	for i := range 10 {
		wg.Go(func() {
			who := fmt.Sprint("m", i)
			if i == 5 {
				who = "poison"
			}
			_, err := m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: noon, Events: []engine.Event{event(fmt.Sprint("p", i), "x", who, noon)}})
			if err != nil {
				failed.Add(1)
			} else {
				accepted.Add(1)
			}
		})
		if i == 0 {
			for store.transactions.Load() == before {
			}
		}
	}
	for machine.Waiting(m, "w") < 9 {
	}
	close(store.gate)
	wg.Wait()
	if failed.Load() != 1 || accepted.Load() != 9 {
		t.Errorf("%d failed, %d accepted; want 1 and 9", failed.Load(), accepted.Load())
	}
}

// damage makes the record of whoever has an identity unreadable.
func damage(t *testing.T, store engine.Store, _, identity string) {
	t.Helper()
	ctx := context.Background()
	err := store.Within(ctx, "w", func(tx engine.Tx) error {
		k := engine.RecordKey{Kind: engine.IdentityRecord, Key: identity}
		found, err := tx.Load(ctx, []engine.RecordKey{k})
		if err != nil {
			return err
		}
		return tx.Save(ctx, &engine.Changes{Position: tx.Lane().Position, Revision: tx.Lane().Revision,
			Records: []engine.Record{{Kind: engine.MemberRecord, Key: string(found[k]), Body: []byte("{damaged")}}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPanicIsAnErrorAndTheNextBatchIsTaken(t *testing.T) {
	bad := &engine.Rule{Key: "bad", Version: 1, On: []string{"x"}, When: condition(func(*engine.Facts) (engine.Tri, error) { panic("a fault of ours") })}
	m := newMachine(t, fixedBooks{rules: []*engine.Rule{bad}})
	_, err := m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: noon, Events: []engine.Event{event("1", "x", "ada", noon)}})
	if err == nil {
		t.Error("no error")
	}
	if r := accept(t, m, event("2", "y", "ada", noon)); r[0].Status != machine.Accepted {
		t.Errorf("the next batch: %+v", r)
	}
}

// TestADamagedTimerDoesNotStopTheOthers: a timer that cannot be worked is left
// and reported; those beside it ring.
func TestADamagedTimerDoesNotStopTheOthers(t *testing.T) {
	w := newWorld(t, `
key: later
kind: reward
title: {en: Later, zh: 以后}
on: x
when: 'true'
after: 1d
then:
  - grant_points: {amount: 1}
`)
	for _, who := range []string{"ada", "bo", "cy"} {
		w.do(who, "x")
	}
	damage(t, w.store, "", "app:bo")
	w = w.another()
	w.now += 2 * day
	n, err := w.m.Tick(context.Background(), w.now)
	if n != 2 || err == nil {
		t.Errorf("%d timers rang, error %v; want 2 and an error", n, err)
	}
	for _, who := range []string{"ada", "cy"} {
		if got := w.member(who).Accounts["points"].Balance; got != 1 {
			t.Errorf("%s has %d points", who, got)
		}
	}
}

// TestACommitThatFailsLeavesNoTrace: what a failed transaction changed in
// memory is not believed afterwards.
func TestACommitThatFailsLeavesNoTrace(t *testing.T) {
	store := &unlucky{Store: scratch.New()}
	rule := &engine.Rule{Key: "tag", Version: 1, On: []string{"x"}, Then: []engine.EffectPlan{plan(engine.GrantPoints, constant("amount", engine.IntValue(1)))}}
	m := machine.New(machine.Options{Store: store, Books: fixedBooks{rules: []*engine.Rule{rule}, metrics: engine.NewMetricTable()}})
	e := func(i int) engine.Event { return event(fmt.Sprint(i), "x", "ada", noon) }
	accept(t, m, e(0))
	store.fail = true
	if _, err := m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: noon, Events: []engine.Event{e(1)}}); err == nil {
		t.Fatal("no error")
	}
	store.fail = false
	accept(t, m, e(1), e(2))
	rows, _ := store.Reader("w").ListLedger(context.Background(), engine.LedgerQuery{})
	if len(rows.Items) != 3 || rows.Items[0].Balance != 3 {
		t.Errorf("entries %+v", rows.Items)
	}
}

// unlucky fails at the commit, after everything was done.
type unlucky struct {
	*scratch.Store
	fail bool
}

func (u *unlucky) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	return u.Store.Within(ctx, workspace, func(tx engine.Tx) error {
		if err := fn(tx); err != nil || !u.fail {
			return err
		}
		return &engine.Error{Code: engine.CodeUnavailable, Message: engine.Text{En: "the commit failed", Zh: "提交失败"}}
	})
}
