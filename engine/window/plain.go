package window

import "github.com/bylaw-dev/bylaw/engine"

// plain is whether a member has one cell of the shape, whatever the event is.
func (s *shape) plain() bool { return s.source == engine.OfMember && len(s.keyed) == 0 }

// Plain is the shapes that count an event of a type, where each member has one
// cell of each and each counts every such event; not ok where one needs the
// event to say.
func (p *Plan) Plain(typ string) (shapes []int, ok bool) {
	shapes = p.listeners(typ)
	for _, id := range shapes {
		if s := p.shapes[id]; !s.plain() || len(s.consts) > 0 {
			return nil, false
		}
	}
	return shapes, true
}

// PlainMetric is whether a metric reads of each member the one cell that its
// shape has, whatever the event is.
func (p *Plan) PlainMetric(metric int) bool { return p.shapes[p.metrics[metric].shape].plain() }
