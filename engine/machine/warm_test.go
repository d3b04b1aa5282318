package machine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const narrow = `
key: narrow
kind: reward
title: {en: Narrow, zh: 窄}
on: act
when: 'events("act", "24h").count() == %d'
then:
  - add_tag: {tag: narrow}
`

// wide reads more of the windows that narrow keeps, and one that nobody kept.
const wide = `
key: wide
kind: reward
title: {en: Wide, zh: 宽}
on: act
when: 'events("act", "30d").sum("n") % 7 == 3 or events("act", "30d", {k: event.props.k}).count() % 5 == 1'
then:
  - add_tag: {tag: wide}
`

// busyLog is a world whose few members have thousands of events each, so that
// their windows are kept in segments.
type busyLog struct {
	*world
	mu  sync.Mutex
	all []raw
}

func newBusyLog(t *testing.T, events int) *busyLog {
	w := &busyLog{world: newWorld(t)}
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "act", Body: body(engine.EventType{Key: "act", Subject: engine.SubjectMember,
		CoveredFrom: at("2020-01-01 00:00"), Fields: []engine.Field{{Name: "n", Type: "integer"}, {Name: "k", Type: "string"}}})})
	for _, who := range []string{"ada", "bo", "cy"} {
		long := w.by(who, "member.joined")
		long.At = at("2020-01-01 00:00")
		w.try(machine.Batch{Source: "test", History: true, Events: []engine.Event{long}})
	}
	w.publish(fmt.Sprintf(narrow, 50))
	for range events / 100 {
		w.batch(100)
	}
	return w
}

// batch sends events and answers their decisions with the raw list before each.
func (w *busyLog) batch(n int) (results []machine.Result, from int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from = len(w.all)
	var batch []engine.Event
	for i := range n {
		x := len(w.all) + i*7
		w.now += engine.Time(2 * time.Minute / time.Microsecond)
		r := raw{at: int64(w.now), typ: "act", who: []string{"ada", "bo", "cy"}[x%3], k: string(rune('a' + x%4)), n: int64(x % 9)}
		e := w.by(r.who, "act", "k", r.k, "n", r.n)
		batch, w.all = append(batch, e), append(w.all, r)
	}
	r, err := w.m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: w.now, Show: machine.ShowAll, Events: batch})
	if err != nil {
		panic(err)
	}
	return r, from
}

func (w *busyLog) isWide(i int) bool {
	e := w.all[i]
	month := mine(w.all[:i+1], e, "act", e.at-30*86400e6)
	return sum(month)%7 == 3 || len(keep(month, func(r raw) bool { return r.k == e.k }))%5 == 1
}

func (w *busyLog) isNarrow(i, n int) bool {
	e := w.all[i]
	return len(mine(w.all[:i+1], e, "act", e.at-86400e6)) == n
}

// TestPublishingWhileEventsComeIn publishes a rule that needs more of the
// windows in use, and new ones, while another goroutine sends events. The live
// rule stays exact all the time and the new one from its first decision on.
func TestPublishingWhileEventsComeIn(t *testing.T) {
	w := newBusyLog(t, 9000)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	check := func(results []machine.Result, from int) (judged int) {
		for i, r := range results {
			d := byRule(r.Decisions)
			if got, want := d["narrow"].Outcome == engine.OutcomeTrue, w.isNarrow(from+i, 50); got != want {
				t.Errorf("narrow at event %d: %v, the list says %v", from+i, d["narrow"], want)
			}
			if x, live := d["wide"]; live {
				judged++
				if got, want := x.Outcome == engine.OutcomeTrue, w.isWide(from+i); got != want {
					t.Errorf("wide at event %d: %v, the list says %v", from+i, x, want)
				}
			}
		}
		return judged
	}
	c := *w.world // with a clock of its own
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				check(w.batch(20))
			}
		}
	})
	for round := range 3 {
		c.publish(wide)
		time.Sleep(20 * time.Millisecond)
		if round < 2 {
			c.unpublish("wide")
		}
	}
	close(stop)
	writer.Wait()
	w.world = w.another()
	if n := check(w.batch(60)); n != 60 {
		t.Errorf("%d of 60 were decided after a restart", n)
	}
}

// TestIngestGoesOnWhileWindowsAreBuilt measures the longest that a batch waits
// while windows are built from a long log.
func TestIngestGoesOnWhileWindowsAreBuilt(t *testing.T) {
	w := newBusyLog(t, 30_000)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	longest, batches := time.Duration(0), 0
	c := *w.world
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				began := time.Now()
				w.batch(5)
				longest, batches = max(longest, time.Since(began)), batches+1
			}
		}
	})
	began := time.Now()
	c.publish(wide)
	took := time.Since(began)
	close(stop)
	writer.Wait()
	t.Logf("publishing took %v, meanwhile %d batches, the longest %v", took, batches, longest)
	if batches < 3 { // how long each waited is for the log alone: a busy machine is no fault
		t.Errorf("publishing took %v and let only %d batches through meanwhile", took, batches)
	}
}
