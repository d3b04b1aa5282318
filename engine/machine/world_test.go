package machine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

const (
	hour = engine.Time(time.Hour / time.Microsecond)
	day  = 24 * hour
)

// fataler is a test or a rapid check.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is one workspace on a store in memory, with a clock that the test moves.
type world struct {
	show  machine.Show // what send asks for; "": all decisions
	t     fataler
	store engine.Store
	again func() engine.Store // the store as after a restart; nil: the same
	m     *machine.Machine
	now   engine.Time
	sent  int
	asked map[int64][]engine.Decision // what each event was answered, by position; nil: not remembered
}

// newWorld publishes rule documents in a workspace in Shanghai.
func newWorld(t fataler, documents ...string) *world {
	t.Helper()
	return newWorldOn(t, scratch.NewKeeping(), documents...)
}

func newWorldOn(t fataler, store engine.Store, documents ...string) *world {
	t.Helper()
	w := &world{t: t, store: store, m: machine.New(machine.Options{Store: store, Books: &rules.Books{}}), now: at("2026-03-02 10:00")}
	w.publish(documents...)
	return w
}

// another is a second machine on the same store, or on the database opened again.
func (w *world) another() *world {
	c := *w
	if w.again != nil {
		c.store = w.again()
	}
	c.m = machine.New(machine.Options{Store: c.store, Books: &rules.Books{}})
	return &c
}

// at reads a local time in Shanghai.
func at(s string) engine.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("", 8*3600))
	if err != nil {
		panic(err)
	}
	return engine.TimeOf(t)
}

func body(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// define puts definitions in force.
func (w *world) define(writes ...machine.Write) {
	w.t.Helper()
	if _, err := w.m.Define(context.Background(), "w", "test", w.now, writes, nil); err != nil {
		w.t.Fatalf("define: %v", err)
	}
}

func (w *world) group(key string, capacity int64) {
	w.t.Helper()
	w.define(machine.Write{Kind: engine.DefineGroup, Key: key, Body: body(engine.GroupDef{Key: key, Capacity: capacity, Channel: "app", Address: key})})
}

func (w *world) reward(r engine.Reward) {
	w.t.Helper()
	w.define(machine.Write{Kind: engine.DefineReward, Key: r.Key, Body: body(r)})
}

// publish puts rule documents in force from here on.
func (w *world) publish(documents ...string) {
	w.t.Helper()
	w.publishAs(rules.Rollout{}, documents...)
}

func (w *world) publishAs(to rules.Rollout, documents ...string) {
	w.t.Helper()
	var writes []machine.Write
	for _, doc := range documents {
		key := strings.TrimSpace(strings.SplitN(strings.SplitN(doc, "key:", 2)[1], "\n", 2)[0])
		writes = append(writes, machine.Write{Kind: engine.DefineRule, Key: key, Body: []byte(doc)})
	}
	compose := func(current map[machine.Named]engine.Definition, position int64, writes []machine.Write) error {
		for i := range writes {
			s := &rules.Stored{}
			if d, ok := current[machine.Named{Kind: engine.DefineRule, Key: writes[i].Key}]; ok {
				s, _ = rules.ReadStored(d.Body)
			}
			s.Draft = string(writes[i].Body)
			s.Supersede(w.now, false)
			if err := s.Publish(to, position); err != nil {
				return err
			}
			writes[i].Body, _ = s.Body()
		}
		return nil
	}
	if _, err := w.m.Define(context.Background(), "w", "test", w.now, writes, compose); err != nil {
		w.t.Fatalf("publish: %v", err)
	}
	v, err := w.m.State(context.Background(), "w")
	if err != nil {
		w.t.Fatalf("state: %v", err)
	}
	for key, err := range v.Book.Broken {
		w.t.Fatalf("rule %s: %v", key, err)
	}
}

// unpublish takes a rule away.
func (w *world) unpublish(key string) {
	w.t.Helper()
	w.define(machine.Write{Kind: engine.DefineRule, Key: key})
}

// by is an event of a member of the channel "app" at the clock's time.
func (w *world) by(member, typ string, props ...any) engine.Event {
	w.sent++
	e := engine.Event{ID: fmt.Sprint("e", w.sent), Type: typ, At: w.now, Member: identity(member)}
	for i := 0; i < len(props); i += 2 {
		e.Props = append(e.Props, engine.Prop{Name: props[i].(string), Value: val(props[i+1])})
	}
	engine.SortProps(e.Props)
	return e
}

func identity(member string) engine.MemberRef {
	return engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: member}}
}

func val(v any) engine.Value {
	switch x := v.(type) {
	case int:
		return engine.IntValue(int64(x))
	case int64:
		return engine.IntValue(x)
	case engine.Time:
		return engine.IntValue(int64(x))
	case string:
		return engine.StringValue(x)
	case bool:
		return engine.BoolValue(x)
	case []string:
		out := make([]engine.Value, len(x))
		for i := range x {
			out[i] = engine.StringValue(x[i])
		}
		return engine.ListValue(out...)
	}
	panic(fmt.Sprintf("no value for %T", v))
}

// send accepts events and insists that they are taken.
func (w *world) send(events ...engine.Event) []machine.Result {
	w.t.Helper()
	results := w.try(machine.Batch{Source: "test", Show: cmp.Or(w.show, machine.ShowAll), Events: events})
	for i, r := range results {
		if r.Status == machine.Invalid {
			w.t.Fatalf("event %s of type %s: %+v", events[i].ID, events[i].Type, r.Problems)
		}
	}
	return results
}

func (w *world) try(b machine.Batch) []machine.Result {
	w.t.Helper()
	b.Received = w.now
	results, err := w.m.Accept(context.Background(), "w", b)
	if err != nil {
		w.t.Fatalf("accept: %v", err)
	}
	for _, r := range results {
		if w.asked != nil && r.Status == machine.Accepted && b.Show == machine.ShowAll {
			w.asked[r.Position] = r.Decisions
		}
	}
	return results
}

// do sends one event and answers its decisions by rule.
func (w *world) do(member, typ string, props ...any) map[string]engine.Decision {
	w.t.Helper()
	return byRule(w.send(w.by(member, typ, props...))[0].Decisions)
}

func byRule(list []engine.Decision) map[string]engine.Decision {
	out := map[string]engine.Decision{}
	for _, d := range list {
		out[d.Rule] = d
	}
	return out
}

// hand makes a change by hand.
func (w *world) hand(typ string, change func(*engine.Event), props ...any) machine.Result {
	w.t.Helper()
	e := w.by("", typ, props...)
	e.Member = engine.MemberRef{}
	if change != nil {
		change(&e)
	}
	r := w.try(machine.Batch{Source: "hand", Show: machine.ShowAll, Reserved: true, Events: []engine.Event{e}})[0]
	if r.Status == machine.Invalid {
		w.t.Fatalf("%s: %+v", typ, r.Problems)
	}
	return r
}

// to names the member that a change by hand is about.
func to(member string) func(*engine.Event) {
	return func(e *engine.Event) { e.Member = identity(member) }
}

// pass lets time pass: schedules are planned and timers ring when they are due.
func (w *world) pass(d engine.Time) {
	w.t.Helper()
	w.until(w.now + d)
}

func (w *world) until(end engine.Time) {
	w.t.Helper()
	for {
		w.tick()
		if w.now >= end {
			return
		}
		w.now = min(end, w.now+hour/6)
	}
}

func (w *world) tick() {
	w.t.Helper()
	ctx := context.Background()
	if err := w.m.Schedule(ctx, "w", w.now); err != nil {
		w.t.Fatalf("schedule: %v", err)
	}
	for {
		n, err := w.m.Tick(ctx, w.now)
		if err != nil {
			w.t.Fatalf("tick: %v", err)
		}
		if n == 0 {
			return
		}
	}
}
