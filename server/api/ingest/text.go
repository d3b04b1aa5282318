package ingest

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string and gives what stands between its quotes. plain means
// that these bytes are the string: no escapes, valid UTF-8.
func (s *scanner) text() (raw []byte, plain, ok bool) {
	start := s.i + 1
	var high byte
	plain = true
	for i := start; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			raw = s.b[start:i]
			return raw, plain && (high < utf8.RuneSelf || utf8.Valid(raw)), true
		case c == '\\':
			plain = false
			n := s.escape(i)
			if n == 0 {
				return nil, false, false
			}
			i += n - 1
		case c < 0x20:
			return nil, false, s.fail(i, "a control character must be escaped in a string", "字符串中的控制字符须转义")
		default:
			high |= c
		}
	}
	return nil, false, s.fail(len(s.b), "the text ends inside a string", "文本在字符串中结束")
}

// escape checks the escape at i and gives its length, 0 when it is none.
func (s *scanner) escape(i int) int {
	if i+1 < len(s.b) {
		switch s.b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return 2
		case 'u':
			if _, ok := hex4(s.b, i+2); ok {
				return 6
			}
		}
	}
	if i+1 >= len(s.b) {
		i = len(s.b)
	}
	s.fail(i, "this is no escape that JSON knows", "不是 JSON 认识的转义")
	return 0
}

func hex4(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unescape appends a checked string's value: escapes are resolved; lone halves
// of surrogate pairs and bytes that are no UTF-8 become U+FFFD, as in encoding/json.
func unescape(out, raw []byte) []byte {
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\' && raw[i+1] == 'u':
			r, n := codepoint(raw[i:])
			out = utf8.AppendRune(out, r)
			i += n
		case c == '\\':
			out = append(out, simpleEscape(raw[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRune(raw[i:])
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return out
}

func simpleEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// codepoint reads \uXXXX, or two of them that make a pair.
func codepoint(b []byte) (r rune, length int) {
	r, _ = hex4(b, 2)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b, 8); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return utf8.RuneError, 6
}

// str reads a string value as its own copy.
func (s *scanner) str() (string, bool) {
	raw, plain, ok := s.text()
	if !ok {
		return "", false
	}
	if !plain {
		s.tmp = unescape(s.tmp[:0], raw)
		raw = s.tmp
	}
	return string(raw), true
}

// shared reads a string that is likely to repeat within the request.
func (s *scanner) shared() (string, bool) {
	raw, plain, ok := s.text()
	if !ok {
		return "", false
	}
	if !plain {
		s.tmp = unescape(s.tmp[:0], raw)
		raw = s.tmp
	}
	return s.intern(raw), true
}

// maxInterned bounds the strings that one request shares.
const maxInterned = 4096

func (s *scanner) intern(b []byte) string {
	if v, ok := s.names[string(b)]; ok {
		return v
	}
	v := string(b)
	if len(s.names) < maxInterned {
		s.names[v] = v
	}
	return v
}
