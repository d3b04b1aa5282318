//go:build linux

package host

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// ledger is an Inbound that remembers, drops repetitions and sometimes fails.
type ledger struct {
	mu     sync.Mutex
	seen   map[string]int // by channel and event id
	cursor map[string]string
	calls  int
	failed int
	stuck  bool
}

func newLedger() *ledger { return &ledger{seen: map[string]int{}, cursor: map[string]string{}} }

func (l *ledger) Accept(ctx context.Context, from Origin, events []sdk.Event) ([]Rejection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stuck {
		return nil, errors.New("the database is away")
	}
	if l.calls++; l.calls%7 == 3 {
		l.failed++
		return nil, errors.New("a passing fault")
	}
	for _, e := range events {
		l.seen[from.Channel+" "+e.ID]++
		l.cursor[from.Channel] = e.Cursor
	}
	return []Rejection{{Index: 0, Reason: "for the test"}}, nil
}

func (l *ledger) Cursor(_ context.Context, _, channel string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cursor[channel], nil
}

// newest is the highest n such that 1..n have all been seen.
func (l *ledger) newest(channel string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for l.seen[channel+" "+strconv.Itoa(n+1)] > 0 {
		n++
	}
	return n
}

func (l *ledger) missing(channel string) int {
	l.mu.Lock()
	n := 0
	for k := range l.seen {
		if strings.HasPrefix(k, channel+" ") {
			n++
		}
	}
	l.mu.Unlock()
	return n - l.newest(channel)
}

func TestEventsSurviveFaultsCrashesAndRestarts(t *testing.T) {
	sink := newLedger()
	h := newTestHost(t, func(o *Options, _ *timing) { o.Inbound = sink })
	c := channelOf("mischief")
	if err := h.Keep(c); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		before := sink.newest("c1")
		eventually(t, "events flow", func() bool { return sink.newest("c1") > before+20 })
		if pid := stateOf(h, "mischief").PID; pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		eventually(t, "the plugin is restarted by itself", func() bool { return stateOf(h, "mischief").Restarts == round+1 })
	}
	before := sink.newest("c1")
	eventually(t, "events go on", func() bool { return sink.newest("c1") > before+20 })
	h.Drop(t.Context(), c.Workspace, c.Key)
	if sink.missing("c1") > 0 || sink.failed == 0 {
		t.Fatalf("%d events missing, %d faults", sink.missing("c1"), sink.failed)
	}
}

func TestAPluginWaitsForCredit(t *testing.T) {
	sink := newLedger()
	sink.stuck = true
	h := newTestHost(t, func(o *Options, _ *timing) { o.Inbound = sink })
	if err := h.Keep(channelOf("calm")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "events wait in the plugin", func() bool {
		p := h.all()[0]
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.process != nil && p.process.session.beat.Load().GetEventsWaiting() > 0
	})
	if s := stateOf(h, "calm"); s.Restarts != 0 || len(sink.seen) != 0 {
		t.Fatalf("%+v", s)
	}
	sink.mu.Lock()
	sink.stuck = false
	sink.mu.Unlock()
	eventually(t, "events flow", func() bool { return sink.newest("c1") > 5 })
}

func TestDroppedChannelsSendNothingMore(t *testing.T) {
	sink := newLedger()
	h := newTestHost(t, func(o *Options, _ *timing) { o.Inbound = sink })
	c := channelOf("calm")
	if err := h.Keep(c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "events flow", func() bool { return sink.newest("c1") > 5 })
	h.Drop(t.Context(), c.Workspace, c.Key)
	time.Sleep(100 * time.Millisecond)
	after := sink.newest("c1")
	time.Sleep(200 * time.Millisecond)
	if sink.newest("c1") != after {
		t.Fatal("a dropped channel still sends")
	}
	if err := h.Keep(c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "kept again, it goes on", func() bool { return sink.newest("c1") > after+5 })
}

func TestWhatIsNoEvent(t *testing.T) {
	good := func() *pb.Event { return &pb.Event{Id: "1", Type: "t", AtUs: 1, Props: []byte(`{}`)} }
	if _, err := eventFromWire(good()); err != nil {
		t.Fatal(err)
	}
	if e, err := eventFromWire(&pb.Event{Id: "1", Type: "t"}); err != nil || !e.At.IsZero() {
		t.Errorf("what has no time happened when it came in: %v, %v", e.At, err)
	}
	for name, spoil := range map[string]func(*pb.Event){
		"no id":         func(e *pb.Event) { e.Id = "" },
		"endless id":    func(e *pb.Event) { e.Id = strings.Repeat("i", maxEventID+1) },
		"no type":       func(e *pb.Event) { e.Type = "" },
		"array props":   func(e *pb.Event) { e.Props = []byte(`[]`) },
		"broken props":  func(e *pb.Event) { e.Props = []byte(`{"a":`) },
		"endless props": func(e *pb.Event) { e.Props = []byte(`{"a":"` + strings.Repeat("a", maxEventProps) + `"}`) },
	} {
		e := good()
		spoil(e)
		if _, err := eventFromWire(e); err == nil {
			t.Errorf("%s was taken for an event", name)
		}
	}
	if _, err := eventFromWire(nil); err == nil {
		t.Error("nil was taken for an event")
	}
}
