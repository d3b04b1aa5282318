package sdk

import (
	"fmt"
	"time"
)

// Outcome is what became of one message. The channel classifies, Bylaw decides
// when to try again.
type Outcome string

// The outcomes.
const (
	// Delivered: the remote confirmed the message.
	Delivered Outcome = "delivered"
	// Accepted: queued remotely.
	Accepted Outcome = "accepted"
	// Retryable: certainly not delivered, worth another try.
	Retryable Outcome = "retryable"
	// RateLimited: not delivered, come back after RetryAfter.
	RateLimited Outcome = "rate_limited"
	// Permanent: this message can never be delivered to this target.
	Permanent Outcome = "permanent"
	// Gone: the target no longer exists, the channel is to be disabled.
	Gone Outcome = "gone"
	// AuthFailed: the credential is wrong, the channel pauses until it is mended.
	AuthFailed Outcome = "auth_failed"
	// Unknown: it may or may not have arrived.
	Unknown Outcome = "unknown"
	// Unsupported: the channel cannot do this for this kind of target.
	Unsupported Outcome = "unsupported"
	// PolicyBlocked: the platform forbids it.
	PolicyBlocked Outcome = "policy_blocked"
)

// Receipt is the answer for one message.
type Receipt struct {
	Outcome    Outcome
	RemoteID   string
	RetryAfter time.Duration
	Code       string // the remote's own code, verbatim
	Detail     string // one sentence for the operator; secrets are removed by the SDK as well
}

// Fail makes a receipt of an outcome, the remote's code and a sentence.
func Fail(o Outcome, code, format string, args ...any) Receipt {
	return Receipt{Outcome: o, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// OK is the receipt of a confirmed message.
func OK(remoteID string) Receipt {
	return Receipt{Outcome: Delivered, RemoteID: remoteID}
}

// FailAll answers a whole batch with one receipt.
func FailAll(n int, r Receipt) []Receipt {
	out := make([]Receipt, n)
	for i := range out {
		out[i] = r
	}
	return out
}
