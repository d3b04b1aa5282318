package store

import (
	"encoding/binary"
	"math/bits"
)

// A filter is a Bloom filter of 20 bits an id: 10 probes, of which a new id
// passes all with a chance of about 1 in 11,000.
const (
	bitsPerID = 20
	probes    = 10
)

func newFilter(ids int) []byte { return make([]byte, (ids*bitsPerID+7)/8) }

// probe gives the i-th bit of an id among size bits. Ids are hashes, so their
// own bytes are random enough.
func probe(low, high uint64, i, size int) int {
	hi, _ := bits.Mul64(low+uint64(i)*high, uint64(size))
	return int(hi)
}

func halves(id [16]byte) (low, high uint64) {
	return binary.LittleEndian.Uint64(id[:8]), binary.LittleEndian.Uint64(id[8:]) | 1
}

func setFilter(f []byte, id [16]byte) {
	low, high := halves(id)
	for i := range probes {
		p := probe(low, high, i, len(f)*8)
		f[p/8] |= 1 << (p % 8)
	}
}

// filters are those of all closed generations, turned by 90 degrees: slot p
// holds bit p of many filters, so that one probe asks all of them. Eight
// generations share a byteGroup; eight full byteGroups become a wordGroup.
type filters struct {
	small []*byteGroup
	large []*wordGroup
}

type byteGroup struct {
	generations []int64
	slots       []uint8
}

type wordGroup struct {
	generations [64]int64
	slots       []uint64
}

func (f *filters) bytes() (n int64) {
	for _, g := range f.small {
		n += int64(len(g.slots))
	}
	for _, g := range f.large {
		n += 8 * int64(len(g.slots))
	}
	return n
}

// add takes a generation's filter.
func (f *filters) add(generation int64, filter []byte) {
	size := len(filter) * 8
	if n := len(f.small); n == 0 || len(f.small[n-1].generations) == 8 || len(f.small[n-1].slots) != size {
		f.small = append(f.small, &byteGroup{slots: make([]uint8, size)})
	}
	g := f.small[len(f.small)-1]
	column := uint8(1) << len(g.generations)
	g.generations = append(g.generations, generation)
	for i, b := range filter {
		for ; b != 0; b &= b - 1 {
			g.slots[i*8+bits.TrailingZeros8(b)] |= column
		}
	}
	f.merge()
}

// merge makes a wordGroup of the first eight byteGroups when they are full and alike.
func (f *filters) merge() {
	if len(f.small) < 8 {
		return
	}
	for _, g := range f.small[:8] {
		if len(g.generations) < 8 || len(g.slots) != len(f.small[0].slots) {
			return
		}
	}
	large := &wordGroup{slots: make([]uint64, len(f.small[0].slots))}
	for n, g := range f.small[:8] {
		copy(large.generations[n*8:], g.generations)
		for i, b := range g.slots {
			large.slots[i] |= uint64(b) << (n * 8)
		}
	}
	f.large = append(f.large, large)
	f.small = append([]*byteGroup(nil), f.small[8:]...)
}

// suspect adds the generations that an id may be in.
func (f *filters) suspect(found []suspicion, claim int, id [16]byte) []suspicion {
	low, high := halves(id)
	for _, g := range f.large {
		hit := ^uint64(0)
		for i := 0; i < probes && hit != 0; i++ {
			hit &= g.slots[probe(low, high, i, len(g.slots))]
		}
		for ; hit != 0; hit &= hit - 1 {
			found = append(found, suspicion{g.generations[bits.TrailingZeros64(hit)], claim})
		}
	}
	for _, g := range f.small {
		hit := ^uint8(0)
		for i := 0; i < probes && hit != 0; i++ {
			hit &= g.slots[probe(low, high, i, len(g.slots))]
		}
		for ; hit != 0; hit &= hit - 1 {
			found = append(found, suspicion{g.generations[bits.TrailingZeros8(hit)], claim})
		}
	}
	return found
}
