package engine

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// decodeCanonical rebuilds an event from a body in the form that appendEvent
// gives it, several times as fast as a reader of any JSON. It is false where
// anything is unusual: escapes, lists, blanks, unknown names.
func decodeCanonical(s *StoredEvent) (*Event, bool) {
	c := canonical{rest: string(s.Body)}
	e := &Event{Type: s.Type, At: s.At, Member: MemberRef{ID: s.Member}, MemberID: s.Member, Position: s.Position, Revision: s.Revision}
	if !c.take('{') {
		return nil, false
	}
	for first := true; !c.bad && !c.take('}'); first = false {
		if !first && !c.take(',') {
			return nil, false
		}
		if name := c.name(); name == "p" && e.Props == nil {
			e.Props = c.props()
		} else if !c.field(e, name) {
			return nil, false
		}
	}
	return e, !c.bad && c.rest == ""
}

// field reads one member of a body that is not its properties.
func (c *canonical) field(e *Event, name string) bool {
	switch name {
	case "d":
		e.Depth = int(c.integer())
		return !c.bad
	case "pa":
		e.Parent = c.integer()
		return !c.bad
	}
	text := c.text()
	switch name {
	case "s":
		e.Source = text
	case "i":
		e.ID = text
	case "c":
		e.Member.Channel = text
	case "x":
		e.Member.ExternalID = text
	case "t":
		e.To.ID, e.ToID = text, text
	case "tc":
		e.To.Channel = text
	case "tx":
		e.To.ExternalID = text
	case "g":
		e.Group = text
	case "n":
		e.Content = text
	case "o":
		e.Origin = text
	case "f":
		e.History, e.Late = strings.Contains(text, "h"), strings.Contains(text, "l")
	default:
		return false
	}
	return !c.bad
}

// canonical reads the parts of a body; bad says that one is written otherwise.
type canonical struct {
	rest string
	bad  bool
}

// take goes over one byte if it comes next.
func (c *canonical) take(b byte) bool {
	if c.bad || c.rest == "" || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// name reads a member's name and the colon.
func (c *canonical) name() string {
	name := c.text()
	c.bad = c.bad || !c.take(':')
	return name
}

// text reads a string without escapes.
func (c *canonical) text() string {
	if !c.take('"') {
		c.bad = true
		return ""
	}
	ascii := true
	for i := 0; i < len(c.rest); i++ {
		switch b := c.rest[i]; {
		case b == '"':
			s := c.rest[:i]
			c.rest = c.rest[i+1:]
			c.bad = c.bad || !ascii && !utf8.ValidString(s)
			return s
		case b == '\\' || b < ' ':
			c.bad = true
			return ""
		case b >= utf8.RuneSelf:
			ascii = false
		}
	}
	c.bad = true
	return ""
}

// number takes the text of a number without an exponent.
func (c *canonical) number() string {
	n := 0
	for n < len(c.rest) && (c.rest[n] == '-' || c.rest[n] == '.' || c.rest[n] >= '0' && c.rest[n] <= '9') {
		n++
	}
	s := c.rest[:n]
	c.rest = c.rest[n:]
	if whole, fraction, found := strings.Cut(strings.TrimPrefix(s, "-"), "."); !digits(whole) || len(whole) > 1 && whole[0] == '0' || found && !digits(fraction) {
		c.bad = true
	}
	return s
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (c *canonical) integer() int64 {
	n, err := strconv.ParseInt(c.number(), 10, 64)
	c.bad = c.bad || err != nil
	return n
}

// props reads properties whose names rise, and whose values are numbers, texts
// and booleans.
func (c *canonical) props() (props []Prop) {
	c.bad = c.bad || !c.take('{')
	for first := true; !c.bad && !c.take('}'); first = false {
		if !first && !c.take(',') {
			c.bad = true
			return nil
		}
		p := Prop{Name: c.name()}
		if p.Value = c.value(); len(props) > 0 && props[len(props)-1].Name >= p.Name {
			c.bad = true
		}
		if props == nil {
			props = make([]Prop, 0, 4)
		}
		props = append(props, p)
	}
	return props
}

func (c *canonical) value() (v Value) {
	if c.bad || c.rest == "" {
		c.bad = true
		return v
	}
	switch first := c.rest[0]; {
	case first == '"':
		return StringValue(c.text())
	case strings.HasPrefix(c.rest, "true"):
		c.rest = c.rest[4:]
		return BoolValue(true)
	case strings.HasPrefix(c.rest, "false"):
		c.rest = c.rest[5:]
		return BoolValue(false)
	case first == '-' || first >= '0' && first <= '9':
		var err error
		if v, err = ParseNumber(c.number()); err != nil {
			c.bad = true
		}
		return v
	}
	c.bad = true
	return v
}
