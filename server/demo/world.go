package demo

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// World tells the community's story, a day at a time and in order.
type World struct {
	size   Size
	dice   dice
	people []*person          // by join
	byID   map[string]*person // by the machine's id, as far as known
	byKey  map[string]*person // by identity
	next   int                // the first of people who has not joined yet
	rooms  map[string]int

	works     []*work
	questions []*question
	later     map[int][]func() // what was arranged for a day
	numbers   map[string]int   // the last of each kind of thing

	day   int
	start time.Time
	out   []told
	past  []told // what reaches beyond midnight
}

// told is an event with the moment at which it is sent: some are sent late.
type told struct {
	sent  engine.Time
	event engine.Event
}

// NewWorld begins a story: who will come, and when, is known from the start.
func NewWorld(size Size) *World {
	w := &World{size: size, dice: newDice(1), byID: map[string]*person{}, rooms: map[string]int{},
		later: map[int][]func(){}, numbers: map[string]int{}}
	for range size.founders() {
		day := -importedDays - w.dice.lifetime(110)
		at := w.dice.at(size.start(day), &hours)
		w.founder(day, at)
	}
	w.newcomers(size.Members - size.founders())
	slices.SortStableFunc(w.people, func(a, b *person) int {
		if a.joinDay != b.joinDay {
			return a.joinDay - b.joinDay
		}
		return int(a.joinAt - b.joinAt)
	})
	return w
}

// founder makes somebody who was there before: those who left are not told of.
func (w *World) founder(day int, at time.Time) {
	from := w.dice.weigh(0.5, 0.22, 0.05, 0.23)
	p := w.born(memberKey(len(w.people)+1), day, at, from)
	for p.leaveDay < 0 || p.fadeDay < 0 && w.dice.chance(0.75) {
		p = w.born(p.key, day, at, from)
	}
	w.people = append(w.people, p)
}

// newcomers shares people out over the days of the story by season.
func (w *World) newcomers(count int) {
	weights := make([]float64, w.size.Days)
	for day := range weights {
		for _, f := range joinSeason(w.size.start(day)) {
			weights[day] += f
		}
		if day == w.size.Days-1 { // only its morning is told
			weights[day] /= 4
		}
	}
	for range count {
		day := w.dice.weigh(weights...)
		season := joinSeason(w.size.start(day))
		at := w.dice.at(w.size.start(day), &hours)
		for day == w.size.Days-1 && engine.TimeOf(at) >= Now {
			at = w.dice.at(w.size.start(day), &hours)
		}
		w.people = append(w.people, w.born(memberKey(len(w.people)+1), day, at, w.dice.weigh(season[:]...)))
	}
}

// Day tells one day: its events in the order in which they are sent, from day
// -importedDays on. The last day ends at Now.
func (w *World) Day(day int) []told {
	w.day, w.start = day, w.size.start(day)
	w.out, w.past = w.past, nil
	if day == 0 || day == -importedDays {
		w.settle()
	}
	for _, f := range w.later[day] {
		f()
	}
	delete(w.later, day)
	w.arrive()
	w.live()
	w.publish()
	w.discuss()
	w.business()
	w.meet()
	slices.SortStableFunc(w.out, func(a, b told) int { return int(a.sent - b.sent) })
	over := engine.TimeOf(w.size.start(day + 1))
	if day == w.size.Days-1 {
		over = Now
	}
	end := len(w.out)
	for end > 0 && w.out[end-1].sent >= over {
		end--
	}
	w.past = slices.Clone(w.out[end:])
	for i := range w.out[:end] {
		w.out[i].event.ID = fmt.Sprintf("demo-%03d-%05d", day+importedDays, i)
	}
	return w.out[:end]
}

// add tells an event about a member at a moment.
func (w *World) add(p *person, at engine.Time, typ string, props ...engine.Prop) *engine.Event {
	return w.addLate(p, at, at, typ, props...)
}

// addLate tells an event that is sent later than it happened.
func (w *World) addLate(p *person, at, sent engine.Time, typ string, props ...engine.Prop) *engine.Event {
	engine.SortProps(props)
	w.out = append(w.out, told{sent, engine.Event{Type: typ, At: at, Props: props}})
	e := &w.out[len(w.out)-1].event
	if p != nil {
		e.Member = p.ref()
	}
	return e
}

// after arranges something for a later day.
func (w *World) after(days int, f func()) { w.later[w.day+days] = append(w.later[w.day+days], f) }

// moment throws a moment of the day at which somebody is there.
func (w *World) moment(p *person, hours *[24]float64) engine.Time {
	at := engine.TimeOf(w.dice.at(w.start, hours))
	if p.joinDay == w.day && at <= p.joinAt {
		at = p.joinAt.Add(time.Duration(2+w.dice.IntN(90)) * time.Minute)
	}
	return at
}

// number gives the next number of a kind of thing, as part of its key.
func (w *World) number(kind string) string {
	w.numbers[kind]++
	s := strconv.Itoa(w.numbers[kind])
	return kind + "-" + "00000"[:max(0, 5-len(s))] + s
}

// anybody picks somebody who is awake, more likely one who reacts much.
func (w *World) anybody(except *person) *person {
	for range 40 {
		p := w.people[w.dice.IntN(w.next)]
		if p != except && p.awake(w.day) && w.dice.chance(habits[p.temper].react/6) {
			return p
		}
	}
	return nil
}

// speaker picks somebody who is awake and of some temper at least.
func (w *World) speaker(least temper, except *person) *person {
	for range 60 {
		p := w.people[w.dice.IntN(w.next)]
		if p != except && p.temper >= least && p.awake(w.day) {
			return p
		}
	}
	return nil
}

func text(name, v string) engine.Prop {
	return engine.Prop{Name: name, Value: engine.StringValue(v)}
}
func number(name string, v int) engine.Prop {
	return engine.Prop{Name: name, Value: engine.IntValue(int64(v))}
}
func yes(name string, v bool) engine.Prop {
	return engine.Prop{Name: name, Value: engine.BoolValue(v)}
}

// decimal writes a number with two decimals.
func decimal(name string, v float64) engine.Prop {
	return engine.Prop{Name: name, Value: engine.DecimalValue(int64(math.Round(v*100)) * 10_000)}
}
