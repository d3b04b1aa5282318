package store

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// A page is a row of event_pages: some events of one commit in the order of
// their positions. First come the headers, then the bodies in the same order, so
// that looking for a member's events reads the headers only.
//
//	version 1 | count | types: count, then each text | headers | bodies
//	header: position, revision and at as differences to the one before,
//	        number of the type, member as text, length of the body
//
// Numbers are varints, texts their length and bytes.

// Bounds of a page. Small ones cost rows, large ones make reading one event dear.
const (
	pageEvents = 256
	pageBytes  = 64 << 10
)

var errPage = errors.New("a page of events is damaged")

// page is what the columns of event_pages say, and the encoded events.
type page struct {
	first, last  int64
	atMin, atMax engine.Time
	body         []byte
}

// newPage takes events from the front and gives those that are left.
func newPage(events []engine.StoredEvent) (page, []engine.StoredEvent) {
	n, size := 0, 0
	for n < len(events) && n < pageEvents && (n == 0 || size+len(events[n].Body) <= pageBytes) {
		size += len(events[n].Body) + len(events[n].Member) + 16
		n++
	}
	p := page{first: events[0].Position, last: events[n-1].Position, atMin: math.MaxInt64, atMax: math.MinInt64}
	p.body = appendPage(make([]byte, 0, size+64), events[:n])
	for i := range events[:n] {
		p.atMin, p.atMax = min(p.atMin, events[i].At), max(p.atMax, events[i].At)
	}
	return p, events[n:]
}

func appendPage(b []byte, events []engine.StoredEvent) []byte {
	b = append(b, 1)
	b = binary.AppendUvarint(b, uint64(len(events)))
	types, texts := map[string]uint64{}, []string(nil)
	for i := range events {
		if _, known := types[events[i].Type]; !known {
			types[events[i].Type] = uint64(len(texts))
			texts = append(texts, events[i].Type)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(texts)))
	for _, t := range texts {
		b = appendText(b, t)
	}
	var before engine.StoredEvent
	for i := range events {
		e := &events[i]
		b = binary.AppendVarint(b, e.Position-before.Position)
		b = binary.AppendVarint(b, e.Revision-before.Revision)
		b = binary.AppendVarint(b, int64(e.At-before.At))
		b = binary.AppendUvarint(b, types[e.Type])
		b = appendText(b, e.Member)
		b = binary.AppendUvarint(b, uint64(len(e.Body)))
		before = *e
	}
	for i := range events {
		b = append(b, events[i].Body...)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodePage gives the events of a page that are wanted; of one member alone
// where one is named, so that the names of others are not even copied. Bodies
// share the page's memory.
func decodePage(b []byte, of string, wanted func(*engine.StoredEvent) bool) ([]engine.StoredEvent, error) {
	d := pageReader{rest: b}
	if d.byte() != 1 {
		return nil, errPage
	}
	count := d.count()
	types := make([]string, d.count())
	for i := range types {
		types[i] = string(d.text())
	}
	if d.bad {
		return nil, errPage
	}
	room := count
	if of != "" {
		room = min(count, 4)
	}
	events, at := make([]engine.StoredEvent, 0, room), make([][2]int, 0, room) // and where their bodies lie
	var e engine.StoredEvent
	end := 0
	for range count {
		e.Position += d.varint()
		e.Revision += d.varint()
		e.At += engine.Time(d.varint())
		kind, member := d.count(), d.text()
		size := d.count()
		if d.bad || kind >= len(types) {
			return nil, errPage
		}
		if of == "" || string(member) == of {
			if e.Type, e.Member = types[kind], string(member); wanted(&e) {
				events, at = append(events, e), append(at, [2]int{end, end + size})
			}
		}
		end += size
	}
	if end != len(d.rest) {
		return nil, errPage
	}
	for i := range events {
		events[i].Body = d.rest[at[i][0]:at[i][1]:at[i][1]]
	}
	return events, nil
}

// pageReader reads the parts of a page; bad says that one ended too early.
type pageReader struct {
	rest []byte
	bad  bool
}

func (d *pageReader) byte() byte {
	if len(d.rest) == 0 {
		d.bad = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *pageReader) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number that cannot be larger than what is left.
func (d *pageReader) count() int {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return int(v)
}

func (d *pageReader) text() []byte {
	n := d.count()
	if n > len(d.rest) {
		d.bad, d.rest = true, nil
		return nil
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}
