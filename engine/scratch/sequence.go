package scratch

import (
	"slices"
	"sort"
)

// sequence is a sorted list, almost always written at its end, whose forks
// share their chunks. order compares two values.
type sequence[T any] struct {
	order  func(a, b *T) int
	frozen [][]T // shared with forks, never written in place
	tail   []T
}

const chunkSize = 4096

// put appends a value, or inserts it in its place; an equal one is replaced.
func (s *sequence[T]) put(v T) {
	if last := s.last(); last == nil || s.order(last, &v) < 0 {
		s.tail = append(s.tail, v)
		if len(s.tail) == chunkSize {
			s.freeze()
		}
		return
	}
	if len(s.tail) > 0 && s.order(&s.tail[0], &v) <= 0 {
		s.tail = s.place(s.tail, v)
		return
	}
	i := s.chunkOf(&v)
	if i == len(s.frozen) {
		s.tail = s.place(s.tail, v)
		return
	}
	s.frozen = slices.Clone(s.frozen)
	s.frozen[i] = s.place(slices.Clone(s.frozen[i]), v)
}

func (s *sequence[T]) place(in []T, v T) []T {
	i, found := slices.BinarySearchFunc(in, v, func(a, b T) int { return s.order(&a, &b) })
	if found {
		in[i] = v
		return in
	}
	return slices.Insert(in, i, v)
}

func (s *sequence[T]) last() *T {
	if n := len(s.tail); n > 0 {
		return &s.tail[n-1]
	}
	if n := len(s.frozen); n > 0 {
		c := s.frozen[n-1]
		return &c[len(c)-1]
	}
	return nil
}

func (s *sequence[T]) freeze() {
	if len(s.tail) > 0 {
		s.frozen = append(slices.Clip(s.frozen), s.tail)
		s.tail = nil
	}
}

// fork freezes what is there and gives a list that continues from it.
func (s *sequence[T]) fork() sequence[T] {
	s.freeze()
	return sequence[T]{order: s.order, frozen: slices.Clip(s.frozen)}
}

// has is whether an equal value is there.
func (s *sequence[T]) has(v *T) bool {
	if last := s.last(); last == nil || s.order(last, v) < 0 { // nearly always
		return false
	}
	found := false
	s.from(v, func(w *T) bool {
		found = s.order(v, w) == 0
		return false
	})
	return found
}

// chunkOf is the number of the first chunk that does not end before v; the tail
// comes after the last.
func (s *sequence[T]) chunkOf(v *T) int {
	return sort.Search(len(s.frozen), func(n int) bool { c := s.frozen[n]; return s.order(&c[len(c)-1], v) >= 0 })
}

// from visits the values that are not before v, in order, until visit says stop.
func (s *sequence[T]) from(v *T, visit func(*T) bool) {
	for n := s.chunkOf(v); n <= len(s.frozen); n++ {
		c := s.tail
		if n < len(s.frozen) {
			c = s.frozen[n]
		}
		i := sort.Search(len(c), func(i int) bool { return s.order(&c[i], v) >= 0 })
		for ; i < len(c); i++ {
			if !visit(&c[i]) {
				return
			}
		}
	}
}

// back visits the values before v, newest first; nil starts at the end.
func (s *sequence[T]) back(v *T, visit func(*T) bool) {
	for n := len(s.frozen); n >= 0; n-- {
		c := s.tail
		if n < len(s.frozen) {
			c = s.frozen[n]
		}
		i := len(c)
		if v != nil {
			i = sort.Search(len(c), func(i int) bool { return s.order(&c[i], v) >= 0 })
		}
		for i--; i >= 0; i-- {
			if !visit(&c[i]) {
				return
			}
		}
	}
}
