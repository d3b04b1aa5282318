package window

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// SpillAt is how many stamps a cell's row holds before the older half leaves for
// segments.
const SpillAt = 512

// spilled is a day's stamps that are in segments: their totals, and those
// segments that are at hand. Like a summary it is immutable.
type spilled struct {
	summary
	chunks []*block // by segment number; nil: not attached
}

// Segment names an immutable part of a cell, a record of its own.
type Segment struct {
	Day calendar.Date
	No  int
}

// Key is the segment's record key, at most 191 bytes.
func (s Segment) Key(cell string) string {
	b := append(append(make([]byte, 0, len(cell)+16), cell...), '~')
	b = strconv.AppendInt(b, int64(s.Day), 10)
	return string(strconv.AppendInt(append(b, '.'), int64(s.No), 10))
}

// pendingSegment is a segment to write, or to delete when body is nil.
type pendingSegment struct {
	Segment
	body []byte
}

// spill moves the oldest stamps to segments until so many are left in the row.
func (c *Cell) spill(left int) {
	for i := range c.days {
		n := int(c.days[i].end) - c.begin(i)
		if i == len(c.days)-1 { // of the open day something always stays
			n = min(n, c.inline()-left)
		}
		if n > 0 {
			c.spillDay(i, n)
		}
		if c.inline() <= left {
			return
		}
	}
}

// spillDay moves a day's first n stamps to a new segment.
func (c *Cell) spillDay(i, n int) {
	d, in := &c.days[i], c.in(i)
	head := in.head(n, c.lay)
	c.remove(i, n)
	out := &spilled{}
	if d.out == nil {
		c.spills++
		out.summary = *newSummary(nil, c.lay)
	} else {
		out.summary = *newSummary(&d.out.summary, c.lay)
		out.chunks = slices.Clip(d.out.chunks)
	}
	out.addBlock(head, c.lay, keepStamps)
	seg := Segment{d.date, len(out.chunks)}
	out.chunks = append(out.chunks, head)
	d.out = out
	c.pending = append(c.pending, pendingSegment{seg, c.appendSegment(nil, head, d.date)})
}

// forget deletes a day's segments.
func (c *Cell) forget(d *day) {
	if d.out == nil {
		return
	}
	for no := range d.out.chunks {
		c.pending = append(c.pending, pendingSegment{Segment: Segment{d.date, no}})
	}
	d.out = nil
	c.spills--
}

// Records appends what a store must write after a change: the row, and segments
// new (with a body) and gone (without). It may be called once a batch; segments
// are handed out once.
func (c *Cell) Records(dst []engine.Record, key string) []engine.Record {
	dst = append(dst, engine.Record{Kind: engine.CellRecord, Key: key, Body: c.AppendBinary(nil)})
	for i, s := range c.pending {
		later := slices.ContainsFunc(c.pending[i+1:], func(o pendingSegment) bool { return o.Segment == s.Segment })
		if !later {
			dst = append(dst, engine.Record{Kind: engine.CellRecord, Key: s.Key(key), Body: s.body})
		}
	}
	c.pending = nil
	return dst
}

// Segments lists all segments that the cell has, to load them before Merge or to
// delete them with the cell.
func (c *Cell) Segments() []Segment {
	var out []Segment
	for i := range c.days {
		out = c.days[i].segments(out, false)
	}
	return out
}

func (d *day) segments(dst []Segment, missing bool) []Segment {
	if d.out == nil {
		return dst
	}
	for no, b := range d.out.chunks {
		if !missing || b == nil {
			dst = append(dst, Segment{d.date, no})
		}
	}
	return dst
}

// Needs lists the segments that a decision at now may look into and that are not
// attached. Call it when the event is folded, right before Value, and attach
// what it names; called earlier, it names what is worth loading ahead. current is
// the event being decided, nil when there is none.
func (p *Plan) Needs(shape int, c *Cell, r *Reading) []Segment {
	if c == nil || c.spills == 0 {
		return nil
	}
	var need []Segment
	for i := range c.days {
		if d := &c.days[i]; d.out != nil && p.shapes[shape].edgeIn(d, c, r) {
			need = d.segments(need, true)
		}
	}
	return need
}

// edgeIn is whether a window's edge, or the event to be left out, may fall among
// the day's stamps.
func (s *shape) edgeIn(d *day, c *Cell, r *Reading) bool {
	straddles := func(t engine.Time) bool { return d.out.first <= t && t < d.out.last }
	if r.Now < c.newest && straddles(r.Now) {
		return true
	}
	for _, back := range s.rolling {
		if t := r.Now - back; straddles(t) || dayOf(r.Zone, t) == d.date {
			return true
		}
	}
	if s.excludes && r.Current != nil && d.out.first <= r.Current.At && r.Current.At <= d.out.last {
		return true
	}
	return s.dayKeep > 0 && r.Period != nil &&
		(straddles(r.Period.Start-1) || r.Now < r.Period.End && straddles(r.Now))
}

// IsSegment is whether a record's key is a segment's and not a cell's, for those
// who list records by KeyPrefix.
func IsSegment(key string) bool {
	tail := key[strings.LastIndexByte(key, '~')+1:]
	day, no, ok := strings.Cut(strings.TrimPrefix(tail, "-"), ".")
	return ok && len(tail) < len(key) && digits(day) && digits(no)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Attach hands over a segment's record that Needs or Segments named. One that the
// cell has at hand already is left as it is, whatever the body.
func (c *Cell) Attach(s Segment, body []byte) error {
	i := c.dayFrom(s.Day)
	if i == len(c.days) || c.days[i].date != s.Day || c.days[i].out == nil || s.No < 0 || s.No >= len(c.days[i].out.chunks) {
		return fmt.Errorf("cell has no segment %s number %d", s.Day, s.No)
	}
	if c.days[i].out.chunks[s.No] != nil {
		return nil
	}
	b, err := c.readSegment(body, s.Day)
	if err != nil {
		return fmt.Errorf("segment %s number %d: %w", s.Day, s.No, err)
	}
	c.unshare()
	d := &c.days[i]
	out := &spilled{summary: d.out.summary, chunks: slices.Clone(d.out.chunks)}
	out.chunks[s.No] = b
	d.out = out
	return nil
}

// Trim lets go of attached segments that the next decisions are unlikely to look
// into. Call it when a cell goes back into a cache, after Records.
func (p *Plan) Trim(shape int, c *Cell, z *calendar.Zone) {
	if c.spills == 0 {
		return
	}
	c.unshare()
	now := &Reading{Now: c.newest, Zone: z}
	soon := &Reading{Now: c.newest.Add(6 * time.Hour), Zone: z}
	for i := range c.days {
		d := &c.days[i]
		if d.out != nil && !p.shapes[shape].edgeIn(d, c, now) && !p.shapes[shape].edgeIn(d, c, soon) {
			d.out = &spilled{summary: d.out.summary, chunks: make([]*block, len(d.out.chunks))}
		}
	}
}
