package ingest

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// number reads a number by JSON's grammar. whole means neither fraction nor exponent.
func (s *scanner) number() (raw []byte, whole, ok bool) {
	i := s.i
	if i < len(s.b) && s.b[i] == '-' {
		i++
	}
	first := i
	i = digits(s.b, i)
	if i == first {
		return nil, false, s.badNumber(i, first)
	}
	if s.b[first] == '0' && i > first+1 {
		return nil, false, s.fail(first, "a number does not begin with 0", "数字不能以 0 开头")
	}
	whole = true
	if i < len(s.b) && s.b[i] == '.' {
		whole = false
		from := i + 1
		if i = digits(s.b, from); i == from {
			return nil, false, s.badNumber(i, first)
		}
	}
	if i < len(s.b) && (s.b[i] == 'e' || s.b[i] == 'E') {
		whole = false
		i++
		if i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		from := i
		if i = digits(s.b, from); i == from {
			return nil, false, s.badNumber(i, first)
		}
	}
	raw = s.b[s.i:i]
	s.i = i
	return raw, whole, true
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// badNumber says that a digit is missing at i; where not even the first digit
// stands, that a value is.
func (s *scanner) badNumber(i, first int) bool {
	if i == first && first == s.i {
		return s.unexpected("a value", "一个值")
	}
	s.i = i
	return s.unexpected("a digit", "数字")
}

// parseNumber is engine.ParseNumber without a detour through strings where the
// number is short.
func parseNumber(raw []byte, whole bool) (engine.Value, bool) {
	if whole && len(raw) <= 18 {
		return engine.IntValue(shortInt(raw)), true
	}
	if m, ok := shortMicro(raw, whole); ok {
		return engine.DecimalValue(m), true
	}
	v, err := engine.ParseNumber(string(raw))
	return v, err == nil
}

// shortInt reads at most 18 bytes of sign and digits.
func shortInt(raw []byte) int64 {
	var n int64
	for _, c := range raw {
		if c != '-' {
			n = n*10 + int64(c-'0')
		}
	}
	if raw[0] == '-' {
		return -n
	}
	return n
}

// shortMicro reads digits.digits with at most 12 and 6 digits.
func shortMicro(raw []byte, whole bool) (int64, bool) {
	if whole || len(raw) > 19 {
		return 0, false
	}
	var n int64
	decimals := -1
	for _, c := range raw {
		switch {
		case c == '-':
		case c == '.':
			decimals = 0
		case c < '0' || c > '9': // an exponent
			return 0, false
		default:
			n = n*10 + int64(c-'0')
			if decimals >= 0 {
				decimals++
			}
		}
	}
	if decimals > 6 || decimals < 0 || len(raw)-decimals > 13 {
		return 0, false
	}
	n *= int64(math.Pow10(6 - decimals))
	if raw[0] == '-' {
		n = -n
	}
	return n, true
}
