package scratch

import (
	"slices"
	"strings"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// listing is the keys of records in order, for those kinds that somebody has
// listed: a schedule lists everybody each time that it is due, and looking
// through all records for that would cost more than all else it does.
type listing struct {
	mu    sync.Mutex // among readers, who sort; who writes holds the store
	kinds map[engine.RecordKind]*keys
}

// keys may hold keys of records that have gone since.
type keys struct {
	sorted []string // never changed in place, because forks share it
	added  []string // since, in no order, and some that are among them
}

// set writes a record.
func (w *space) set(k engine.RecordKey, body []byte) {
	if w.records.set(k, body) {
		w.note(k)
	}
}

// remove deletes a record. Its key is noted, because a fork keeps a place for what
// it deleted, which a record that comes back then takes.
func (w *space) remove(k engine.RecordKey) {
	w.records.remove(k)
	w.note(k)
}

// note takes in a key that may be new.
func (w *space) note(k engine.RecordKey) {
	if of := w.listing.kinds[k.Kind]; of != nil {
		if of.added = append(of.added, k.Key); len(of.added) > 2*len(of.sorted)+manyAdded {
			of.order() // what comes and goes is noted again each time
		}
	}
}

// manyAdded is how many keys may wait for a listing, beside twice those in order.
const manyAdded = 1000

func (l *listing) fork() *listing {
	f := &listing{kinds: make(map[engine.RecordKind]*keys, len(l.kinds))}
	for kind, of := range l.kinds {
		f.kinds[kind] = &keys{of.sorted, slices.Clone(of.added)}
	}
	return f
}

// order puts in place what was added.
func (k *keys) order() []string {
	if len(k.added) == 0 {
		return k.sorted
	}
	slices.Sort(k.added)
	all := make([]string, 0, len(k.sorted)+len(k.added))
	rest := k.sorted
	for _, key := range k.added {
		i, found := slices.BinarySearch(rest, key)
		all, rest = append(all, rest[:i]...), rest[i:]
		if !found && (len(all) == 0 || all[len(all)-1] != key) {
			all = append(all, key)
		}
	}
	k.sorted, k.added = append(all, rest...), nil
	return k.sorted
}

// eachUnder visits the records of a kind whose keys begin with a prefix and come
// after a key, in order, until visit answers false.
func (w *space) eachUnder(kind engine.RecordKind, prefix, after string, visit func(key string, body []byte) bool) {
	sorted := w.keysOf(kind)
	i, found := slices.BinarySearch(sorted, max(prefix, after))
	if found && after >= prefix {
		i++
	}
	for _, key := range sorted[i:] {
		if !strings.HasPrefix(key, prefix) {
			return
		}
		if body, ok := w.records.get(engine.RecordKey{Kind: kind, Key: key}); ok && !visit(key, body) {
			return
		}
	}
}

// keysOf gives the keys of a kind in order.
func (w *space) keysOf(kind engine.RecordKind) []string {
	w.listing.mu.Lock()
	defer w.listing.mu.Unlock()
	of := w.listing.kinds[kind]
	if of == nil {
		of = &keys{}
		w.records.each(func(k engine.RecordKey, _ []byte) {
			if k.Kind == kind {
				of.added = append(of.added, k.Key)
			}
		})
		w.listing.kinds[kind] = of
	}
	return of.order()
}
