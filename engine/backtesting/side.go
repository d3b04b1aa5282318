package backtesting

import (
	"context"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/outbox"
)

// samples is how many decisions of each side are explained, of which the result
// shows the most telling.
const samples = 200

// side is one of the two pasts.
type side struct {
	plan  *Plan
	sim   *machine.Simulation
	rule  *engine.Rule // nil: the rule was not there
	watch *machine.Watch
	acted func(*machine.Seen)

	queue chan []*engine.Event        // see feed
	after func(context.Context) error // each portion; nil: nothing
	busy  sync.WaitGroup              // portions that were fed and are not worked yet
	err   error                       // of the first that failed; read it when nothing is busy
	fails chan struct{}               // closed when one failed

	cost    Cost
	days    map[string]int64
	matches map[string]int64 // by subject
	mail    mail
}

func newSide(p *Plan, sim *machine.Simulation, book *engine.Rulebook) *side {
	s := &side{plan: p, sim: sim, days: map[string]int64{}, matches: map[string]int64{}, cost: newCost()}
	s.mail = mail{cost: &s.cost, traits: p.Traits, people: map[string][]engine.Time{}, groups: map[string][]sentAt{}, zones: map[string]*time.Location{}}
	for _, r := range book.Rules {
		if r.Key == p.Rule {
			s.rule = r
		}
	}
	return s
}

// ahead is how many portions may wait for a side while the other works longer at
// one: the sides take turns in being slow, and a processor that waited for the
// slower one each time would be lost.
const ahead = 2

// open lets the side work by itself until it is closed.
func (s *side) open(ctx context.Context) {
	queue := make(chan []*engine.Event, ahead)
	s.queue, s.fails = queue, make(chan struct{})
	go func() {
		for events := range queue {
			if s.err == nil {
				if s.err = s.work(ctx, events); s.err != nil {
					close(s.fails)
				}
			}
			s.busy.Done()
		}
	}()
}

func (s *side) work(ctx context.Context, events []*engine.Event) error {
	if err := s.sim.Feed(ctx, events); err != nil {
		return err
	}
	if s.after == nil {
		return nil
	}
	return s.after(ctx)
}

// feed gives the side a portion to work; false when one before it failed.
func (s *side) feed(events []*engine.Event) bool {
	s.busy.Add(1)
	select {
	case s.queue <- events:
		return true
	case <-s.fails:
		s.busy.Done()
		return false
	}
}

// settled waits until everything that was fed is worked.
func (s *side) settled() error {
	s.busy.Wait()
	return s.err
}

// close ends the side's work when what was fed is worked.
func (s *side) close() {
	if s.queue != nil {
		close(s.queue)
		s.busy.Wait()
		s.queue = nil
	}
}

// begin watches the rule from here on.
func (s *side) begin() {
	if s.rule == nil {
		return
	}
	s.watch = &machine.Watch{Rule: s.plan.Rule, Audience: s.plan.Audience, From: s.plan.From, To: s.plan.To, Samples: samples,
		Decided: s.decided, Unknown: s.unknown, Message: s.message, Item: s.item,
		Agreed: func(moves int) { s.cost.Agreed += int64(moves) }}
	s.sim.Watch(s.watch)
}

// decided counts a decision.
func (s *side) decided(x *machine.Seen) {
	d := &x.Decision
	if d.Answer != "" { // also of who waits because something is unknown, or there is no seat
		s.cost.Answers[d.Answer]++
	}
	switch {
	case d.Outcome == engine.OutcomeUnknown:
		s.unknown(d.Reason, d.At)
		return
	case d.Outcome == engine.OutcomeError:
		s.cost.Errors++
		return
	case d.Reason != "":
		s.cost.Stopped[d.Reason]++
		return
	case d.Outcome == engine.OutcomeFalse && len(d.Effects) == 0:
		return
	case d.Outcome == engine.OutcomeTrue:
		s.cost.Matches++
		s.days[s.sim.Local(d.At)]++
		s.matches[d.Subject]++
	}
	for i := range d.Effects {
		s.cost.add(&d.Effects[i])
	}
	if s.acted != nil && d.Outcome == engine.OutcomeTrue {
		s.acted(x)
	}
}

func (s *side) unknown(why engine.Reason, _ engine.Time) {
	s.cost.Unknown++
	if why != "" {
		s.cost.UnknownWhy[why]++
	}
}

func (s *side) item(i *engine.Item) {
	if i.Kind == "task" {
		s.cost.Tasks++
	}
}

// message asks the gate what would have become of a message.
func (s *side) message(d *engine.Delivery, about *engine.Member, _ *machine.Seen) {
	s.mail.post(*d, about, s.sim.View().Defs)
}

// mail is what would have been sent.
type mail struct {
	cost   *Cost
	traits map[string]engine.ChannelTraits
	people map[string][]engine.Time // when promotions went to a member
	groups map[string][]sentAt
	zones  map[string]*time.Location
}

type sentAt struct {
	at       engine.Time
	promotes bool
}

// looks bounds how often the gate is asked about one message.
const looks = 50

// post lets the gate look at a message until it goes, is dropped or expires.
func (m *mail) post(d engine.Delivery, about *engine.Member, defs *engine.Definitions) {
	m.cost.Messages.Made++
	d.Due = d.CreatedAt
	var held engine.Reason
	for range looks {
		q := outbox.Question{Delivery: d, Now: d.Due, Claimed: d.Due, Settings: defs.Settings, Member: about, Channel: defs.Channels[d.Channel], Traits: m.reach(defs, &d)}
		q.Gone = d.Member != "" && about == nil
		q.Zone = outbox.ZoneFor(&d, about, &q.Settings, m.zone)
		m.count(&q)
		v := outbox.Gate(q)
		switch v.Action {
		case outbox.Send:
			m.sent(&d)
			return
		case outbox.Drop:
			m.cost.Messages.Dropped[v.Because]++
			return
		}
		if held == "" {
			held = v.Because
			m.cost.Messages.Held[held]++
		}
		d.State = engine.DeliverySending
		d = outbox.Apply(d, v)
		d.Due = max(v.Until, q.Now+1)
	}
	m.cost.Messages.Dropped[held]++
}

// reach is what a channel can reach; of a plugin that nobody knows anything: all.
func (m *mail) reach(defs *engine.Definitions, d *engine.Delivery) engine.ChannelTraits {
	if ch := defs.Channels[d.Channel]; ch != nil {
		if t, ok := m.traits[ch.Plugin]; ok {
			return t
		}
	}
	return engine.ChannelTraits{Targets: []engine.TargetKind{engine.ToWebhook}}
}

func (m *mail) zone(name string) *time.Location {
	loc, ok := m.zones[name]
	if !ok {
		loc, _ = calendar.LoadZone(name) // a name that no zone has is the workspace's
		m.zones[name] = loc
	}
	return loc
}

const week = 7 * 24 * time.Hour

func (m *mail) count(q *outbox.Question) {
	today := startOfDay(q.Now, q.Zone)
	for _, at := range m.people[q.Delivery.Member] {
		if at <= q.Now && at >= today {
			q.Sent.Day++
		}
		if at <= q.Now && q.Now.Sub(at) < week {
			q.Sent.Week++
		}
	}
	for _, x := range m.groups[q.Delivery.Group] {
		if x.at <= q.Now && q.Now.Sub(x.at) < week {
			q.Sent.GroupAll++
			if x.promotes {
				q.Sent.GroupPromote++
			}
		}
	}
}

func startOfDay(at engine.Time, loc *time.Location) engine.Time {
	if loc == nil {
		loc = time.UTC
	}
	t := at.Std().In(loc)
	return engine.TimeOf(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc))
}

func (m *mail) sent(d *engine.Delivery) {
	m.cost.Messages.Sent++
	if d.Member != "" && d.Promotes {
		m.people[d.Member] = append(m.people[d.Member], d.Due)
	}
	if d.Group != "" {
		m.groups[d.Group] = append(m.groups[d.Group], sentAt{d.Due, d.Promotes})
	}
}
