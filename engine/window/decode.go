package window

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

var (
	errShort   = errors.New("the bytes end too soon")
	errCorrupt = errors.New("the bytes are no window state")
)

// Open reads a cell's row as AppendBinary wrote it, in this or an older plan.
// Bytes that are none give an error.
func (p *Plan) Open(shape int, b []byte) (*Cell, error) {
	s := p.shapes[shape]
	in := &input{b: b}
	if v := in.byte(); v != version {
		return nil, fmt.Errorf("open cell: %w: version %d, this program reads %d", errCorrupt, v, version)
	}
	flags := in.byte()
	c := newCell(in.layout(flags, s))
	c.read(in, flags)
	if in.err == nil && len(in.b) > 0 {
		in.err = errCorrupt
	}
	if in.err != nil {
		return nil, fmt.Errorf("open cell: %w", in.err)
	}
	return c, nil
}

// layout reads what the cell keeps; usually just what the shape asks for.
func (in *input) layout(flags byte, s *shape) *layout {
	l := layout{all: flags&flagAll != 0, dates: flags&flagDates != 0, edges: flags&flagEdges != 0}
	if l.all == s.lay.all && l.dates == s.lay.dates && l.edges == s.lay.edges && bytes.HasPrefix(in.b, s.header) {
		in.b = in.b[len(s.header):]
		return s.lay
	}
	for range in.count(2) {
		kind := in.byte()
		name := in.take(in.count(1))
		if keep(kind>>1) > keepAll {
			in.fail(errCorrupt)
		}
		l.columns = append(l.columns, column{field: string(name), set: kind&1 != 0, keep: keep(kind >> 1)})
	}
	return &l
}

func (c *Cell) read(in *input, flags byte) {
	scale := int(flags >> scaleShift)
	if scale >= len(scales) {
		in.fail(errCorrupt)
		return
	}
	if flags&flagFloor != 0 {
		c.floor = in.time(scale)
		if since := in.uvarint(); since > 0 {
			c.dayFloor = in.date(unzigzag(since - 1))
		}
	}
	for i, col := range c.lay.columns {
		if col.set {
			c.dicts[i] = in.dict()
		}
	}
	if flags&flagOld != 0 {
		c.old = in.summary(c, keepAll)
		c.dates = in.dates()
	}
	c.readDays(in, scale)
	if in.err == nil && c.empty() && (len(c.days) > 0 || c.old != nil || c.floor != never) {
		in.fail(errCorrupt) // the newest event always has a stamp
	}
}

func (c *Cell) readDays(in *input, scale int) {
	days, total := in.count(1), in.count(1)
	w := len(c.lay.columns)
	if in.err != nil || total*(w+1) > len(in.b) {
		in.fail(errShort)
		return
	}
	c.days, c.aggs = make([]day, 0, days+1), make([]agg, days*w)
	c.stamps.at = make([]engine.Time, total, total+1)
	if w > 0 {
		c.stamps.vals, c.stamps.kinds = make([]int64, total*w, (total+1)*w), make([]valKind, total*w, (total+1)*w)
	}
	next, end := calendar.Date(0), 0
	for i := range days {
		c.days = append(c.days, day{})
		d := &c.days[i]
		if end += c.readHead(in, d, next, i == 0); end > total || in.err != nil {
			in.fail(errCorrupt)
			return
		}
		d.end = int32(end)
		b := c.in(i)
		in.stamps(&b, d.date, scale)
		in.values(&b, c)
		next = d.date + 1
		c.readNewest(d, &b)
	}
	if end < total {
		in.fail(errCorrupt)
	}
}

// readHead reads a day but for its stamps, and gives their number.
func (c *Cell) readHead(in *input, d *day, next calendar.Date, first bool) int {
	head := in.uvarint()
	if first {
		d.date = in.date(unzigzag(head >> 4))
	} else {
		d.date = in.date(int64(next) + int64(head>>4))
	}
	n := int(head >> 2 & 3)
	if n == 3 {
		n += in.count(1)
	}
	if head&2 != 0 {
		d.bare = in.summary(c, keepDays)
	}
	if head&1 != 0 {
		chunks := in.uvarint()
		if in.chunks += chunks; chunks == 0 || chunks > maxChunks || in.chunks > maxChunks {
			in.fail(errCorrupt)
			return 0
		}
		d.out = &spilled{summary: *in.summary(c, keepStamps), chunks: make([]*block, chunks)}
		c.spills++
	}
	if n == 0 && head&3 == 0 {
		in.fail(errCorrupt)
	}
	return n
}

// maxChunks bounds what a damaged row can make this allocate: 33 million stamps.
const maxChunks = 1 << 16

func (c *Cell) readNewest(d *day, in *block) {
	if in.len() > 0 {
		c.newest = max(c.newest, in.last())
	}
	if d.out != nil {
		c.newest = max(c.newest, d.out.last)
	}
}

// stamps fills a block's times; they never go back.
func (in *input) stamps(b *block, date calendar.Date, scale int) {
	unit := scales[scale]
	prev := engine.Time(date) * dayMicros
	for i := range b.at {
		var d int64
		switch {
		case i > 0:
			d = int64(in.uvarint())
		case scale == 0:
			if d = int64(in.five()) - nearDay; d == nearDay-1 {
				d = in.varint()
			}
		default:
			d = in.varint()
		}
		if d > math.MaxInt64/int64(unit) || d < math.MinInt64/int64(unit) || i > 0 && d < 0 {
			in.fail(errCorrupt)
			return
		}
		t := prev + engine.Time(d)*unit
		if (t < prev) != (d < 0) { // wrapped round
			in.fail(errCorrupt)
			return
		}
		b.at[i], prev = t, t
	}
}

func (in *input) values(b *block, c *Cell) {
	w := len(c.lay.columns)
	if w == 0 {
		return
	}
	for i := range b.kinds {
		var x num
		if c.lay.columns[i%w].set {
			x = in.place(len(c.dicts[i%w]))
		} else {
			x = in.num()
		}
		b.vals[i], b.kinds[i] = x.v, x.k
	}
	b.tally(b.cols, c.lay)
}

func (in *input) place(size int) num {
	p := in.uvarint()
	if p == 0 {
		return num{}
	}
	if p--; p != beyond && p >= uint64(size) {
		in.fail(errCorrupt)
		return num{}
	}
	return num{int64(p), seen}
}

func (in *input) num() num {
	switch u := in.uvarint(); u {
	case codeAbsent:
		return num{}
	case codeWrong:
		return num{k: wrong}
	case codeMicro:
		return num{in.varint(), micro}
	case codeWhole:
		return num{in.varint(), whole}
	default:
		return num{unzigzag(u - codeSmall), whole}
	}
}

// readSegment reads a segment's record.
func (c *Cell) readSegment(body []byte, date calendar.Date) (*block, error) {
	in := &input{b: body}
	v, scale, w := in.byte(), int(in.byte()), int(in.count(0))
	n := in.count(1)
	if v != version || scale >= len(scales) || w != len(c.lay.columns) || n == 0 {
		return nil, errCorrupt
	}
	b := &block{at: make([]engine.Time, n), vals: make([]int64, n*w), kinds: make([]valKind, n*w), cols: make([]agg, w)}
	in.stamps(b, date, scale)
	places := make([]map[uint64]int, w)
	for col := range places {
		places[col] = make(map[uint64]int, len(c.dicts[col]))
		for p, h := range c.dicts[col] {
			places[col][h] = p
		}
	}
	for i := range b.kinds {
		x := num{}
		if c.lay.columns[i%w].set {
			x = in.hash(places[i%w])
		} else {
			x = in.num()
		}
		b.vals[i], b.kinds[i] = x.v, x.k
	}
	if in.err == nil && len(in.b) > 0 {
		in.err = errCorrupt
	}
	b.tally(b.cols, c.lay)
	return b, in.err
}

func (in *input) hash(places map[uint64]int) num {
	switch in.byte() {
	case 0:
		return num{}
	case 1:
		return num{beyond, seen}
	}
	if p, ok := places[in.uint64()]; ok {
		return num{int64(p), seen}
	}
	in.fail(errCorrupt) // a value that has a hash here has its place in the row
	return num{}
}
