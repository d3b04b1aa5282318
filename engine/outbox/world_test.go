package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// world is a store, a channel that notes what it is given, and facts to change.
type world struct {
	t       testing.TB
	store   *scratch.Store
	facts   *fakeFacts
	channel *recorder
	clock   *atomic.Int64
	rand    func() float64
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, store: scratch.New(), clock: &atomic.Int64{}, rand: func() float64 { return 0.5 }}
	w.clock.Store(int64(at0))
	w.channel = &recorder{now: w.now, traits: map[string]engine.ChannelTraits{}, answer: func(engine.Message, int) engine.Receipt {
		return engine.Receipt{Outcome: engine.Delivered}
	}}
	w.facts = &fakeFacts{
		defs:    engine.Definitions{Settings: engine.Settings{Zone: "Asia/Shanghai"}, Channels: map[string]*engine.ChannelDef{}},
		members: map[string]*engine.Member{}, suppressed: map[string]bool{}, down: map[string]string{},
	}
	w.open("mail", engine.ChannelTraits{MaxBatch: 10, Targets: []engine.TargetKind{engine.ToMember, engine.ToGroup}})
	return w
}

func (w *world) now() engine.Time { return engine.Time(w.clock.Load()) }

func (w *world) pass(d time.Duration) { w.clock.Add(d.Microseconds()) }

// open configures a channel whose plugin has its name.
func (w *world) open(key string, traits engine.ChannelTraits) *engine.ChannelDef {
	def := &engine.ChannelDef{Key: key, Plugin: key}
	w.facts.defs.Channels[key] = def
	w.channel.traits[key] = traits
	return def
}

func (w *world) worker(changes ...func(*Options)) *Worker {
	w.t.Helper()
	o := Options{Outbox: w.store.Outbox(), Facts: w.facts, Channels: w.channel, Clock: w.now, Jitter: w.rand}
	for _, change := range changes {
		change(&o)
	}
	worker, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return worker
}

// mail is a message to a member, due now and for a day, in workspace "w".
func (w *world) mail(id, member string, changes ...func(*engine.Delivery)) engine.Delivery {
	d := engine.Delivery{ID: id, Channel: "mail", Member: member, State: engine.DeliveryPending, Due: w.now(), NotAfter: w.now().Add(24 * time.Hour),
		Target: engine.Target{Kind: engine.ToMember, Address: member + "@x"}, Text: "hello", CreatedAt: w.now()}
	for _, change := range changes {
		change(&d)
	}
	w.facts.mu.Lock()
	defer w.facts.mu.Unlock()
	if member != "" && w.facts.members[member] == nil {
		w.facts.members[member] = &engine.Member{ID: member}
	}
	return d
}

func promoting(d *engine.Delivery) { d.Promotes = true }

func via(channel string) func(*engine.Delivery) {
	return func(d *engine.Delivery) { d.Channel = channel }
}

func (w *world) queue(deliveries ...engine.Delivery) { w.queueIn("w", deliveries...) }

func (w *world) queueIn(workspace string, deliveries ...engine.Delivery) {
	w.t.Helper()
	ctx := context.Background()
	err := w.store.Within(ctx, workspace, func(tx engine.Tx) error {
		return tx.Save(ctx, &engine.Changes{Position: tx.Lane().Position, Revision: tx.Lane().Revision, Deliveries: deliveries})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// drain works until nothing is due at this moment.
func (w *world) drain(worker *Worker) (n int) {
	w.t.Helper()
	for range 10_000 {
		claimed, err := worker.Once(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if n += claimed; claimed == 0 {
			return n
		}
	}
	w.t.Fatal("something is due again and again")
	return n
}

// live drains at every moment something is due, for so long.
func (w *world) live(worker *Worker, span time.Duration) {
	w.t.Helper()
	end := w.now().Add(span)
	for {
		w.drain(worker)
		next, err := w.store.Outbox().NextDue(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if next == 0 || next > end {
			w.clock.Store(int64(end))
			return
		}
		w.clock.Store(int64(max(next, w.now())))
	}
}

// get reads one delivery of workspace "w".
func (w *world) get(id string) engine.Delivery {
	w.t.Helper()
	for _, d := range w.all() {
		if d.ID == id {
			return d
		}
	}
	w.t.Fatalf("there is no delivery %s", id)
	return engine.Delivery{}
}

func (w *world) all() []engine.Delivery {
	w.t.Helper()
	var q engine.DeliveryQuery
	var all []engine.Delivery
	for {
		rows, err := w.store.Reader("w").ListDeliveries(context.Background(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, rows.Items...)
		if q.Cursor = rows.Next; q.Cursor == "" {
			return all
		}
	}
}

func (w *world) expect(id string, state engine.DeliveryState, because engine.Reason) engine.Delivery {
	w.t.Helper()
	d := w.get(id)
	if d.State != state || d.Because != because {
		w.t.Errorf("%s is %s %q (%s %s), want %s %q", id, d.State, d.Because, d.Code, d.Detail, state, because)
	}
	return d
}

// fakeFacts are facts to change; the same in every workspace.
type fakeFacts struct {
	mu         sync.Mutex
	defs       engine.Definitions
	members    map[string]*engine.Member
	suppressed map[string]bool
	down       map[string]string
	users      []User
	changes    []ChannelChange
	broken     error
}

func (f *fakeFacts) Definitions(context.Context, string) (*engine.Definitions, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defs := f.defs
	defs.Channels = maps.Clone(f.defs.Channels)
	return &defs, f.broken
}

func (f *fakeFacts) Members(_ context.Context, _ string, ids []string) (map[string]*engine.Member, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[string]*engine.Member{}
	for _, id := range ids {
		if m := f.members[id]; m != nil {
			if m.MergedInto != "" {
				m = f.members[m.MergedInto]
			}
			found[id] = m.Clone()
		}
	}
	return found, nil
}

// Users are all for a role, and otherwise the one of the id.
func (f *fakeFacts) Users(_ context.Context, _ string, _ *engine.ChannelDef, who string) (named []User, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.users {
		if who == engine.UserOfID+u.ID || !strings.HasPrefix(who, engine.UserOfID) {
			named = append(named, u)
		}
	}
	return named, f.broken
}

func (f *fakeFacts) Suppressed(_ context.Context, _, _ string, addresses []string) (map[string]bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[string]bool{}
	for _, a := range addresses {
		found[a] = f.suppressed[a]
	}
	return found, nil
}

func (f *fakeFacts) Channel(_ context.Context, workspace, key string) (Channel, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	def := f.defs.Channels[key]
	if def == nil {
		return Channel{}, engine.NotFound("channel", key)
	}
	return Channel{Config: engine.ChannelConfig{Workspace: workspace, Key: key, Plugin: def.Plugin}, Down: f.down[key]}, nil
}

func (f *fakeFacts) ChannelChanged(_ context.Context, c ChannelChange) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, c)
	if c.State == ChannelDisabled || c.State == ChannelPaused {
		f.down[c.Channel] = string(c.State) + ": " + c.Detail
	}
	return nil
}

func (f *fakeFacts) told() (states []ChannelState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.changes {
		states = append(states, c.State)
	}
	return states
}

// recorder is a channel that notes every raw call.
type recorder struct {
	now    func() engine.Time
	traits map[string]engine.ChannelTraits
	answer func(m engine.Message, nth int) engine.Receipt // nth call with this key, from 1

	mu    sync.Mutex
	calls map[string]int // by key
	sent  []handed
	sizes []int // of batches
	wait  func(ctx context.Context, channel string)
}

// handed is a message that the channel was given.
type handed struct {
	engine.Message
	Channel string
	At      engine.Time
	Outcome engine.SendOutcome
}

func (r *recorder) Traits(_ context.Context, plugin string) (engine.ChannelTraits, error) {
	t, ok := r.traits[plugin]
	if !ok {
		return t, errors.New("no such plugin: " + plugin)
	}
	return t, nil
}

func (r *recorder) Send(ctx context.Context, c engine.ChannelConfig, batch []engine.Message) []engine.Receipt {
	if _, ok := ctx.Deadline(); !ok {
		panic("a send without a deadline")
	}
	r.mu.Lock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.sizes = append(r.sizes, len(batch))
	receipts := make([]engine.Receipt, len(batch))
	for i, m := range batch {
		r.calls[m.Key]++
		receipts[i] = r.answer(m, r.calls[m.Key])
		r.sent = append(r.sent, handed{m, c.Key, r.now(), receipts[i].Outcome})
	}
	wait := r.wait
	r.mu.Unlock()
	if wait != nil {
		wait(ctx, c.Key)
	}
	return receipts
}

// keys are what was sent, in order.
func (r *recorder) keys() (keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.sent {
		keys = append(keys, m.Key)
	}
	return keys
}

func (w *world) expectKeys(want ...string) {
	w.t.Helper()
	got := w.channel.keys()
	if !slices.Equal(got, want) {
		w.t.Errorf("sent %v, want %v", got, want)
	}
}

// expectOnce checks that each of n keys was handed over exactly once.
func (w *world) expectOnce(n int) {
	w.t.Helper()
	w.channel.mu.Lock()
	defer w.channel.mu.Unlock()
	if len(w.channel.calls) != n {
		w.t.Errorf("%d messages were sent, want %d", len(w.channel.calls), n)
	}
	for key, calls := range w.channel.calls {
		if calls != 1 {
			w.t.Errorf("%s was sent %d times", key, calls)
		}
	}
}

func always(o engine.SendOutcome) func(engine.Message, int) engine.Receipt {
	return func(engine.Message, int) engine.Receipt { return engine.Receipt{Outcome: o, Code: "c", Detail: "d"} }
}

func ids(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%04d", prefix, i))
	}
	return all
}
