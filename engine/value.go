package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds. Unknown is the zero Kind, so the zero Value is unknown.
const (
	Unknown Kind = iota
	Bool
	Int      // 64-bit integer
	Decimal  // fixed point, Num counts 10^-6
	String   //
	Instant  // Num is a Time
	Duration // Num counts microseconds
	List     // of values, one level
	Opaque   // a JSON object or nested list: it can be known, nothing more
)

var kindNames = [...]string{"unknown", "bool", "integer", "decimal", "string", "time", "duration", "list", "object"}

// String names the kind as operators see it.
func (k Kind) String() string { return kindNames[k] }

// KindNamed is the kind with a name, for declared fields.
func KindNamed(s string) (Kind, bool) {
	for i, n := range kindNames {
		if n == s && i > 0 {
			return Kind(i), true
		}
	}
	return Unknown, false
}

// Reason says why a value is unknown, or why something did not happen.
type Reason string

// Why values are unknown.
const (
	MissingProp      Reason = "missing_prop"
	MissingAttribute Reason = "missing_attribute"
	NoData           Reason = "no_data"       // avg, min, max, first, last, growth of nothing
	NotCovered       Reason = "not_covered"   // the type was not reported for the whole window
	BeforeJoined     Reason = "before_joined" // the window begins before the member joined
	DividedByZero    Reason = "divided_by_zero"
	WrongType        Reason = "wrong_type" // an undeclared value of another type than the rule expects
	NoSubject        Reason = "no_subject" // no event, member, group or content in question
	TooLate          Reason = "late"       // the event is more than 48 h behind the member's newest
	BoundOnly        Reason = "lower_bound"
	TextTooLong      Reason = "text_too_long" // a pattern meets more than 1 KB of text
)

// Micro is the scale of decimals: a Decimal counts millionths.
const Micro = 1_000_000

// Value is one typed value. Num holds booleans (0, 1), integers, decimals (in
// millionths), instants and durations (in microseconds); Str holds strings, the
// raw JSON of an Opaque and the Reason of an Unknown. AtLeast marks a metric
// that is only a lower bound.
type Value struct {
	Kind    Kind
	AtLeast bool
	Num     int64
	Str     string
	List    []Value
}

// UnknownValue is an unknown value with its reason.
func UnknownValue(r Reason) Value { return Value{Str: string(r)} }

// BoolValue, IntValue and the like make known values.
func BoolValue(b bool) Value {
	if b {
		return Value{Kind: Bool, Num: 1}
	}
	return Value{Kind: Bool}
}

// IntValue makes an integer.
func IntValue(n int64) Value { return Value{Kind: Int, Num: n} }

// DecimalValue makes a decimal from millionths.
func DecimalValue(micro int64) Value { return Value{Kind: Decimal, Num: micro} }

// StringValue makes a string.
func StringValue(s string) Value { return Value{Kind: String, Str: s} }

// TimeValue makes an instant.
func TimeValue(t Time) Value { return Value{Kind: Instant, Num: int64(t)} }

// DurationValue makes a duration.
func DurationValue(d time.Duration) Value { return Value{Kind: Duration, Num: d.Microseconds()} }

// ListValue makes a list.
func ListValue(l ...Value) Value { return Value{Kind: List, List: l} }

// Known is whether the value is known exactly.
func (v Value) Known() bool { return v.Kind != Unknown && !v.AtLeast }

// Reason is why the value is not known exactly; empty when it is.
func (v Value) Reason() Reason {
	if v.Kind == Unknown {
		return Reason(v.Str)
	}
	if v.AtLeast {
		return BoundOnly
	}
	return ""
}

// Float gives an integer or decimal as a float.
func (v Value) Float() float64 {
	if v.Kind == Decimal {
		return float64(v.Num) / Micro
	}
	return float64(v.Num)
}

// DecimalOf rounds a float to millionths; ok is false outside the range or for NaN.
func DecimalOf(f float64) (Value, bool) {
	m := math.Round(f * Micro)
	if math.IsNaN(m) || m >= math.MaxInt64 || m <= math.MinInt64 {
		return Value{}, false
	}
	return DecimalValue(int64(m)), true
}

// Equal is whether two values are the same kind and value; numbers compare by value.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind {
		return v.numeric() && w.numeric() && v.scaled() == w.scaled()
	}
	if v.Kind == List {
		if len(v.List) != len(w.List) {
			return false
		}
		for i := range v.List {
			if !v.List[i].Equal(w.List[i]) {
				return false
			}
		}
		return true
	}
	return v.Num == w.Num && v.Str == w.Str
}

func (v Value) numeric() bool { return v.Kind == Int || v.Kind == Decimal }

func (v Value) scaled() [2]int64 {
	if v.Kind == Decimal {
		return [2]int64{v.Num / Micro, v.Num % Micro}
	}
	return [2]int64{v.Num, 0}
}

// Text writes the value as an operator reads it: decimals without trailing
// zeros, instants in RFC 3339, durations as 1h30m, an unknown as "unknown".
func (v Value) Text() string {
	switch v.Kind {
	case Bool:
		return strconv.FormatBool(v.Num != 0)
	case Int:
		return strconv.FormatInt(v.Num, 10)
	case Decimal:
		return formatMicro(v.Num)
	case String, Opaque:
		return v.Str
	case Instant:
		return Time(v.Num).String()
	case Duration:
		return (time.Duration(v.Num) * time.Microsecond).String()
	case List:
		parts := make([]string, len(v.List))
		for i, e := range v.List {
			parts[i] = e.Text()
		}
		return strings.Join(parts, ", ")
	}
	return "unknown"
}

func formatMicro(n int64) string {
	sign := ""
	u := uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%s%d.%06d", sign, u/Micro, u%Micro)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// AppendDecimal writes millionths as JSON that reads back as a decimal: 10.0, 0.5.
func AppendDecimal(b []byte, micro int64) []byte {
	s := formatMicro(micro)
	b = append(b, s...)
	if !strings.Contains(s, ".") {
		b = append(b, ".0"...)
	}
	return b
}

// Key writes the value unambiguously with its kind, for use in keys.
func (v Value) Key() string { return kindNames[v.Kind][:1] + ":" + v.Text() }

// MarshalJSON writes the plain JSON value: decimals as numbers, instants and
// durations as strings, unknown as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.Kind {
	case Bool, Int:
		return []byte(v.Text()), nil
	case Decimal:
		return AppendDecimal(nil, v.Num), nil
	case Opaque:
		return []byte(v.Str), nil
	case List:
		if v.List == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.List)
	case Unknown:
		return []byte("null"), nil
	}
	return json.Marshal(v.Text())
}

// UnmarshalJSON reads a plain JSON value. Instants and durations come back as
// strings: whoever knows the declared kind converts with As.
func (v *Value) UnmarshalJSON(b []byte) error {
	p, err := ParseValue(b)
	if err == nil {
		*v = p
	}
	return err
}

// ParseValue reads one JSON value. A number with a fraction or exponent is a
// decimal rounded to millionths; one out of range is an error.
func ParseValue(b []byte) (Value, error) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return Value{}, fmt.Errorf("empty value")
	}
	switch b[0] {
	case '"':
		var s string
		err := json.Unmarshal(b, &s)
		return StringValue(s), err
	case 't', 'f':
		var t bool
		err := json.Unmarshal(b, &t)
		return BoolValue(t), err
	case 'n':
		return UnknownValue(MissingProp), nil
	case '{':
		return Value{Kind: Opaque, Str: string(b)}, nil
	case '[':
		return parseList(b)
	}
	return ParseNumber(string(b))
}

// ParseNumber reads a JSON number.
func ParseNumber(s string) (Value, error) {
	if !strings.ContainsAny(s, ".eE") {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%s is not a 64-bit integer", s)
		}
		return IntValue(n), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Value{}, fmt.Errorf("%s is not a number", s)
	}
	if m, ok := exactMicro(s); ok {
		return DecimalValue(m), nil
	}
	v, ok := DecimalOf(f)
	if !ok {
		return Value{}, fmt.Errorf("%s is out of range for a decimal", s)
	}
	return v, nil
}

// exactMicro reads digits.digits with at most six decimals without going through a float.
func exactMicro(s string) (int64, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if strings.ContainsAny(s, "eE") || len(frac) > 6 || len(whole) > 13 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+frac+"000000"[len(frac):], 10, 64)
	return n, err == nil
}

func parseList(b []byte) (Value, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return Value{}, err
	}
	out := make([]Value, len(raw))
	for i, r := range raw {
		v, err := ParseValue(r)
		if err != nil {
			return Value{}, err
		}
		if v.Kind == List || v.Kind == Opaque {
			return Value{Kind: Opaque, Str: string(b)}, nil
		}
		out[i] = v
	}
	return ListValue(out...), nil
}

// As converts a value read from JSON to a declared kind: integers to decimals,
// RFC 3339 strings to instants. ok is false where it does not fit.
func (v Value) As(k Kind) (Value, bool) {
	switch {
	case v.Kind == k:
		return v, true
	case v.Kind == Int && k == Decimal:
		if v.Num > math.MaxInt64/Micro || v.Num < math.MinInt64/Micro {
			return v, false
		}
		return DecimalValue(v.Num * Micro), true
	case v.Kind == Decimal && k == Int && v.Num%Micro == 0:
		return IntValue(v.Num / Micro), true
	case v.Kind == String && k == Instant:
		t, err := time.Parse(time.RFC3339Nano, v.Str)
		return TimeValue(TimeOf(t)), err == nil
	}
	return v, false
}

// Text0 is Text, and empty for an unknown value.
func (v Value) Text0() string {
	if v.Kind == Unknown {
		return ""
	}
	return v.Text()
}
