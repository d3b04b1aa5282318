package machine

import "github.com/bylaw-dev/bylaw/engine"

// hall is where the events of a turn wait: memory used over and over.
type hall struct {
	events []engine.Event
	room   []incoming
	in     []*incoming
}

// bring makes events of the log the turn's own, on their way in.
func (s *Simulation) bring(t *turn, events []*engine.Event) []*incoming {
	h := &s.hall
	if len(h.room) < len(events) {
		h.events, h.room, h.in = make([]engine.Event, len(events)), make([]incoming, len(events)), make([]*incoming, len(events))
	}
	sub := &submission{}
	for i, of := range events {
		e, x := &h.events[i], &h.room[i]
		*e = *of
		e.Position *= spreadBy
		again(e)
		*x = incoming{sub: sub, index: i, event: e}
		if e.Member.Channel != "" {
			x.desk = t.desk(e.Member.Identity)
		}
		x.name()
		h.in[i] = x
	}
	return h.in[:len(events)]
}
