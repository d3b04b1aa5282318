package sdk

import (
	"encoding/json"
	"time"
)

// Target is whom a message is for, as the channel understands it.
type Target struct {
	Kind    TargetKind
	Address string // empty for the channel's own endpoint
}

// Message is one thing to send.
type Message struct {
	Key      string    // the same over every attempt: give it to the remote as its idempotency key
	Attempt  int       // 1 for the first
	NotAfter time.Time // worthless afterwards; zero for never
	Target   Target
	Title    string
	Text     string
	Data     json.RawMessage // structured payload, may be empty
}

// Action is something to do to who is in a group.
type Action struct {
	Key    string // the same over every attempt
	Verb   Capability
	Group  string // the group's address on the channel
	Member string // the person's address on the channel
	To     string // move: the other group; set_role: the role
	Until  time.Time
	Reason string
}

// ActionResult is what an action yields beside its receipt.
type ActionResult struct {
	Link string // of invite_link
}

// Request is a webhook's request as the host received it.
type Request struct {
	Method   string
	Path     string // what follows the ingress id
	Query    string
	Headers  []Header
	Body     []byte // raw, at most 1 MiB
	RemoteIP string
}

// Header is one line of a head. Names are compared without case.
type Header struct{ Name, Value string }

// Response is the answer to a webhook, and what it told.
type Response struct {
	Status  int // 200 when 0
	Headers []Header
	Body    []byte
	Events  []Event
}

// Event is something that happened on the channel.
type Event struct {
	ID      string    // the remote's id; a second event with it is dropped
	Cursor  string    // where to go on after it, for Listeners
	Type    string    // one of Description.Events
	At      time.Time // when it happened, the same if it comes again; zero: when it first comes in
	Member  string    // addresses on the channel
	To      string
	Group   string
	Content string
	Props   json.RawMessage // a JSON object
}
