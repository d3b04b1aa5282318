package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// storedEvent is the body of a StoredEvent: what is not in its columns.
type storedEvent struct {
	Source  string                     `json:"s"`
	ID      string                     `json:"i"`
	Channel string                     `json:"c"`
	Extern  string                     `json:"x"`
	ToID    string                     `json:"t"`
	ToChan  string                     `json:"tc"`
	ToExt   string                     `json:"tx"`
	Group   string                     `json:"g"`
	Content string                     `json:"n"`
	Origin  string                     `json:"o"`
	Props   map[string]json.RawMessage `json:"p"`
	Flags   string                     `json:"f"`
	Depth   int                        `json:"d"`
	Parent  int64                      `json:"pa"`
}

// EncodeEvent writes what of an event is not in the columns of a StoredEvent.
// The form is canonical: the same event gives the same bytes.
func EncodeEvent(e *Event) []byte { return appendEvent(make([]byte, 0, 256), e) }

func appendEvent(b []byte, e *Event) []byte {
	b = append(b, '{')
	for _, f := range [...]struct{ name, value string }{
		{`"s":`, e.Source}, {`"i":`, e.ID}, {`"c":`, e.Member.Channel}, {`"x":`, e.Member.ExternalID},
		{`"t":`, e.ToID}, {`"tc":`, e.To.Channel}, {`"tx":`, e.To.ExternalID},
		{`"g":`, e.Group}, {`"n":`, e.Content}, {`"o":`, e.Origin}, {`"f":`, e.flags()},
	} {
		if f.value != "" {
			b = appendQuoted(append(b, f.name...), f.value)
			b = append(b, ',')
		}
	}
	if e.Depth > 0 {
		b = strconv.AppendInt(append(b, `"d":`...), int64(e.Depth), 10)
		b = strconv.AppendInt(append(b, `,"pa":`...), e.Parent, 10)
		b = append(b, ',')
	}
	if len(e.Props) > 0 {
		b = append(AppendProps(append(b, `"p":`...), e.Props), ',')
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

func (e *Event) flags() string {
	s := ""
	if e.History {
		s = "h"
	}
	if e.Late {
		s += "l"
	}
	return s
}

// AppendProps writes properties as one JSON object.
func AppendProps(b []byte, props []Prop) []byte {
	b = append(b, '{')
	for i, p := range props {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, p.Name), ':')
		b = appendValue(b, p.Value)
	}
	return append(b, '}')
}

func appendValue(b []byte, v Value) []byte {
	switch v.Kind {
	case Int:
		return strconv.AppendInt(b, v.Num, 10)
	case Decimal:
		return AppendDecimal(b, v.Num)
	case String:
		return appendQuoted(b, v.Str)
	}
	j, err := v.MarshalJSON()
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, j...)
}

// appendQuoted writes a JSON string; the common case, plain printable ASCII,
// without a detour.
func appendQuoted(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&' {
			j, _ := json.Marshal(s) // a string cannot fail
			return append(b, j...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// DecodeEvent rebuilds an event from the log.
func DecodeEvent(s StoredEvent) (*Event, error) {
	if e, ok := decodeCanonical(&s); ok {
		return e, nil
	}
	return decodeEvent(s)
}

// decodeEvent reads a body in any form that JSON allows.
func decodeEvent(s StoredEvent) (*Event, error) {
	var b storedEvent
	if err := json.Unmarshal(s.Body, &b); err != nil {
		return nil, fmt.Errorf("event at position %d: %w", s.Position, err)
	}
	props, err := decodeProps(b.Props)
	if err != nil {
		return nil, fmt.Errorf("event at position %d: %w", s.Position, err)
	}
	e := &Event{
		Source: b.Source, ID: b.ID, Type: s.Type, At: s.At,
		Member: MemberRef{ID: s.Member, Identity: Identity{b.Channel, b.Extern}},
		To:     MemberRef{ID: b.ToID, Identity: Identity{b.ToChan, b.ToExt}},
		Group:  b.Group, Content: b.Content, Origin: b.Origin, Props: props,
		MemberID: s.Member, ToID: b.ToID, Position: s.Position, Revision: s.Revision,
		History: strings.Contains(b.Flags, "h"), Late: strings.Contains(b.Flags, "l"),
		Depth: b.Depth, Parent: b.Parent,
	}
	return e, nil
}

func decodeProps(m map[string]json.RawMessage) ([]Prop, error) {
	if len(m) == 0 {
		return nil, nil
	}
	props := make([]Prop, 0, len(m))
	for name, raw := range m {
		v, err := ParseValue(raw)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", name, err)
		}
		props = append(props, Prop{name, v})
	}
	SortProps(props)
	return props, nil
}

// SortProps orders properties by name, as an Event keeps them.
func SortProps(props []Prop) {
	slices.SortFunc(props, func(a, b Prop) int { return strings.Compare(a.Name, b.Name) })
}

// Peeked is what a stored event's body says of where it belongs.
type Peeked struct {
	Channel, Group, Content string
	History                 bool
}

// PeekEvent reads a few texts of a stored event's body without decoding it all.
// A body that is none says nothing.
func PeekEvent(body []byte) (p Peeked) {
	rest := string(body)
	for {
		name, value, after, ok := nextText(rest)
		if !ok {
			return p
		}
		switch name {
		case "c":
			p.Channel = value
		case "g":
			p.Group = value
		case "n":
			p.Content = value
		case "f":
			p.History = strings.Contains(value, "h")
		}
		rest = after
	}
}

// nextText reads one member {"name":"value" of an object, as appendEvent writes
// them; not ok at the first that is no text.
func nextText(s string) (name, value, rest string, ok bool) {
	if len(s) < 2 || s[1] != '"' {
		return "", "", "", false
	}
	name, s, ok = strings.Cut(s[2:], `":"`)
	if !ok || len(name) > 2 {
		return "", "", "", false
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			value = s[:i]
			if strings.IndexByte(value, '\\') >= 0 && json.Unmarshal([]byte(`"`+value+`"`), &value) != nil {
				return "", "", "", false
			}
			return name, value, s[i+1:], true
		}
	}
	return "", "", "", false
}
