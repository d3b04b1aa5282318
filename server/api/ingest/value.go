package ingest

import "github.com/bylaw-dev/bylaw/engine"

// value reads one value with the meaning of engine.ParseValue. A number out of
// range answers no value (fits false) and the scan goes on; depth counts the
// containers, 0 for a scalar.
func (s *scanner) value() (v engine.Value, depth int, fits, ok bool) {
	switch c := s.next(); c {
	case '"':
		str, ok := s.str()
		return engine.StringValue(str), 0, true, ok
	case 't':
		return engine.BoolValue(true), 0, true, s.word("true")
	case 'f':
		return engine.BoolValue(false), 0, true, s.word("false")
	case 'n':
		return engine.UnknownValue(engine.MissingProp), 0, true, s.word("null")
	case '{':
		return s.opaque()
	case '[':
		return s.list()
	}
	raw, whole, ok := s.number()
	if !ok {
		return v, 0, false, false
	}
	v, fits = parseNumber(raw, whole)
	return v, 0, fits, true
}

func (s *scanner) opaque() (v engine.Value, depth int, fits, ok bool) {
	start := s.i
	depth, ok = s.skip()
	if !ok {
		return v, 0, false, false
	}
	return engine.Value{Kind: engine.Opaque, Str: string(s.b[start:s.i])}, depth, true, true
}

// list reads a list of scalars; one that holds a container is opaque, and then
// a number out of range in it is nobody's business.
func (s *scanner) list() (v engine.Value, depth int, fits, ok bool) {
	start := s.i
	s.i++
	v, fits = engine.ListValue(), true
	v.List = []engine.Value{}
	if s.take(']') {
		return v, 1, true, true
	}
	for {
		if c := s.next(); c == '{' || c == '[' {
			s.i = start
			v, depth, _, ok = s.opaque()
			return v, depth, fits, ok
		}
		e, _, inRange, ok := s.value()
		if !ok {
			return v, 0, false, false
		}
		fits = fits && inRange
		v.List = append(v.List, e)
		again, ok := s.more(']')
		if !ok || !again {
			return v, 1, fits, ok
		}
	}
}
