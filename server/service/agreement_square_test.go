package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/service/trials"
	"pgregory.net/rapid"
)

// square is a workspace that is processed live beside the naive interpreter.
type square struct {
	t       *rapid.T
	ctx     context.Context
	store   *scratch.Store
	machine *machine.Machine
	service *service.Service
	who     service.Caller
	naive   *naive
	sources map[string]string
	ids     map[string]string // names by member id
	places  map[int64]int     // indexes in the naive list by position
	log     []int64           // positions
	answers []verdict         // live
}

func newSquare(t *rapid.T, list []said) *square {
	store, books := scratch.NewKeeping(), &rules.Books{}
	w := &square{t: t, ctx: context.Background(), store: store, machine: machine.New(machine.Options{Store: store, Books: books}), naive: newNaive(list),
		sources: map[string]string{}, ids: map[string]string{}, places: map[int64]int{}, who: service.Caller{Workspace: "w", By: "somebody", Now: engine.Time(startOfAll), Personal: true}}
	w.service = service.New(service.Options{Machine: w.machine, Books: books, Readers: store, Outbox: store.Outbox(), Past: simulate.New(store, books),
		Language: service.Bylaw{}, NewID: func() string { return "id" }, Trials: trials.Runner{}})
	w.define()
	for _, r := range w.naive.rules {
		w.sources[r.key] = r.document()
	}
	return w
}

func (w *square) must(err error, doing string) {
	if err != nil {
		w.t.Fatalf("%s: %v%s", doing, err, w.story())
	}
}

// story tells the rules and the list, to see what a failure is about.
func (w *square) story() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(w.sources)) {
		b.WriteString("\n" + w.sources[key])
	}
	for i, e := range w.naive.list {
		fmt.Fprintf(&b, "%d: %s %s %s group=%s content=%s k=%s n=%d depth=%d\n", i, engine.Time(e.at), e.typ, e.who, e.group, e.thing, e.k, e.n, e.depth)
	}
	return b.String()
}

func (w *square) define() {
	body := func(v any) []byte {
		b, err := json.Marshal(v)
		w.must(err, "define")
		return b
	}
	event := func(key string, whole bool) machine.Write {
		return machine.Write{Kind: engine.DefineEventType, Key: key, Body: body(engine.EventType{Key: key, Subject: engine.SubjectMember, CoveredFrom: 1,
			Fields: []engine.Field{{Name: "n", Type: "integer", NonNegative: whole}, {Name: "k", Type: "string"}}})}
	}
	writes := []machine.Write{event("act", true), event("done", false)}
	for _, key := range []string{"b1", "b2"} {
		writes = append(writes, machine.Write{Kind: engine.DefineReward, Key: key, Body: body(engine.Reward{Key: key, Kind: "badge"})})
	}
	for _, key := range []string{"hall", "den", "g1", "g2"} {
		writes = append(writes, machine.Write{Kind: engine.DefineGroup, Key: key, Body: body(engine.GroupDef{Key: key, Capacity: map[string]int64{"hall": seats}[key]})})
	}
	_, err := w.machine.Define(w.ctx, "w", "somebody", engine.Time(startOfAll), writes, nil)
	w.must(err, "define")
}

// publish puts the rules in force at one revision.
func (w *square) publish() {
	var writes []machine.Write
	for key, text := range w.sources {
		doc, problems := rules.Parse([]byte(text))
		if rules.Failed(problems) {
			w.t.Fatalf("%s: %v\n%s", key, problems, text)
		}
		s := &rules.Stored{Draft: text}
		w.must(s.Publish(rules.Rollout{}, 0), "publish")
		body, err := s.Body()
		w.must(err, "publish")
		writes = append(writes, machine.Write{Kind: engine.DefineRule, Key: doc.Key, Body: body})
	}
	_, err := w.machine.Define(w.ctx, "w", "somebody", engine.Time(startOfAll), writes, nil)
	w.must(err, "publish")
	view, err := w.machine.State(w.ctx, "w")
	w.must(err, "publish")
	for key, err := range view.Book.Broken {
		w.t.Fatalf("%s: %v\n%s", key, err, w.sources[key])
	}
}

// live lets everything happen, in the product and in the naive interpreter.
func (w *square) live(before, list []happening) {
	for i := range before {
		w.accept(&before[i], i)
		w.naive.happens(before[i])
	}
	w.publish()
	now := startOfAll
	w.clock(now, now)
	for i := range list {
		e := &list[i]
		w.clock(now, e.sendAt)
		w.naive.until(now, e.sendAt)
		now = e.sendAt
		w.accept(e, 1000+i)
		w.naive.happens(*e)
	}
	end := now + 6*aDay
	w.clock(now, end)
	w.naive.until(now, end)
	w.who.Now = engine.Time(end)
	w.read()
}

func (w *square) accept(h *happening, id int) {
	e := engine.Event{ID: fmt.Sprint("e", id), Type: h.typ, At: engine.Time(h.at), Group: h.group, Content: h.thing,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: h.who}}}
	if h.k != "" {
		e.Props = append(e.Props, engine.Prop{Name: "k", Value: engine.StringValue(h.k)})
	}
	if h.n >= 0 {
		e.Props = append(e.Props, engine.Prop{Name: "n", Value: engine.IntValue(h.n)})
	}
	results, err := w.machine.Accept(w.ctx, "w", machine.Batch{Source: "test", Received: engine.Time(h.sendAt), Show: machine.ShowAll, History: h.history, Events: []engine.Event{e}})
	w.must(err, "accept")
	if results[0].Status != machine.Accepted {
		w.t.Fatalf("%+v%s", results[0], w.story())
	}
	for _, d := range results[0].Decisions {
		w.answers = append(w.answers, w.verdict(&d))
	}
}

// clock plans at each midnight and rings what is due.
func (w *square) clock(from, to int64) {
	ring := func(until int64) {
		for {
			due, err := w.store.DueTimers(w.ctx, engine.Time(until), 1)
			w.must(err, "timers")
			if len(due) == 0 {
				return
			}
			_, err = w.machine.Tick(w.ctx, due[0].Due)
			w.must(err, "tick")
		}
	}
	if from == to {
		w.must(w.machine.Schedule(w.ctx, "w", engine.Time(from)), "schedule")
	}
	for midnight := dayStart(day(from) + 1); midnight <= to; midnight += aDay {
		ring(midnight)
		w.must(w.machine.Schedule(w.ctx, "w", engine.Time(midnight)), "schedule")
		ring(midnight)
	}
	ring(to)
}

// read finds the names of members and the places of events in the log.
func (w *square) read() {
	stored, err := w.store.Reader("w").Events(w.ctx, engine.EventQuery{Limit: 100_000})
	w.must(err, "read the log")
	for _, s := range stored {
		e, err := engine.DecodeEvent(s)
		w.must(err, "read the log")
		if e.Type == "bylaw.timer" {
			continue
		}
		if e.Member.ExternalID != "" {
			w.ids[s.Member] = e.Member.ExternalID
		}
		n := len(w.log)
		if n >= len(w.naive.list) || w.naive.list[n].typ != e.Type || w.naive.list[n].who != w.ids[s.Member] && e.Type != "tier.failing" || w.naive.list[n].at != int64(e.At) {
			w.t.Fatalf("event %d of the log is %s of %s at %s%s", n, e.Type, w.ids[s.Member], e.At, w.story())
		}
		w.places[s.Position] = n
		w.log = append(w.log, s.Position)
	}
	if len(w.log) != len(w.naive.list) {
		w.t.Fatalf("the log has %d events%s", len(w.log), w.story())
	}
}
