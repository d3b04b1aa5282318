package scratch

// layered is a map whose forks share what they had in common: a fork costs a
// pointer, and only what is written after it is kept twice.
type layered[K comparable, V any] struct {
	top   map[K]cell[V]
	under *layer[K, V]
}

// layer is never written again.
type layer[K comparable, V any] struct {
	cells map[K]cell[V]
	under *layer[K, V]
	depth int
}

type cell[V any] struct {
	value V
	gone  bool
}

// flattenAt bounds how many layers a look-up may have to ask.
const flattenAt = 8

func (l *layered[K, V]) get(k K) (V, bool) {
	c, ok := l.top[k]
	for u := l.under; !ok && u != nil; u = u.under {
		c, ok = u.cells[k]
	}
	if !ok || c.gone {
		var none V
		return none, false
	}
	return c.value, true
}

// set answers false where the newest layer had something of the key.
func (l *layered[K, V]) set(k K, v V) (grew bool) { return l.put(k, cell[V]{value: v}) }

func (l *layered[K, V]) remove(k K) {
	if l.under == nil {
		delete(l.top, k)
		return
	}
	l.put(k, cell[V]{gone: true})
}

func (l *layered[K, V]) put(k K, c cell[V]) (grew bool) {
	if l.top == nil {
		l.top = map[K]cell[V]{}
	}
	n := len(l.top)
	l.top[k] = c
	return len(l.top) > n
}

// fork freezes what is there and gives a map that continues from it.
func (l *layered[K, V]) fork() layered[K, V] {
	if len(l.top) > 0 {
		depth := 1
		if l.under != nil {
			depth += l.under.depth
		}
		l.under = &layer[K, V]{cells: l.top, under: l.under, depth: depth}
		l.top = nil
		if depth >= flattenAt {
			l.under = &layer[K, V]{cells: l.all(), depth: 1}
		}
	}
	return layered[K, V]{under: l.under}
}

func (l *layered[K, V]) all() map[K]cell[V] {
	all := map[K]cell[V]{}
	l.each(func(k K, v V) { all[k] = cell[V]{value: v} })
	return all
}

// each visits every entry once, in no order: callers sort what they keep.
func (l *layered[K, V]) each(visit func(K, V)) {
	if l.under == nil {
		for k, c := range l.top {
			visit(k, c.value)
		}
		return
	}
	seen := map[K]bool{}
	look := func(cells map[K]cell[V]) {
		for k, c := range cells {
			if seen[k] {
				continue
			}
			seen[k] = true
			if !c.gone {
				visit(k, c.value)
			}
		}
	}
	look(l.top)
	for u := l.under; u != nil; u = u.under {
		look(u.cells)
	}
}
