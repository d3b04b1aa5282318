package engine

import "time"

// Limits of an event.
const (
	MaxEventBytes  = 64 << 10
	MaxPropsDepth  = 32
	MaxBatch       = 1000
	MaxIDLength    = 128
	MaxAhead       = 5 * time.Minute // an "at" further ahead of receipt is refused
	LateAfter      = 48 * time.Hour  // behind the member's newest: stored, counted, decides nothing
	ReservedPrefix = "bylaw."        // types of changes made by hand, refused from outside
	// PositionStride is how far apart events from outside stand in the order:
	// what one of them emits stands in the gap behind it.
	PositionStride = 4096
	MaxEmitDepth   = 5
)

// Identity is a member's id on a channel. The channel is a name that needs no
// configured plugin.
type Identity struct {
	Channel    string `json:"channel"`
	ExternalID string `json:"external_id"`
}

// Key is the identity as one string.
func (i Identity) Key() string { return i.Channel + ":" + i.ExternalID }

// MemberRef names a member by Bylaw's id or by an identity, which is created
// when nobody has it.
type MemberRef struct {
	ID string `json:"id,omitempty"`
	Identity
}

// IsZero is whether nobody is named.
func (r MemberRef) IsZero() bool { return r == MemberRef{} }

// Prop is one property of an event.
type Prop struct {
	Name  string
	Value Value
}

// Event is one thing that happened. It is immutable once it has a Position.
type Event struct {
	// As sent. Source is the credential's namespace: ID is unique within it.
	Source  string
	ID      string
	Type    string
	At      Time
	Member  MemberRef // the subject; empty for types about a group, content or workspace
	To      MemberRef // the other person, where the type has one
	Group   string
	Content string
	Origin  string
	Props   []Prop // sorted by name

	// Set by the engine.
	MemberID string // resolved; "" when the event has no member
	ToID     string
	Position int64 // place in the workspace's order, from 1
	Revision int64 // definitions and rules in force when it was decided
	History  bool  // imported with mode=history: counted, decides nothing
	Late     bool  // more than LateAfter behind the member's newest: counted, decides nothing
	Depth    int   // 0 for an event from outside, parent's + 1 for an emitted one
	Parent   int64 // position of the event that emitted it
}

// Prop gives a property; unknown (missing_prop) where the event has none.
func (e *Event) Prop(name string) Value {
	for i := range e.Props {
		if e.Props[i].Name == name {
			return e.Props[i].Value
		}
	}
	return UnknownValue(MissingProp)
}

// SubjectKind is what a rule or an event type is about.
type SubjectKind string

// The kinds of subject.
const (
	SubjectMember    SubjectKind = "member"
	SubjectGroup     SubjectKind = "group"
	SubjectContent   SubjectKind = "content"
	SubjectWorkspace SubjectKind = "workspace"
)

// Field is a declared, typed property of an event type or attribute of members.
type Field struct {
	Name        string   `json:"name"`
	Kind        Kind     `json:"-"`
	Type        string   `json:"type"` // the kind's name
	Title       Text     `json:"title,omitzero"`
	NonNegative bool     `json:"non_negative,omitempty"` // sums of it may be lower bounds
	Personal    bool     `json:"personal,omitempty"`     // kept outside the log, erasable, never in conditions
	Values      []string `json:"values,omitempty"`       // the values it may take, for completion; empty: any
}

// EventType describes a kind of event: what it is about and its fields.
type EventType struct {
	Key          string      `json:"key"`
	Title        Text        `json:"title"`
	Subject      SubjectKind `json:"subject"`
	Fields       []Field     `json:"fields"`
	CoveredFrom  Time        `json:"covered_from,omitzero"`  // declared; else the channel's first accepted event
	Requirements []int       `json:"requirements,omitempty"` // lines of requirements.md that it serves
	Builtin      bool        `json:"builtin,omitempty"`
}

// FieldNamed finds a declared field.
func (t *EventType) FieldNamed(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
