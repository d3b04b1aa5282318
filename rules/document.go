package rules

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Bounds of a document.
const (
	MaxDocument   = 64 << 10 // bytes
	MaxTypes      = 50       // event types that one rule listens to
	MaxEffects    = 20       // effects in then, and in otherwise
	MaxCases      = 100
	MaxCaseEvents = 10_000 // events of one case, repetitions counted
)

// Document is a rule as its author wrote it, read but not yet compiled. Fields
// that were left out have their defaults. It is not changed after Parse.
type Document struct {
	Source []byte // the author's bytes
	Key    string
	Kind   engine.RuleKind
	Title  engine.Text

	On      []string // event types as written; of thresholds group.applied
	Every   string   // schedule
	Misfire string   // skip or once
	Review  *Review

	Subject  engine.SubjectKind
	Audience *Scalar
	When     *Scalar
	Once     engine.OnceKind
	OnceExpr *Scalar // when Once is an expression
	After    time.Duration
	Unless   *Scalar

	Group  string
	Ladder string // what tier() and member.tier mean, "default" when not said
	Tier   *Tier

	Then      []Effect
	Otherwise []Effect
	Limits    engine.Limits
	Cases     []Case

	root     *node
	problems []engine.Problem
}

// Scalar is an expression or text as its author wrote it, with its place.
type Scalar struct{ n *node }

// Text is the value without quotes and escapes.
func (s *Scalar) Text() string { return s.n.text }

// Path is the value's JSON pointer in the document.
func (s *Scalar) Path() string { return s.n.path }

// Tier is the tier of a tier rule by threshold.
type Tier struct {
	Ladder string
	To     string
	Hold   *Scalar
	Grace  time.Duration
}

// Review is a ranked review.
type Review struct {
	Every          string
	Groups         []string
	Ladder         string
	Score          *Scalar
	AllGroups      bool
	Up, Down, Back *Move
	Exempt         *Scalar
	Ties           []string
	Notice         time.Duration
	MinGroup       int
}

// Move is one of a review's moves. Count is K of top or bottom, 0 for back.
type Move struct {
	Count    int
	From, To string
	When     *Scalar
}

// Effect is one effect as written. Its fields are checked against the schema.
type Effect struct {
	Kind   engine.EffectKind
	Fields []EffectField
	n      *node // its name
	body   *node // its fields, nil without
}

// EffectField is one field of an effect as written.
type EffectField struct {
	Schema engine.FieldSchema
	n      *node
}

// find gives a field's text, "" where it was not given.
func (e *Effect) find(name string) (*node, bool) {
	for _, f := range e.Fields {
		if f.Schema.Name == name {
			return f.n, true
		}
	}
	return nil, false
}

// Problems are what Parse found.
func (d *Document) Problems() []engine.Problem { return d.problems }

// node finds the value at a JSON pointer; the whole document where there is none.
func (d *Document) node(path string) *node {
	if n := d.root.at(path); n != nil {
		return n
	}
	return d.root
}
