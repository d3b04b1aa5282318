package machine

import "encoding/binary"

// packed keeps small values by key in a few large pieces of memory, without a
// pointer for each, so that the collector has nothing to follow however many they
// are. It forgets: when the young half is full it becomes the old half, and what
// was put before goes. Two keys of one hash displace each other.
type packed struct {
	young, old half
	max        int // values in a half; 0: nothing is kept
}

// half is where each key's value lies, by the hash of the key.
type half struct {
	at    map[uint64]uint64 // piece and offset
	piece [][]byte
}

const pieceBytes = 64 << 10

// put keeps a value, nil too.
func (p *packed) put(key string, value []byte) {
	if p.max == 0 {
		return
	}
	if p.young.at == nil || len(p.young.at) >= p.max || len(p.young.piece) > p.max/64+16 {
		p.old, p.young = p.young, half{at: map[uint64]uint64{}}
	}
	p.young.put(key, value)
}

func (h *half) put(key string, value []byte) {
	size := len(key) + len(value) + 2*binary.MaxVarintLen64
	last := len(h.piece) - 1
	if last < 0 || cap(h.piece[last])-len(h.piece[last]) < size {
		room := pieceBytes
		if last < 0 {
			room = pieceBytes / 64 // most workspaces are small
		}
		h.piece = append(h.piece, make([]byte, 0, max(size, room)))
		last++
	}
	b := h.piece[last]
	h.at[hashOf(key)] = uint64(last)<<32 | uint64(len(b))
	b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
	if value == nil {
		b = append(b, 0)
	} else {
		b = append(binary.AppendUvarint(b, uint64(len(value))+1), value...)
	}
	h.piece[last] = b
}

// get gives a copy of a value; not ok where nothing is known.
func (p *packed) get(key string) (value []byte, ok bool) {
	if value, ok = p.young.get(key); !ok {
		value, ok = p.old.get(key)
	}
	return value, ok
}

func (h *half) get(key string) (value []byte, ok bool) {
	at, ok := h.at[hashOf(key)]
	if !ok {
		return nil, false
	}
	b := h.piece[at>>32][at&(1<<32-1):]
	size, n := binary.Uvarint(b)
	if b = b[n:]; string(b[:size]) != key {
		return nil, false
	}
	b = b[size:]
	if size, n = binary.Uvarint(b); size == 0 {
		return nil, true
	}
	return append(make([]byte, 0, size-1), b[n:n+int(size)-1]...), true
}

// drop forgets a key.
func (p *packed) drop(key string) {
	delete(p.young.at, hashOf(key))
	delete(p.old.at, hashOf(key))
}

// hashOf is FNV-1a.
func hashOf(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return h
}
