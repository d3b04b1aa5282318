package engine

import "context"

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states. Pending and held wait; sending is leased; the others are final,
// though an operator may replay dead, expired and uncertain ones.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryHeld      DeliveryState = "held" // the gate holds it until Due, see Because
	DeliverySending   DeliveryState = "sending"
	DeliverySent      DeliveryState = "sent"
	DeliveryUncertain DeliveryState = "uncertain" // may have arrived; not sent again by itself
	DeliveryDropped   DeliveryState = "dropped"   // the gate refused it for good, see Because
	DeliveryExpired   DeliveryState = "expired"
	DeliveryDead      DeliveryState = "dead" // failed for good
)

// Delivery is one message to one target through one channel. ID is its stable
// idempotency key.
type Delivery struct {
	Workspace string        `json:"-"`
	ID        string        `json:"id"`
	Position  int64         `json:"position"`
	Channel   string        `json:"channel"`
	Member    string        `json:"member,omitempty"` // the person it is for, or about
	Group     string        `json:"group,omitempty"`
	Rule      string        `json:"rule,omitempty"`
	Version   int           `json:"version,omitempty"`
	State     DeliveryState `json:"state"`
	Because   Reason        `json:"because,omitempty"`
	Due       Time          `json:"due"`       // next look
	NotAfter  Time          `json:"not_after"` // then it expires
	Attempts  int           `json:"attempts"`
	Promotes  bool          `json:"promotes,omitempty"`
	Service   bool          `json:"service,omitempty"` // bypasses caps, never consent
	Target    Target        `json:"target"`
	Title     string        `json:"title,omitempty"`
	Text      string        `json:"text,omitempty"`
	Data      []byte        `json:"-"`
	CreatedAt Time          `json:"created_at"`
	SentAt    Time          `json:"sent_at,omitempty"` // when it was sent, or may first have been
	RemoteID  string        `json:"remote_id,omitempty"`
	Code      string        `json:"code,omitempty"`
	Detail    string        `json:"detail,omitempty"`
	Epoch     int64         `json:"-"`                   // grows with each claim; every settle checks it
	Lease     Time          `json:"-"`                   // claimed until
	Day       int32         `json:"ended_day,omitempty"` // the local day on which it ended, and by which a settle counts it; 0: it is not counted
}

// DeliveryQuery selects deliveries of one workspace, newest first.
type DeliveryQuery struct {
	State           DeliveryState
	Channel, Member string
	Parts           []string // with Member: also of these, who became them
	Rule            string
	UpTo            int64 // positions up to and including
	After           int64 // positions greater than
	Page
}

// OutboxStore is the queue of deliveries over all workspaces. Claims are
// compare-and-set leases with an epoch; a settle with an old epoch changes nothing.
type OutboxStore interface {
	// Claim leases up to limit deliveries that are due (pending, held, or sending
	// with a lease that ran out) until the given time, oldest due first.
	Claim(ctx context.Context, now, until Time, limit int) ([]Delivery, error)
	// Settle writes the result of claimed deliveries; those whose epoch moved on
	// are left alone and reported by id. One settled as sending stays claimed, with
	// its lease and epoch: that puts an attempt on record before it is made. What
	// ends on a Day is counted as a DeliveryFigure.
	Settle(ctx context.Context, settled []Delivery) (lost []string, err error)
	// SentSince counts messages sent or being sent to a member, or to a group, since
	// a time: all and promotional, for caps and share. What is being sent counts
	// from its claim on, anything else from its SentAt, whatever its state: a
	// pending delivery may have arrived by an earlier attempt.
	SentSince(ctx context.Context, q SentQuery) (all, promotional int, err error)
	// Replay makes a dead, expired, dropped or uncertain delivery pending again.
	Replay(ctx context.Context, workspace, id string, now, notAfter Time) (Delivery, error)
	// Queue adds deliveries to a workspace; of those whose id is known the first
	// stays as it is.
	Queue(ctx context.Context, workspace string, deliveries []Delivery) error
	// NextDue is when the next delivery is due; 0 when none waits.
	NextDue(ctx context.Context) (Time, error)
}

// SentQuery asks how many messages went to somebody since a time.
type SentQuery struct {
	Workspace, Member, Group, Channel string
	Since                             Time
}
