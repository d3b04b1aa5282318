package machine

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// Books compiles the rules among definitions. Implemented by package rules; it
// is called once per revision and its answer is kept.
type Books interface {
	Book(revision int64, rules []engine.Definition, defs *engine.Definitions) (*engine.Rulebook, error)
}

// Status says what became of one event.
type Status string

// The statuses.
const (
	Accepted  Status = "accepted"
	Duplicate Status = "duplicate"
	Invalid   Status = "invalid"
)

// Show says which decisions an answer lists.
type Show string

// What an answer lists.
const (
	ShowNone    Show = "none"
	ShowMatched Show = "matched" // outcome true; and all of thresholds
	ShowAll     Show = "all"
)

// Batch is events from one credential.
type Batch struct {
	Source   string // the credential's namespace for event ids
	Received engine.Time
	History  bool // mode=history: stored and counted, decides nothing
	Show     Show
	Reserved bool // may use bylaw.* types: only the server itself
	Events   []engine.Event
	// Problems found while decoding, by index into Events: such an event is
	// answered invalid and not looked at.
	Problems map[int][]engine.Problem
	By       string // who, for audit of changes made by hand
}

// Result is what became of one event, in the order sent.
type Result struct {
	ID        string
	Status    Status
	Position  int64
	Decisions []engine.Decision
	Problems  []engine.Problem // when invalid
}

// Accepter is what the API needs of the machine for events.
type Accepter interface {
	// Accept validates, stores and decides a batch in one transaction and answers
	// each event in order. An error means that nothing of the batch was stored
	// (or, when the database's answer was lost, that sending it again is safe).
	Accept(ctx context.Context, workspace string, b Batch) ([]Result, error)
}
