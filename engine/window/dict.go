package window

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// MaxDistinct is up to how many values a cell tells apart in one field, over the
// longest window that asks for them. A window that holds a value which came when
// there was no room is a lower bound until that value has left it.
const MaxDistinct = 1000

// beyond is the place of every value that came when the dictionary was full.
const beyond = 1<<16 - 1

// dict numbers the values of one set column by their 64-bit hashes.
type dict []uint64

// place finds a value, putting it at the end when it is new and there is room.
func (d *dict) place(h uint64) uint16 {
	if i := slices.Index(*d, h); i >= 0 {
		return uint16(i)
	}
	if len(*d) >= MaxDistinct {
		return beyond
	}
	*d = append(*d, h)
	return uint16(len(*d) - 1)
}

// find is place without adding.
func (d dict) find(h uint64) uint16 {
	if i := slices.Index(d, h); i >= 0 {
		return uint16(i)
	}
	return beyond
}

// hashOf gives equal values equal hashes. Integers are mixed by a bijection and
// cannot collide with each other; the rest is cut from SHA-256, so that nobody
// who chooses the values can easily make two of them look the same.
func hashOf(v engine.Value) uint64 {
	v = canonical(v)
	if v.Kind == engine.Int {
		x := uint64(v.Num) + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	var room [128]byte
	sum := sha256.Sum256(appendIdentity(room[:0], v))
	return binary.LittleEndian.Uint64(sum[:])
}

// appendIdentity writes a value so that different values differ.
func appendIdentity(b []byte, v engine.Value) []byte {
	b = append(b, byte(v.Kind))
	b = binary.AppendVarint(b, v.Num)
	b = binary.AppendUvarint(b, uint64(len(v.Str)))
	b = append(b, v.Str...)
	for _, e := range v.List {
		b = appendIdentity(b, canonical(e))
	}
	return b
}
