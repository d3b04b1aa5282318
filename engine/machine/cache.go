package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// cache is what this process remembers of a workspace's records. It is true as
// long as nobody else moved the workspace's position; a turn changes it in
// place, so it is dropped whole when a transaction fails.
type cache struct {
	position   int64
	members    shelf[*engine.Member]
	identities shelf[string]
	groups     shelf[*engine.Group]
	contents   shelf[*engine.Content]
	cells      shelf[*slot]
	marks      shelf[[]byte]
	failing    map[string]int64 // failures in a row, by failKey; nil: not read yet
}

// slot is a cell, or the bytes of one that nobody looked into yet. An empty
// slot says that nothing was folded there.
type slot struct {
	raw   []byte
	cell  *window.Cell
	shape int
}

// nothingYet is the slot of every cell that is known not to exist.
var nothingYet = &slot{}

func newCache(position int64, members int) *cache {
	return &cache{
		position:   position,
		members:    newShelf[*engine.Member](members),
		identities: newShelf[string](2 * members),
		groups:     newShelf[*engine.Group](10_000),
		contents:   newShelf[*engine.Content](members),
		cells:      newShelf[*slot](4 * members),
		marks:      newShelf[[]byte](2 * members),
	}
}

// shelf is a map with a bound: when the young half is full it becomes the old
// half, and what was not asked for since is forgotten. Absence can be
// remembered too, as the zero value.
type shelf[V any] struct {
	young, old map[string]V
	max        int
}

func newShelf[V any](max int) shelf[V] { return shelf[V]{young: map[string]V{}, max: max} }

func (s *shelf[V]) get(key string) (V, bool) {
	if v, ok := s.young[key]; ok {
		return v, true
	}
	v, ok := s.old[key]
	if ok {
		s.put(key, v)
	}
	return v, ok
}

func (s *shelf[V]) put(key string, v V) {
	if len(s.young) >= s.max {
		s.old, s.young = s.young, make(map[string]V, s.max/4)
	}
	s.young[key] = v
}
