package engine

import (
	"context"
	"encoding/json"
	"time"
)

// SendOutcome is what a channel says became of one message. The channel
// classifies; the engine owns what happens next (see NextAttempt).
type SendOutcome string

// The outcomes a channel may report.
const (
	// Delivered: the remote confirmed the message.
	Delivered SendOutcome = "delivered"
	// Accepted: queued remotely; treated as delivered.
	Accepted SendOutcome = "accepted"
	// Retryable: certainly not delivered, worth another try.
	Retryable SendOutcome = "retryable"
	// RateLimited: not delivered, come back after RetryAfter.
	RateLimited SendOutcome = "rate_limited"
	// Permanent: this message can never be delivered to this target.
	Permanent SendOutcome = "permanent"
	// Gone: the target itself no longer exists (HTTP 410): the channel is disabled.
	Gone SendOutcome = "gone"
	// AuthFailed: the credential is wrong; the channel pauses until it is mended.
	AuthFailed SendOutcome = "auth_failed"
	// UnknownOutcome: it may or may not have arrived. Sent again only where the channel de-duplicates.
	UnknownOutcome SendOutcome = "unknown"
	// Unsupported: the channel cannot do this for this kind of target.
	Unsupported SendOutcome = "unsupported"
	// PolicyBlocked: the platform forbids it (window closed, user blocked, content filter).
	PolicyBlocked SendOutcome = "policy_blocked"
)

// TargetKind says what an address names.
type TargetKind string

// The kinds of target.
const (
	ToMember  TargetKind = "member"  // a person, by the address of their identity on the channel
	ToGroup   TargetKind = "group"   // a room
	ToWebhook TargetKind = "webhook" // the channel's own configured endpoint
	ToUser    TargetKind = "user"    // a console user (operator)
)

// What the address of a target of ToUser begins with, in a delivery. It names
// users and no address: users are no part of the log, so where they are reached is
// looked up when the message is sent, and a replay decides the same without them.
const (
	UsersOfRole = "role:"  // every active user of that role or one above it
	UserOfLogin = "login:" // the one with that login
	UserOfID    = "id:"    // the one with that id
)

// Target is whom a message is for, as the channel understands it. Of a ToUser in
// a delivery the address names users, see UsersOfRole.
type Target struct {
	Kind    TargetKind `json:"kind"`
	Address string     `json:"address"`
}

// Message is one thing a channel is asked to send. Key is the same over every
// attempt of one delivery: it is the idempotency key given to the remote.
type Message struct {
	Key      string          `json:"key"`
	Attempt  int             `json:"attempt"` // 1 for the first
	NotAfter time.Time       `json:"not_after"`
	Target   Target          `json:"target"`
	Title    string          `json:"title,omitempty"`
	Text     string          `json:"text"`
	Data     json.RawMessage `json:"data,omitempty"` // structured payload, for webhooks: {"type","timestamp","data"}
}

// Receipt is a channel's answer for one message.
type Receipt struct {
	Outcome    SendOutcome   `json:"outcome"`
	RemoteID   string        `json:"remote_id,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
	Code       string        `json:"code,omitempty"`   // the remote's own code, verbatim
	Detail     string        `json:"detail,omitempty"` // one sentence for the operator, without secrets
}

// ChannelConfig is one configured instance of a channel plugin in one workspace.
type ChannelConfig struct {
	Workspace string
	Key       string // the channel's key in its workspace
	Plugin    string // the plugin's id, e.g. "webhook"
	Revision  int64  // grows with each edit; a plugin replaces its instance when it grows
	Config    json.RawMessage
	Secrets   map[string]string // decrypted; given to the plugin over its private connection only
}

// ChannelTraits is what a channel declares about sending.
type ChannelTraits struct {
	Dedupes   bool          // the remote recognises Message.Key
	DedupeFor time.Duration // for how long; 0 means as long as the message is valid
	MaxBatch  int           // messages per Send call
	Targets   []TargetKind
	Reports   []string // event types it reports; empty for a channel that only sends
}

// Channels sends through channel plugins. Implementations contain a plugin's
// crash, hang or garbage: Send always answers within the context's deadline
// with one receipt per message, in order.
type Channels interface {
	Send(ctx context.Context, c ChannelConfig, batch []Message) []Receipt
	Traits(ctx context.Context, plugin string) (ChannelTraits, error)
}
