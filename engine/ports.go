package engine

import "context"

// RecordKind is a kind of state that the machine loads, changes and saves by key.
type RecordKind string

// The kinds of record. A key is at most 191 bytes.
const (
	MemberRecord   RecordKind = "member"   // Member by id
	IdentityRecord RecordKind = "identity" // member id by Identity.Key()
	GroupRecord    RecordKind = "group"    // Group by key
	ContentRecord  RecordKind = "content"  // Content by key
	CellRecord     RecordKind = "cell"     // window state by subject and cell key (binary)
	MarkRecord     RecordKind = "mark"     // occurrences, counters, budgets, stock, seats, coverage: small values
)

// Record is one piece of state: Body is JSON, or binary for cells; nil deletes.
type Record struct {
	Kind RecordKind
	Key  string
	Body []byte
}

// RecordKey names a record.
type RecordKey struct {
	Kind RecordKind
	Key  string
}

// LaneState is where a workspace's order stands. It is read under the lane's lock.
type LaneState struct {
	Position int64 // of the last accepted event
	Revision int64 // of definitions and rules
}

// EventClaim asks whether an event is new: ID is a hash of source and id, Body
// a hash of what was sent, Position where it will stand if it is new.
type EventClaim struct {
	ID       [16]byte
	Body     [8]byte
	Position int64
}

// Seen is an event that was accepted before: where, and with the same body or another.
type Seen struct {
	Position int64
	SameBody bool
}

// StoredEvent is an accepted event as kept in the log.
type StoredEvent struct {
	Position int64
	Revision int64
	At       Time
	Type     string
	Member   string // resolved member id
	Body     []byte // canonical JSON of the event (EncodeEvent), without personal fields
}

// Timer makes the engine look again at Due. Key is unique in the workspace.
type Timer struct {
	Due  Time
	Key  string
	Kind string // after, expire_points, lapse_privilege, tier_hold, end_mentor, review ...
	Body []byte // JSON
}

// Item is one row of a noun that a person works through: a task, lead,
// application, invitation, link, note, review, appeal, mentor pair, coupon.
// The typed fields are what lists filter on; Body is the noun's own JSON.
type Item struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	State   string `json:"state"` // of tasks: open, done ...
	Member  string `json:"member,omitempty"`
	Group   string `json:"group,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Rule    string `json:"rule,omitempty"`
	At      Time   `json:"at"`
	Due     Time   `json:"due,omitempty"`
	Version int64  `json:"version"` // position of the last change, the ETag
	Body    []byte `json:"-"`
}

// PersonalField is a personal value, kept outside the log so that erasing
// destroys it. Position 0 is the member's own profile; otherwise the event's.
type PersonalField struct {
	Member   string
	Position int64
	Name     string
	Value    string
}

// Changes is everything one transaction writes. Order within a slice is kept.
type Changes struct {
	Position    int64 // the lane's new position
	Revision    int64 // the lane's new revision
	Events      []StoredEvent
	Records     []Record
	Ledger      []LedgerEntry
	Decisions   []Decision
	Deliveries  []Delivery
	Timers      []Timer // upserted by key
	TimersDone  []Timer // deleted (Due and Key)
	Items       []Item  // upserted by kind and id
	Definitions []Definition
	Personal    []PersonalField // an empty Value deletes
	Audit       []AuditEntry
	Past        []PastRecord // what records became and when, by position; only for a PastKeeper
	Erased      []Erasure    // whom the past is to forget; only for a Forgetter
	Figures     []Figure     // added to what the day has; each day, part and detail once
}

// Erasure is a member whose identities are to stand nowhere any more: neither in
// the log nor in what records were. A pseudonym takes their place, so that a
// replay makes the same.
type Erasure struct {
	Member     string     `json:"member"`
	Merged     []string   `json:"merged,omitempty"` // who became this member by merges
	Identities []Identity `json:"identities,omitempty"`
}

// Forgetter is a Store that keeps a past which must be rewritten.
type Forgetter interface {
	// Forget does what erasures have left to do in a workspace. It may be called
	// again and by several at once. Store.Maintain calls it too.
	Forget(ctx context.Context, workspace string) error
}

// PastRecord is a record as it was from a position on, until the next one of
// the same key: Body nil is absent. Windows have none: they follow from events.
type PastRecord struct {
	Position int64
	Record
}

// PastKeeper is a Store that may keep Changes.Past.
type PastKeeper interface {
	// KeepsPast is whether it does, so that nobody writes it for nothing.
	KeepsPast() bool
}

// AuditEntry is one mutation by a person or token.
type AuditEntry struct {
	ID      string `json:"id"`
	At      Time   `json:"at"`
	By      string `json:"by"`                // token or user id
	ByName  string `json:"by_name,omitempty"` // the token's name or the user's login, as it was then
	Action  string `json:"action"`            // e.g. "rule.publish"
	Noun    string `json:"noun"`
	Key     string `json:"key"`
	Before  string `json:"before,omitempty"` // JSON, secrets and personal fields removed
	After   string `json:"after,omitempty"`
	Request string `json:"request,omitempty"`
}

// Tx is one transaction that holds a workspace's lane. It is used by one
// goroutine. Claim must come before Save; Save once, last.
type Tx interface {
	// Lane is the state read under the lock.
	Lane() LaneState
	// Claim takes the ids of new events; for those accepted before it answers
	// where, by index into claims.
	Claim(ctx context.Context, claims []EventClaim) (map[int]Seen, error)
	// Load reads records by key; what does not exist is absent from the answer.
	Load(ctx context.Context, keys []RecordKey) (map[RecordKey][]byte, error)
	// Decisions reads the stored decisions of positions, for duplicates.
	Decisions(ctx context.Context, positions []int64) ([]Decision, error)
	// Definitions reads the versions in force at a revision, rules included.
	Definitions(ctx context.Context, revision int64) ([]Definition, error)
	// Save writes everything.
	Save(ctx context.Context, c *Changes) error
}

// Store keeps workspaces. Every method is scoped by the workspace id that it is
// given; a query without one cannot be expressed.
type Store interface {
	// Within runs fn in one transaction that holds the workspace's lane, and runs
	// it again from the start, with fresh reads, when the database asks for that.
	// An error of fn rolls back and comes back as it is. A database that cannot
	// be reached is CodeUnavailable.
	Within(ctx context.Context, workspace string, fn func(Tx) error) error
	// Reader reads without the lane.
	Reader(workspace string) Reader
	// Outbox is the workspace-spanning queue of deliveries.
	Outbox() OutboxStore
	// DueTimers lists timers of all workspaces due at or before now, oldest first.
	DueTimers(ctx context.Context, now Time, limit int) ([]DueTimer, error)
}

// DueTimer is a timer with its workspace.
type DueTimer struct {
	Workspace string
	Timer
}

// Page asks for a part of a list: up to Limit rows after Cursor ("" is the start).
type Page struct {
	Cursor string
	Limit  int
}

// Rows is a part of a list; Next is "" at the end.
type Rows[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// EventQuery selects from the log. Zero fields do not restrict.
type EventQuery struct {
	Member   string
	Group    string // with Member and Content empty
	Content  string // with Member and Group empty
	Type     string
	Types    []string // any of them
	After    int64    // positions greater than
	UpTo     int64    // positions up to and including
	From, To Time     // at in [From, To)
	Backward bool     // newest first
	Limit    int
	// Bare asks for position, time and type alone, where a Member, Group or
	// Content is named; more may be given.
	Bare bool
}

// ItemQuery selects items of one kind. Zero fields do not restrict.
type ItemQuery struct {
	Kind, State, Member, Group, Owner, Rule string
	Parts                                   []string // with Member: also of these, who became them
	DueBefore                               Time
	Page
}

// DecisionQuery selects stored decisions, newest first.
type DecisionQuery struct {
	Rule, Subject string
	Parts         []string // with Subject: also of these, who became them
	Outcome       Outcome
	From, To      Time
	UpTo          int64 // positions up to and including
	Page
}

// LedgerQuery selects ledger entries, newest first.
type LedgerQuery struct {
	Member, Account, Rule string
	UpTo                  int64 // positions up to and including
	Page
}

// LogReader reads what is only ever appended.
type LogReader interface {
	Events(ctx context.Context, q EventQuery) ([]StoredEvent, error)
	ListDecisions(ctx context.Context, q DecisionQuery) (Rows[Decision], error)
	ListLedger(ctx context.Context, q LedgerQuery) (Rows[LedgerEntry], error)
	ListAudit(ctx context.Context, p Page) (Rows[AuditEntry], error)
	// Figures gives what was counted, by day, part and detail. Its cost is that of
	// the rows in the range, whatever the workspace's size.
	Figures(ctx context.Context, q FigureQuery) ([]Figure, error)
}

// StateReader reads the present state.
type StateReader interface {
	Lane(ctx context.Context) (LaneState, error)
	Records(ctx context.Context, keys []RecordKey) (map[RecordKey][]byte, error)
	ListRecords(ctx context.Context, kind RecordKind, prefix string, p Page) (Rows[Record], error)
	ListItems(ctx context.Context, q ItemQuery) (Rows[Item], error)
	ListDeliveries(ctx context.Context, q DeliveryQuery) (Rows[Delivery], error)
	// PersonalFields gives the personal values of some members, by member, those of
	// the profile first.
	PersonalFields(ctx context.Context, members ...string) ([]PersonalField, error)
}

// DefinitionReader reads definitions.
type DefinitionReader interface {
	// DefinitionsAt gives the versions in force at a revision; 0 is the newest.
	DefinitionsAt(ctx context.Context, revision int64) ([]Definition, error)
	// DefinitionVersions gives every version of one, newest first.
	DefinitionVersions(ctx context.Context, kind DefinitionKind, key string) ([]Definition, error)
}

// PastReader reads records as they were after a position: what of them was
// written in Changes.Past.
type PastReader interface {
	// PositionAt is the last position before the first event that is later than
	// a time, imported history aside; the lane's when there is none.
	PositionAt(ctx context.Context, at Time) (int64, error)
	// RecordsAt is Records as of a position.
	RecordsAt(ctx context.Context, position int64, keys []RecordKey) (map[RecordKey][]byte, error)
	// ListRecordsAt gives all records of a kind and key prefix as of a position,
	// by key, at most limit.
	ListRecordsAt(ctx context.Context, position int64, list RecordList) ([]Record, error)
	// DecisionsAt gives the stored decisions of positions, in order.
	DecisionsAt(ctx context.Context, positions []int64) ([]Decision, error)
}

// RecordList selects records by kind and prefix; Limit 0 is all.
type RecordList struct {
	Kind   RecordKind
	Prefix string
	Limit  int
}

// Reader reads one workspace.
type Reader interface {
	LogReader
	StateReader
	DefinitionReader
	PastReader
}
