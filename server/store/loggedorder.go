package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"sort"

	"github.com/bylaw-dev/bylaw/engine"
)

// ordered is a spot with the first bytes of its key, which mostly tell two apart
// without a look into the slabs.
type ordered struct {
	first, second uint64
	spot          spot
}

// record reads the record at a spot.
func (l *logged) record(p spot) loggedRecord {
	r, _, _ := readRecord(l.at(p))
	return r
}

// byKind sorts the spots of some kinds by key; of all kinds where none is named.
func (l *logged) byKind(only engine.RecordKind) map[engine.RecordKind][]spot {
	found := map[engine.RecordKind][]ordered{}
	for _, p := range l.spots {
		if p == 0 {
			continue
		}
		if r := l.record(p); only == "" || string(r.kind) == string(only) {
			found[engine.RecordKind(r.kind)] = append(found[engine.RecordKind(r.kind)], ordered{wordAt(r.key, 0), wordAt(r.key, 8), p})
		}
	}
	all := make(map[engine.RecordKind][]spot, len(found))
	for kind, list := range found {
		slices.SortFunc(list, func(a, b ordered) int {
			if a.first != b.first || a.second != b.second {
				return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second))
			}
			return bytes.Compare(l.record(a.spot).key, l.record(b.spot).key)
		})
		spots := make([]spot, len(list))
		for i := range list {
			spots[i] = list[i].spot
		}
		all[kind] = spots
	}
	return all
}

// wordAt is eight bytes of a key, zeros after its end: in their order where they differ.
func wordAt(key []byte, from int) uint64 {
	var word [8]byte
	if from < len(key) {
		copy(word[:], key[from:])
	}
	return binary.BigEndian.Uint64(word[:])
}

// inOrder is all spots by kind and key.
func (l *logged) inOrder() []spot {
	all := make([]spot, 0, l.taken)
	kinds := l.byKind("")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		all = append(all, kinds[kind]...)
	}
	return all
}

// keysOf is the spots of one kind by key. A key that is written anew lies
// elsewhere, but its old spot still tells it.
func (l *logged) keysOf(kind engine.RecordKind) []spot {
	if l == nil {
		return nil
	}
	if keys, made := l.sorted[kind]; made {
		return keys
	}
	if l.sorted == nil {
		l.sorted = map[engine.RecordKind][]spot{}
	}
	l.sorted[kind] = l.byKind(kind)[kind]
	return l.sorted[kind]
}

// from lists keys of one kind in order, from one on and while they have a prefix,
// at most as many as are asked for.
func (l *logged) from(kind engine.RecordKind, prefix, first string, limit int) (keys []string) {
	spots := l.keysOf(kind)
	i := sort.Search(len(spots), func(i int) bool { return string(l.record(spots[i]).key) >= first })
	for ; i < len(spots) && len(keys) < limit; i++ {
		key := l.record(spots[i]).key
		if !bytes.HasPrefix(key, []byte(prefix)) {
			break
		}
		keys = append(keys, string(key))
	}
	return keys
}
