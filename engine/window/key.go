package window

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// MaxKey is the longest key of a cell in bytes; a segment's is at most 191.
const MaxKey = 160

// CellRef names a cell. Key is its record's key, the same in every plan.
type CellRef struct {
	Shape int
	Key   string
}

// Subject says whose cells are read. An empty field is not in question.
type Subject struct {
	Member  string
	Group   string
	Content string
}

// SubjectOf is whom an event is about.
func SubjectOf(e *engine.Event) Subject {
	return Subject{Member: e.MemberID, Group: e.Group, Content: e.Content}
}

func (s *Subject) of(src engine.Source) (letter byte, id string) {
	switch src {
	case engine.OfMember:
		return 'm', s.Member
	case engine.OfGroup:
		return 'g', s.Group
	}
	return 'c', s.Content
}

// KeyPrefix begins the keys of all cells of one member, group or content, so
// that they can be listed, merged and erased.
func KeyPrefix(src engine.Source, id string) string {
	s := Subject{id, id, id}
	letter, _ := s.of(src)
	return string(append(appendPart([]byte{letter, '/'}, id), '/'))
}

// Keys appends the cells that an event is folded into.
func (p *Plan) Keys(dst []CellRef, e *engine.Event) []CellRef {
	var room [512]byte
	buf, from, sub := room[:0], len(dst), SubjectOf(e)
	var ends [16]int
	marks := ends[:0]
	for _, id := range p.listeners(e.Type) {
		s := p.shapes[id]
		if !s.listens(e) {
			continue
		}
		if longer, why := s.appendKey(buf, &sub, e, s.keyed); why == "" {
			buf = longer
			dst = append(dst, CellRef{Shape: id})
			marks = append(marks, len(buf))
		}
	}
	all, start := string(buf), 0 // one string behind all keys
	for i, end := range marks {
		dst[from+i].Key = all[start:end]
		start = end
	}
	return dst
}

// Reads names the cell that a metric reads for an event and subject. The event
// may be nil (schedules, reviews) unless the metric's filter asks for its fields.
// A non-empty reason says why the metric is unknown instead.
func (p *Plan) Reads(metric int, e *engine.Event, sub Subject) (CellRef, engine.Reason) {
	m := &p.metrics[metric]
	var room [MaxKey]byte
	key, why := p.shapes[m.shape].appendKey(room[:0], &sub, e, m.from)
	if why != "" {
		return CellRef{}, why
	}
	return CellRef{Shape: m.shape, Key: string(key)}, ""
}

// appendKey writes subject, shape and filter values. On a reason the buffer
// returned is not to be used.
func (s *shape) appendKey(b []byte, sub *Subject, e *engine.Event, fields []string) ([]byte, engine.Reason) {
	letter, id := sub.of(s.source)
	if id == "" {
		return nil, engine.NoSubject
	}
	start := len(b)
	b = appendPart(append(b, letter, '/'), id)
	b = append(append(b, '/'), s.tag...)
	if len(fields) == 0 {
		return b, ""
	}
	if e == nil {
		return nil, engine.MissingProp
	}
	body := len(b)
	for _, f := range fields {
		v := fieldOf(e, f)
		switch v.Kind {
		case engine.Unknown:
			return nil, engine.MissingProp
		case engine.List, engine.Opaque:
			return nil, engine.WrongType
		}
		b = appendValue(append(b, '/'), canonical(v))
	}
	if len(b)-start > MaxKey { // many filters: their values together, hashed
		b = appendHash(append(b[:body], '/'), string(b[body:]))
	}
	return b, ""
}

// fieldOf reads what a filter or an aggregate names: a property, or the event's
// group, content or origin.
func fieldOf(e *engine.Event, name string) engine.Value {
	s := ""
	switch name {
	case "group":
		s = e.Group
	case "content":
		s = e.Content
	case "origin":
		s = e.Origin
	default:
		return e.Prop(name)
	}
	if s == "" {
		return engine.UnknownValue(engine.MissingProp)
	}
	return engine.StringValue(s)
}

// canonical gives equal numbers one form: a whole decimal is an integer.
func canonical(v engine.Value) engine.Value {
	if v.Kind == engine.Decimal && v.Num%engine.Micro == 0 {
		return engine.IntValue(v.Num / engine.Micro)
	}
	return v
}

func appendValue(b []byte, v engine.Value) []byte {
	switch v.Kind {
	case engine.String:
		return appendPart(append(b, 's'), v.Str)
	case engine.Int:
		return strconv.AppendInt(append(b, 'i'), v.Num, 10)
	case engine.Decimal:
		return strconv.AppendInt(append(b, 'd'), v.Num, 10)
	}
	return strconv.AppendInt(append(b, 'a'+byte(v.Kind)), v.Num, 36)
}

// maxPart is the longest part of a key that is written out.
const maxPart = 48

// appendPart writes a part of a key as it is, or its hash when it is long or has
// a byte that a database's collation or this key's own separators might mistake.
func appendPart(b []byte, s string) []byte {
	if len(s) > maxPart {
		return appendHash(b, s)
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '/' || c == '~' {
			return appendHash(b, s)
		}
	}
	return append(b, s...)
}

func appendHash(b []byte, s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.AppendEncode(append(b, '~'), sum[:16])
}
