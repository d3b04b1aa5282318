package window

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// PeriodWindow is the window of a review: its bounds come with the Reading.
const PeriodWindow = "period"

// Reasons of unknown values that only windows have.
const (
	Overflow  = engine.TooLarge  // a sum left the range of 64-bit integers
	NotLoaded = engine.NotLoaded // a segment that Needs named was not attached
)

// Plan says, for the metrics of one rulebook, which cells exist, what they keep
// and how they are read. It is immutable and safe for concurrent use.
type Plan struct {
	metrics []metricPlan
	shapes  []*shape
	byType  map[string][]int // event type -> shapes that listen, those of every type included
	any     []int            // shapes that listen to every type
	slots   int
	spillAt int // SpillAt, but for tests
}

// metricPlan is one metric, prepared for reading.
type metricPlan struct {
	engine.Metric
	window calendar.Window
	shape  int
	from   []string // where the values of the shape's keyed fields are read
	slot   int
	column column
}

// NewPlan prepares a rulebook's metrics. A window or filter that cannot be is an
// error that names the metric; checked rules have none.
func NewPlan(table *engine.MetricTable) (*Plan, error) {
	p := &Plan{byType: map[string][]int{}, spillAt: SpillAt}
	shapes, slots := map[string]int{}, map[string]int{}
	for i := range table.All {
		m := &table.All[i]
		w, err := windowOf(m)
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", m.Key(), err)
		}
		name := shapeName(m)
		id, ok := shapes[name]
		if !ok {
			id = len(p.shapes)
			shapes[name] = id
			p.shapes = append(p.shapes, newShape(name, m))
		}
		p.shapes[id].need(m, w)
		mp := metricPlan{Metric: *m, window: w, shape: id, column: column{field: m.Field, set: m.Agg == engine.Distinct}}
		for _, f := range sortedFilter(m) {
			if f.FromEvent != "" {
				mp.from = append(mp.from, strings.TrimPrefix(f.FromEvent, "props."))
			}
		}
		mp.slot = intern(slots, name+"\x00"+strings.Join(mp.from, "\x00"))
		p.metrics = append(p.metrics, mp)
	}
	p.slots = len(slots)
	p.listen()
	return p, nil
}

func windowOf(m *engine.Metric) (calendar.Window, error) {
	switch m.Source {
	case engine.OfMember, engine.OfGroup, engine.OfContent:
	default:
		return calendar.Window{}, fmt.Errorf("source %q is not one of member, group, content", m.Source)
	}
	for i, f := range sortedFilter(m) {
		if i > 0 && sortedFilter(m)[i-1].Name == f.Name {
			return calendar.Window{}, fmt.Errorf("filter %q is there twice; name each field once", f.Name)
		}
	}
	if m.Window == PeriodWindow {
		return calendar.Window{}, nil
	}
	return calendar.ParseWindow(m.Window)
}

func intern(ids map[string]int, key string) int {
	id, ok := ids[key]
	if !ok {
		id = len(ids)
		ids[key] = id
	}
	return id
}

func (p *Plan) listen() {
	for id, s := range p.shapes {
		s.lay.sort()
		s.header = s.lay.appendColumns(nil)
		if s.typ == engine.AnyType {
			p.any = append(p.any, id)
		} else {
			p.byType[s.typ] = append(p.byType[s.typ], id)
		}
	}
	for typ := range p.byType {
		p.byType[typ] = append(p.byType[typ], p.any...)
	}
}

func (p *Plan) listeners(typ string) []int {
	if l, ok := p.byType[typ]; ok {
		return l
	}
	return p.any
}

// Slot numbers the cells that one decision reads: metrics with the same slot
// read the same cell for the same event, so a caller looks it up once.
func (p *Plan) Slot(metric int) int { return p.metrics[metric].slot }

// Slots is how many slots there are.
func (p *Plan) Slots() int { return p.slots }

// Shapes is how many shapes there are; CellRef.Shape is below it.
func (p *Plan) Shapes() int { return len(p.shapes) }

// ShapeTag is a shape's name in keys. It is the same in every plan in which the
// shape occurs, so a warmed shape is known by it.
func (p *Plan) ShapeTag(shape int) string { return p.shapes[shape].tag }

// MetricShape is the shape of the cells that a metric reads.
func (p *Plan) MetricShape(metric int) int { return p.metrics[metric].shape }

// Fits is whether a cell keeps all that this plan reads of its shape. One that
// doesn't was kept for an older rulebook and must be rebuilt from the log; until
// then the metrics that ask for more are unknown (not_covered).
func (p *Plan) Fits(shape int, c *Cell) bool {
	s := p.shapes[shape]
	if c == nil || c.empty() {
		return true
	}
	horizon := c.newest - late
	return c.lay.covers(s.lay) &&
		(c.floor == never || s.lookback == 0 || horizon-s.lookback >= c.floor) &&
		(c.dayFloor == noDate || s.dayKeep == 0 || c.lastDate().AddDays(-s.dayKeep-daySlack) >= c.dayFloor)
}
