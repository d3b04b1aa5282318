package outbox

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// waits are the pauses after the first, second, third ... failed attempt; after
// the last of them the pause stays at lastWait.
var waits = [...]time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	30 * time.Minute, 2 * time.Hour, 6 * time.Hour,
}

const (
	lastWait      = 12 * time.Hour
	maxRetryAfter = 24 * time.Hour // a remote that asks for more is asked again after a day
	plainLimit    = time.Minute    // how long a channel rests that is limited without saying for how long
)

// NextAttempt is when a delivery is tried again after its nth attempt failed
// (attempts = n, from 1) at now.
//
// In words: the pause is the nth of 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h,
// and 12 h from the eighth on, times a factor drawn evenly from 0.8 to 1.2
// (jitter 0 to 1 gives 0.8 to 1.2), so that what failed together doesn't come
// back together. A time after notAfter becomes notAfter, at which the delivery
// expires; notAfter 0 is never.
func NextAttempt(attempts int, now, notAfter engine.Time, jitter float64) engine.Time {
	wait := lastWait
	if n := max(attempts, 1) - 1; n < len(waits) {
		wait = waits[n]
	}
	factor := 0.8 + 0.4*fraction(jitter)
	return upTo(now.Add(time.Duration(float64(wait)*factor)), notAfter)
}

// afterLimit is when a delivery that the remote refused for going too fast is
// tried again: never before Retry-After is over, and up to a tenth of it later.
func afterLimit(wait time.Duration, now, notAfter engine.Time, jitter float64) engine.Time {
	if wait <= 0 {
		wait = plainLimit
	}
	wait = min(max(wait, time.Second), maxRetryAfter)
	return upTo(now.Add(wait+time.Duration(float64(wait/10)*fraction(jitter))), notAfter)
}

// upTo is t, or notAfter when that comes first.
func upTo(t, notAfter engine.Time) engine.Time {
	if notAfter != 0 && t > notAfter {
		return notAfter
	}
	return t
}

// fraction holds a given jitter between 0 and 1; what is not a number is a half.
func fraction(jitter float64) float64 {
	if jitter != jitter {
		return 0.5
	}
	return min(max(jitter, 0), 1)
}
