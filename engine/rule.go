package engine

import (
	"errors"
	"slices"
	"time"
)

// RuleKind is one of the four kinds of rule.
type RuleKind string

// The kinds.
const (
	Threshold  RuleKind = "threshold" // who may enter a group
	TierRule   RuleKind = "tier"      // who moves up or is held back
	RewardRule RuleKind = "reward"    // who is rewarded
	Campaign   RuleKind = "campaign"  // what is sent when
)

// Tri is a truth value of Kleene's logic.
type Tri int8

// The truth values. The zero Tri is unknown.
const (
	Maybe Tri = 0
	Yes   Tri = 1
	No    Tri = -1
)

// Outcome names a truth value as decisions store it.
func (t Tri) Outcome() Outcome {
	return [...]Outcome{OutcomeFalse, OutcomeUnknown, OutcomeTrue}[t+1]
}

// What may go wrong while a condition runs; the rule fails, the event is kept.
var (
	ErrOverflow = errors.New("a number left the range of 64-bit integers")
	ErrSteps    = errors.New("the rule takes more than 100,000 steps")
)

// Condition is a compiled yes/no expression. Both methods are pure, safe for
// concurrent use and never panic.
type Condition interface {
	// Eval decides. An error is a rule error (overflow, steps).
	Eval(f *Facts) (Tri, error)
	// Explain evaluates every part without short circuit.
	Explain(f *Facts) *Finding
}

// Expression is a compiled expression with a value.
type Expression interface {
	Eval(f *Facts) (Value, error)
	Explain(f *Facts) *Finding
}

// OnceKind says what a rule acts on once.
type OnceKind string

// The kinds of occurrence.
const (
	OncePerEvent  OnceKind = "event"
	OncePerMember OnceKind = "member"
	OncePerDay    OnceKind = "day"
	OncePerValue  OnceKind = "expression"
)

// FieldKind is the kind of an effect's field.
type FieldKind string

// The kinds of effect field.
const (
	KeyField      FieldKind = "key"        // a name, never an expression
	TextField     FieldKind = "text"       // a template with {{ expression }}
	NumberField   FieldKind = "number"     // an integer, or an expression in a string
	DurationField FieldKind = "duration"   // 0, 7d, or an expression
	TimeField     FieldKind = "time"       // an expression
	ExprField     FieldKind = "expression" // an expression of any kind
	PropsField    FieldKind = "props"      // a map of names to expressions (emit)
)

// EffectField is one field of a compiled effect: a key, or an expression. One
// that names a template has both: its key and an expression that renders it.
// Props holds the entries of a PropsField, sorted by name.
type EffectField struct {
	Name  string
	Kind  FieldKind
	Key   string
	Expr  Expression
	Props []EffectField
}

// EffectPlan is one compiled effect of a rule.
type EffectPlan struct {
	Kind   EffectKind
	Fields []EffectField
}

// Field finds a field of the plan.
func (p *EffectPlan) Field(name string) (*EffectField, bool) {
	for i := range p.Fields {
		if p.Fields[i].Name == name {
			return &p.Fields[i], true
		}
	}
	return nil, false
}

// Limit is at most Times (or, in a budget, Amount of an account) per span.
// Per is "day", "week", "month", "ever" (calendar, workspace's zone).
type Limit struct {
	Times int64
	Per   string
}

// Limits of a rule. An occurrence that a limit stops is not used up.
type Limits struct {
	PerMember *Limit
	Total     *Limit
	Budget    map[string]Limit // account -> amount per span
	Cooldown  time.Duration    // per member
}

// TierPlan is a tier rule by threshold.
type TierPlan struct {
	Ladder string
	To     string
	Hold   Condition // nil: never moves down
	Grace  time.Duration
}

// ReviewMove is one of a review's three moves.
type ReviewMove struct {
	Count    int // K of top or bottom; 0: no limit (back)
	From, To string
	When     Condition // nil: always
}

// ReviewPlan is a ranked review.
type ReviewPlan struct {
	Every          string   // half_month week month quarter 15d
	Groups         []string // or
	Ladder         string
	Score          Expression
	AllGroups      bool
	Up, Down, Back *ReviewMove
	Exempt         Condition
	Ties           []string
	ActiveDays     int // number of the metric "days with any event in that group and period"
	Notice         time.Duration
	MinGroup       int
}

// IndexKey is a top-level conjunct "field == value" or "field in [values]" of a
// rule's condition. Path is "group", "content", "origin" or "props.x". The rule
// is also a candidate when the field is missing, where it is unknown.
type IndexKey struct {
	Path   string
	Values []Value
}

// IndexBound is a top-level conjunct "metric >= least" of a rule's condition, on
// a metric that is an integer: below, the rule does not say yes.
type IndexBound struct {
	Metric int // number in the rulebook's table
	Least  int64
}

// Rule is one version of a rule, compiled and immutable. Only package rules
// makes them from text.
type Rule struct {
	Key     string
	Version int
	Kind    RuleKind
	Title   Text

	// Exactly one trigger.
	On      []string // event types, sorted
	Every   string   // schedule as written
	Misfire string   // skip or once
	Review  *ReviewPlan

	Subject  SubjectKind
	Audience Condition // of schedules; nil: all
	When     Condition // nil: always
	Once     OnceKind
	OnceExpr Expression
	After    time.Duration // decide then
	Unless   Condition     // cancels what After waits for

	Group  string // of thresholds
	Ladder string // what tier() and member.tier mean
	Tier   *TierPlan

	Then      []EffectPlan
	Otherwise []EffectPlan
	Limits    Limits

	Metrics []int // numbers in the rulebook's table, all that any expression may read
	Keys    []IndexKey
	Bounds  []IndexBound

	Shadow   bool  // decides, acts on nothing
	Percent  int   // 1 to 100: acts for this share of members by a stable hash; 0 means 100
	LiveFrom int64 // position from which it is in force
	Personal bool  // a text of it names a personal field
}

// Rulebook is the rules in force at one revision.
type Rulebook struct {
	Revision int64
	Rules    []*Rule // sorted by key
	Metrics  *MetricTable
	Kept     []int            // numbers of the metrics that live rules and segments read, sorted; nil: all of the table
	Broken   map[string]error // live rules that no longer compile, set aside
	Former   []FormerRule     // earlier versions of live rules that still have something under way, sorted by key and version
	// Segments are the compiled conditions of segments, by key.
	Segments map[string]Condition
}

// FormerRule is an earlier version of a live rule: what it began before another
// version was put in force, it ends. Rule is nil where that is to come to nothing.
type FormerRule struct {
	Key     string
	Version int
	Rule    *Rule
}

// Places are the groups or tiers that a review ranks: all that are listed, or
// those that moves start from.
func (p *ReviewPlan) Places() []string {
	if len(p.Groups) > 0 {
		return p.Groups
	}
	var out []string
	for _, m := range []*ReviewMove{p.Up, p.Down, p.Back} {
		if m != nil && !slices.Contains(out, m.From) {
			out = append(out, m.From)
		}
	}
	return out
}
