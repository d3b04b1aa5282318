package store

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	"github.com/bylaw-dev/bylaw/engine"
)

// logged are the records in some rows of the log: of each key the newest value,
// nil for one that is deleted. They are many and live long, so the collector
// shall find nothing to follow in them: rows lie in slabs, and a table of numbers
// says where in them a key was written last.
type logged struct {
	slabs  [][]byte // only ever appended to, so that values may be given away
	spots  []spot   // by the hash of the key: a power of two, with room
	taken  int      // of the spots
	held   int      // bytes of slabs
	sorted map[engine.RecordKind][]spot
}

const (
	slabBytes  = 256 << 10 // at most, for small parts
	fewBytes   = 512       // the first; most workspaces are small
	fewSpots   = 16
	offsetBits = 28
	slabBits   = 20
	tagShift   = offsetBits + slabBits
	spotBytes  = 8
)

// spot says where a record lies: some bits of its key's hash, the number of the
// slab and one, and the offset there. 0 is no spot.
type spot uint64

func newSpot(hash uint64, slab, offset int) spot {
	return spot(hash>>tagShift<<tagShift | uint64(slab+1)<<offsetBits | uint64(offset))
}

// keySeed only decides how keys are spread over a table, so that nobody can send
// keys that all meet.
var keySeed = maphash.MakeSeed()

// bytes is what is held; nothing by none.
func (l *logged) bytes() int {
	if l == nil {
		return 0
	}
	return l.held + spotBytes*len(l.spots)
}

// at is the slab from a spot on.
func (l *logged) at(p spot) []byte {
	return l.slabs[uint64(p)>>offsetBits&(1<<slabBits-1)-1][p&(1<<offsetBits-1):]
}

// find gives where a key is, or where it would be. The key is written as in a row;
// no such writing begins with another one.
func (l *logged) find(key []byte) (i int, hash uint64, known bool) {
	hash = maphash.Bytes(keySeed, key)
	for i = int(hash) & (len(l.spots) - 1); l.spots[i] != 0; i = (i + 1) & (len(l.spots) - 1) {
		if p := l.spots[i]; uint64(p)>>tagShift == hash>>tagShift && bytes.HasPrefix(l.at(p), key) {
			return i, hash, true
		}
	}
	return i, hash, false
}

// get is the value of a key as it is written in a row.
func (l *logged) get(key []byte) (body []byte, known bool) {
	if l == nil || l.taken == 0 {
		return nil, false
	}
	i, _, known := l.find(key)
	if !known {
		return nil, false
	}
	r, _, _ := readRecord(l.at(l.spots[i]))
	return r.body, true
}

// add takes the records of a part of a row, which is theirs from then on.
func (l *logged) add(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	slab, from := l.room(part)
	kept := l.slabs[slab][from:]
	for offset := 0; offset < len(kept); {
		r, size, ok := readRecord(kept[offset:])
		if !ok {
			return errStateRow
		}
		l.put(r.written, slab, from+offset)
		offset += size
	}
	return nil
}

// room puts a part into a slab: a large one is a slab, small ones share one.
func (l *logged) room(part []byte) (slab, from int) {
	last := len(l.slabs) - 1
	switch {
	case len(part) > slabBytes/4:
		l.slabs = append(l.slabs, part[:len(part):len(part)])
		l.held += cap(part)
		return last + 1, 0
	case last < 0 || cap(l.slabs[last])-len(l.slabs[last]) < len(part):
		size := max(len(part), min(max(l.held, fewBytes), slabBytes))
		l.slabs = append(l.slabs, make([]byte, 0, size))
		l.held += size
		last++
	}
	from = len(l.slabs[last])
	l.slabs[last] = append(l.slabs[last], part...)
	return last, from
}

func (l *logged) put(key []byte, slab, offset int) {
	if 4*(l.taken+1) > 3*len(l.spots) {
		l.grow()
	}
	i, hash, known := l.find(key)
	if !known {
		l.taken++
		l.sorted = nil
	}
	l.spots[i] = newSpot(hash, slab, offset)
}

func (l *logged) grow() {
	before := l.spots
	l.spots = make([]spot, max(2*len(before), fewSpots))
	for _, p := range before {
		if p != 0 {
			r, _, _ := readRecord(l.at(p))
			i, _, _ := l.find(r.written)
			l.spots[i] = p
		}
	}
}

// loggedRecord is a record as it lies in a row.
type loggedRecord struct {
	kind, key, body []byte // a nil body deletes
	written         []byte // kind and key as they are written
}

func (r loggedRecord) name() engine.RecordKey {
	return engine.RecordKey{Kind: engine.RecordKind(r.kind), Key: string(r.key)}
}

// readRecord reads what appendRecord wrote, and how long it is.
func readRecord(b []byte) (r loggedRecord, size int, ok bool) {
	d := pageReader{rest: b}
	r.kind, r.key = d.text(), d.text()
	r.written = b[:len(b)-len(d.rest)]
	n, read := binary.Uvarint(d.rest)
	if d.bad || read <= 0 || n > uint64(len(d.rest)-read)+1 {
		return r, 0, false
	}
	d.rest = d.rest[read:]
	if n > 0 {
		r.body = d.rest[: n-1 : n-1]
		d.rest = d.rest[n-1:]
	}
	return r, len(b) - len(d.rest), true
}

// appendKey writes a key as it begins a record in a row.
func appendKey(b []byte, k engine.RecordKey) []byte {
	return appendText(appendText(b, string(k.Kind)), k.Key)
}
