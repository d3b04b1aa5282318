package outbox

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// A channel that failed this often in a row rests, and is then tried with a
// single message.
const (
	breakAfter = 20
	restFor    = time.Minute
)

// breaker rests a channel that keeps failing, so that it neither gets its
// queue thrown at it nor uses up the attempts of its messages.
type breaker struct {
	failures int // retryable or unknown, in a row
	until    engine.Time
}

// resting is whether nothing may be sent now.
func (b *breaker) resting(now engine.Time) bool { return b.failures >= breakAfter && now < b.until }

// most is how many messages may be sent at once, of n wanted.
func (b *breaker) most(n int) int {
	if b.failures >= breakAfter {
		return min(n, 1)
	}
	return n
}

// note takes in one outcome and says which way the breaker turned, if it did.
// That a message or credential is refused shows a channel that works.
func (b *breaker) note(o engine.SendOutcome, now engine.Time) (turned ChannelState) {
	switch o {
	case engine.RateLimited, engine.Gone, engine.AuthFailed:
		return ""
	case engine.Delivered, engine.Accepted, engine.Permanent, engine.Unsupported, engine.PolicyBlocked:
		if b.failures >= breakAfter {
			turned = ChannelWorking
		}
		b.failures = 0
		return turned
	}
	b.failures++
	if b.failures == breakAfter || b.failures > breakAfter && now >= b.until {
		b.until = now.Add(restFor)
		return ChannelResting
	}
	return ""
}
