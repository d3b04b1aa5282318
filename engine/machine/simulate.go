package machine

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// Simulation is a machine on a store in memory that is fed a log. It has a clock
// of its own, which the events move: timers ring and schedules fire as they
// would have. It has no hands: what it would send is what it tells.
//
// Positions of the log are spread out in it, so that what the clock does finds a
// place between two events.
type Simulation struct {
	machine *Machine
	store   *scratch.Store
	ws      string
	view    *View

	now     engine.Time // its clock
	last    int64       // position of the newest thing that happened
	planned engine.Time // when schedules want to be looked at next; 0: never
	timers  timerQueue
	watch   *Watch
	history bool            // imported events decide too
	forgets bool            // events need not be kept: nobody will read the log again
	words   map[string]bool // see Simulated
	hall    hall
}

// spreadBy is how far apart a simulation moves the log's positions.
const spreadBy = 1 << 18

// Simulated are the parts of a simulation.
type Simulated struct {
	Workspace   string
	Definitions []engine.Definition // in force the whole time; its rules are not looked at
	Book        *engine.Rulebook    // the rules that decide
	History     bool                // imported events decide too
	KeepEvents  bool                // people are merged in the log, which reads it again
	Marks       []engine.Record     // that are there from the beginning
	// Words are the reviews that the log has an officer's word on. Where the notice
	// of another ends, the officers are taken as agreeing.
	Words map[string]bool
}

// NewSimulation makes a simulation of a workspace in which nothing happened yet.
func NewSimulation(ctx context.Context, p Simulated) (*Simulation, error) {
	s := &Simulation{store: scratch.New(), ws: p.Workspace, history: p.History, forgets: !p.KeepEvents, words: p.Words, timers: timerQueue{due: map[string]engine.Time{}}}
	s.use(p.Book)
	list := make([]engine.Definition, 0, len(p.Definitions))
	for _, d := range p.Definitions {
		if d.Kind != engine.DefineRule {
			d.Revision = 1
			list = append(list, d)
		}
	}
	err := s.store.Within(ctx, s.ws, func(tx engine.Tx) error {
		return tx.Save(ctx, &engine.Changes{Revision: 1, Definitions: list, Records: p.Marks})
	})
	if err != nil {
		return nil, fmt.Errorf("begin a simulation: %w", err)
	}
	return s, nil
}

// use makes the machine that decides by a rulebook.
func (s *Simulation) use(book *engine.Rulebook) {
	s.machine = New(Options{Store: s.store, Books: givenBook{book}, CacheMembers: wholeCache})
	s.planned = 1 // a clock that was never looked at
}

// givenBook answers the same rulebook at every revision.
type givenBook struct{ book *engine.Rulebook }

// Book implements Books.
func (b givenBook) Book(revision int64, _ []engine.Definition, _ *engine.Definitions) (*engine.Rulebook, error) {
	book := *b.book
	book.Revision = revision
	return &book, nil
}

// Fork gives a simulation that goes on from here with other rules; neither sees
// what the other does from then on. The rulebooks must share one table of
// metrics and keep the same of them.
func (s *Simulation) Fork(book *engine.Rulebook) (*Simulation, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	f := &Simulation{store: s.store.Fork(), ws: s.ws, now: s.now, last: s.last, timers: s.timers.clone(), history: s.history, forgets: s.forgets, words: s.words}
	f.use(book)
	return f, nil
}

// Watch tells of the decisions of one rule from now on; nil ends it.
func (s *Simulation) Watch(w *Watch) { s.watch = w }

// Each visits the records of a kind, in no order.
func (s *Simulation) Each(kind engine.RecordKind, visit func(key string, body []byte)) {
	s.store.Each(s.ws, kind, visit)
}

// Reader reads the simulated workspace.
func (s *Simulation) Reader() engine.Reader { return s.store.Reader(s.ws) }

// logged is the position in the log of what has this one in the turn: an event
// from outside, or one that came of it. What the clock did has none.
func (t *turn) logged(position int64) int64 {
	if n := position % spreadBy; t.sim != nil && n < engine.PositionStride {
		return position/spreadBy + n
	}
	return position
}

// Feed lets events of the log happen, in order, and the clock between them. The
// events are only read. What a person did by hand and
// cannot be done here, because the rules of now made other things, is left out.
func (s *Simulation) Feed(ctx context.Context, events []*engine.Event) error {
	for len(events) > 0 {
		if err := s.Pass(ctx, events[0].At); err != nil {
			return err
		}
		next := s.next()
		n, fed := 0, events
		for n < len(events) && (next == 0 || events[n].At < next) {
			if events[n].Type == "bylaw.member.merge" && n > 0 { // reads what was kept before it
				break
			}
			n++
		}
		n = max(n, 1)
		done, err := s.turn(ctx, fed[:n])
		if err != nil {
			return err
		}
		events = events[done:]
	}
	return nil
}

// asksEvery is after how many events a turn asks whether it shall stop.
const asksEvery = 64

// turn works events until one of them sets a timer that is due before the next.
func (s *Simulation) turn(ctx context.Context, events []*engine.Event) (done int, err error) {
	err = s.within(ctx, s.now, func(t *turn) error {
		in := s.bring(t, events)
		if err := t.preload(in); err != nil {
			return err
		}
		soonest, looked := engine.Time(0), 0
		for done = 0; done < len(in); done++ {
			x := in[done]
			if done%asksEvery == 0 && ctx.Err() != nil { // nobody waits for it any more
				return ctx.Err()
			}
			if soonest != 0 && x.event.At >= soonest {
				break
			}
			t.received = max(t.received, x.event.At)
			if _, err := t.process(x); err != nil {
				return fmt.Errorf("position %d: %w", t.logged(x.event.Position), err)
			}
			for ; looked < len(t.changes.Timers); looked++ {
				if due := t.changes.Timers[looked].Due; soonest == 0 || due < soonest {
					soonest = due
				}
			}
		}
		return nil
	})
	if done > 0 && err == nil {
		s.now = max(s.now, events[done-1].At)
	}
	return done, err
}

// within runs one turn and keeps of it what the simulation needs. It waits for
// the turn's end also when ctx ends meanwhile: a turn looks at ctx by itself, and
// nobody may go on while it still writes to what the caller reads.
func (s *Simulation) within(ctx context.Context, received engine.Time, do func(*turn) error) error {
	err := s.machine.within(context.WithoutCancel(ctx), s.ws, received, func(t *turn) error {
		t.sim, t.replay, t.show = s, true, ShowNone
		t.cache.owing = t.cache.owed() < mostOwed && len(t.cache.cells.owed) < mostOwedCells
		if err := do(t); err != nil {
			return err
		}
		s.view = t.view
		s.timers.change(&t.changes)
		if s.watch != nil {
			s.watch.made(t)
		}
		t.changes.Decisions, t.changes.Deliveries, t.changes.Personal, t.changes.Audit = nil, nil, nil, nil
		t.changes.Timers, t.changes.TimersDone = nil, nil
		if s.forgets {
			t.changes.Events = nil
		}
		s.last = max(s.last, t.changes.Position)
		return nil
	})
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// next is when the clock has something to do; 0 when never.
func (s *Simulation) next() engine.Time {
	next := s.planned
	if due := s.timers.next(); next == 0 || due != 0 && due < next {
		next = due
	}
	return next
}

// Pass lets time pass up to a moment: schedules are planned and timers ring when
// they are due.
func (s *Simulation) Pass(ctx context.Context, to engine.Time) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := s.next()
		if next == 0 || next > to {
			s.now = max(s.now, to)
			return nil
		}
		if s.now = max(s.now, next); s.planned == 1 {
			s.now = max(s.now, to) // the first look: the past is not made up for
		}
		if s.planned != 0 && s.planned <= s.now {
			if err := s.plan(ctx); err != nil {
				return err
			}
		}
		if err := s.ring(ctx); err != nil {
			return err
		}
	}
}

// plan looks at schedules, holds and reviews.
func (s *Simulation) plan(ctx context.Context) error {
	return s.within(ctx, s.now, func(t *turn) (err error) {
		t.changes.Position = max(t.changes.Position, s.last) + engine.PositionStride
		if err = t.plan(s.now); err != nil {
			return err
		}
		s.planned, err = t.nextPlan(s.now)
		return err
	})
}

// ring works all timers that are due.
func (s *Simulation) ring(ctx context.Context) error {
	for s.timers.next() != 0 && s.timers.next() <= s.now {
		var due []*engine.Event
		position := s.last/engine.PositionStride*engine.PositionStride + engine.PositionStride
		for len(due) < timersAtOnce && s.timers.next() != 0 && s.timers.next() <= s.now {
			x := s.timers.pop()
			e := timerEvent(&x)
			e.Source, e.Position = "bylaw.timers", position
			position += engine.PositionStride
			due = append(due, &e)
		}
		err := s.within(ctx, s.now, func(t *turn) error {
			for _, e := range due {
				if _, err := t.process(&incoming{sub: &submission{}, event: e}); err != nil {
					return fmt.Errorf("timer %s: %w", e.ID, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nextPlan is when the first of the rules' clocks is due; 0 when there is none.
func (t *turn) nextPlan(now engine.Time) (next engine.Time, err error) {
	for _, c := range t.view.clocks(now) {
		body, err := t.mark(c.key)
		if err != nil {
			return 0, err
		}
		if due, ok := c.due(body, t.view.Zone); ok && (next == 0 || due < next) {
			next = due
		}
	}
	return next, nil
}

// Now is the simulation's clock.
func (s *Simulation) Now() engine.Time { return s.now }

// Local is the local day of a moment in the simulated workspace, as a date.
func (s *Simulation) Local(at engine.Time) string { return s.view.Zone.Day(at.Std()).String() }

// View is what decides in the simulation; only while nothing is fed.
func (s *Simulation) View() *View { return s.view }
