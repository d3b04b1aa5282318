package engine

// Outcome of a decision.
type Outcome string

// The outcomes.
const (
	OutcomeTrue    Outcome = "true"
	OutcomeFalse   Outcome = "false"
	OutcomeUnknown Outcome = "unknown"
	OutcomeError   Outcome = "error"
)

// Why a true decision did nothing, or a decision was not made; beside the
// reasons of unknown values. The list is closed.
const (
	NotMatched   Reason = "not_matched"
	AlreadyDone  Reason = "already_done" // the occurrence was used
	Paused       Reason = "paused"
	Cooldown     Reason = "cooldown"
	CapReached   Reason = "cap"
	OverBudget   Reason = "budget"
	QuietHours   Reason = "quiet_hours"
	NoConsent    Reason = "no_consent"
	Suppressed   Reason = "suppressed"
	Expired      Reason = "expired"
	NoStock      Reason = "no_stock"
	NoSeat       Reason = "no_seat"
	RuleError    Reason = "error"
	FieldUnknown Reason = "field_unknown" // an effect's field was unknown
	Waiting      Reason = "waiting"       // after: decides later
	Cancelled    Reason = "cancelled"     // unless: came true
	InShadow     Reason = "shadow"
	OutsideShare Reason = "outside_percentage"
	Unreachable  Reason = "unreachable" // no address on the channel
	OneEach      Reason = "one_each"    // it was for several users, each of whom has a delivery of their own
	PromoShare   Reason = "promo_share"
	Quota        Reason = "quota"
	ChannelDown  Reason = "channel_disabled"
	WrongKind    Reason = "not_a_member" // an effect that needs a member had none
)

// Decision is one rule version deciding one occurrence.
type Decision struct {
	Position   int64    `json:"position"` // of the event that asked; the place in the order
	Number     int      `json:"number"`   // among the decisions of that position, from 0
	Rule       string   `json:"rule"`
	Version    int      `json:"version"`
	Subject    string   `json:"subject"` // member id, group, content key, or "" for the workspace
	Occurrence string   `json:"occurrence,omitempty"`
	Outcome    Outcome  `json:"outcome"`
	Reason     Reason   `json:"reason,omitempty"` // why unknown, or why a true one did nothing
	Detail     string   `json:"detail,omitempty"` // error text, limit, field
	At         Time     `json:"at"`
	Shadow     bool     `json:"shadow,omitempty"`
	Answer     string   `json:"answer,omitempty"`  // of thresholds: admit, wait or deny
	Reasons    []Text   `json:"reasons,omitempty"` // of thresholds: what is unmet, fit to show
	Effects    []Effect `json:"effects,omitempty"`
}

// Effect is one thing a decision made. Key is (rule, subject, occurrence,
// number) and unique in the workspace for ever.
type Effect struct {
	Kind   EffectKind       `json:"kind"`
	Number int              `json:"number"`
	Fields map[string]Value `json:"fields,omitempty"`
	Ref    string           `json:"ref,omitempty"`    // id of the ledger entry, delivery, task ... it made
	Reason Reason           `json:"reason,omitempty"` // why it did nothing
}

// EffectKey writes the key that makes an effect happen at most once.
func EffectKey(rule, subject, occurrence string, number int) string {
	return rule + "\x1f" + subject + "\x1f" + occurrence + "\x1f" + string(rune('0'+number%10)) + string(rune('0'+number/10))
}

// LedgerEntry moves points on one account of one member. Entries are never changed.
type LedgerEntry struct {
	ID         string `json:"id"` // position-number, sorts in order
	Position   int64  `json:"position"`
	Member     string `json:"member"`
	Account    string `json:"account"`
	Amount     int64  `json:"amount"` // negative takes
	Kind       string `json:"kind"`   // grant, deduct, expire, reverse, pay, hand, merge
	Rule       string `json:"rule,omitempty"`
	Version    int    `json:"version,omitempty"`
	Occurrence string `json:"occurrence,omitempty"`
	Of         string `json:"of,omitempty"` // the entry that is reversed or expires
	Expires    Time   `json:"expires,omitempty"`
	At         Time   `json:"at"`
	Reason     string `json:"reason,omitempty"`
	Balance    int64  `json:"balance"` // after it
}
