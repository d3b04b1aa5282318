package ingest

import "github.com/bylaw-dev/bylaw/engine"

// maxNesting is where a body stops being JSON for us, as for encoding/json.
const maxNesting = 10_000

// scanner walks JSON bytes. After a syntax error fault is set and every method
// answers false.
type scanner struct {
	b     []byte
	i     int
	fault *fault
	stack []byte            // open containers while skipping
	names map[string]string // strings that repeat within a request: types, groups, names of properties
	tmp   []byte
}

// fault is a syntax error at a byte offset.
type fault struct {
	offset int
	what   engine.Text
}

func (s *scanner) fail(offset int, en, zh string) bool {
	if s.fault == nil {
		s.fault = &fault{offset, engine.Text{En: en, Zh: zh}}
	}
	return false
}

// unexpected reports the byte at i, or the end.
func (s *scanner) unexpected(wantEn, wantZh string) bool {
	if s.i >= len(s.b) {
		return s.fail(len(s.b), "the text ends where "+wantEn+" should stand", "文本在此结束，缺少"+wantZh)
	}
	return s.fail(s.i, wantEn+" should stand here", "此处应为"+wantZh)
}

// next skips white space and gives the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// take consumes c after white space, if it stands there.
func (s *scanner) take(c byte) bool {
	if s.next() != c || s.i >= len(s.b) {
		return false
	}
	s.i++
	return true
}

// key reads a name and its colon. The bytes are valid until the next call.
func (s *scanner) key() ([]byte, bool) {
	if s.next() != '"' {
		return nil, s.unexpected("a name in double quotes", "双引号括起的名称")
	}
	raw, plain, ok := s.text()
	if !ok {
		return nil, false
	}
	if !plain {
		s.tmp = unescape(s.tmp[:0], raw)
		raw = s.tmp
	}
	if !s.take(':') {
		return nil, s.unexpected("a colon", "冒号")
	}
	return raw, true
}

// more says whether another element follows in a container that ends with end,
// and consumes the comma or the end.
func (s *scanner) more(end byte) (again, ok bool) {
	switch s.next() {
	case ',':
		s.i++
		return true, true
	case end:
		s.i++
		return false, true
	}
	return false, s.unexpected("a comma or "+string(end), "逗号或 "+string(end))
}

// skip consumes one value and gives how deep it nests: 0 for a scalar.
func (s *scanner) skip() (depth int, ok bool) {
	s.stack = s.stack[:0]
	for {
		opened, ok := s.open()
		if !ok {
			return 0, false
		}
		depth = max(depth, len(s.stack))
		if opened && !s.take(s.stack[len(s.stack)-1]) {
			if !s.name() {
				return 0, false
			}
			continue
		}
		if opened {
			s.stack = s.stack[:len(s.stack)-1]
		}
		if done, ok := s.close(); done || !ok {
			return depth, ok
		}
	}
}

// open consumes a scalar, or enters a container.
func (s *scanner) open() (opened, ok bool) {
	c := s.next()
	if c != '{' && c != '[' {
		return false, s.scalar(c)
	}
	if len(s.stack) >= maxNesting {
		return false, s.fail(s.i, "this nests too deeply", "嵌套过深")
	}
	s.i++
	s.stack = append(s.stack, c+2) // in ASCII both pairs are two apart
	return true, true
}

// name consumes the name before a value, where the open container has names.
func (s *scanner) name() bool {
	if s.stack[len(s.stack)-1] != '}' {
		return true
	}
	_, ok := s.key()
	return ok
}

// close leaves every container that ends after a value; done when all have ended.
func (s *scanner) close() (done, ok bool) {
	for len(s.stack) > 0 {
		again, ok := s.more(s.stack[len(s.stack)-1])
		if !ok {
			return false, false
		}
		if again {
			return false, s.name()
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	return true, true
}

func (s *scanner) scalar(c byte) bool {
	switch c {
	case '"':
		_, _, ok := s.text()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, _, ok := s.number()
	return ok
}

// word consumes a literal.
func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return s.unexpected("a value", "一个值")
	}
	s.i += len(w)
	return true
}

// end checks that nothing but white space is left.
func (s *scanner) end() bool {
	s.next()
	if s.i < len(s.b) {
		return s.fail(s.i, "nothing may follow here", "此后不应再有内容")
	}
	return true
}
