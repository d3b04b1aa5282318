package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bylaw-dev/bylaw/engine"
)

// Limiter bounds how fast each key (a token, an address) may call. The nil
// Limiter lets everything pass. It is safe for concurrent use.
type Limiter struct {
	perSecond rate.Limit
	burst     int
	mu        sync.Mutex
	keys      map[string]*rate.Limiter
}

// maxLimited bounds how many keys are remembered; past it all begin anew.
const maxLimited = 100_000

// NewLimiter allows perSecond calls a second with bursts; nil when perSecond is
// not positive.
func NewLimiter(perSecond float64, burst int) *Limiter {
	if perSecond <= 0 {
		return nil
	}
	return &Limiter{perSecond: rate.Limit(perSecond), burst: max(burst, 1), keys: map[string]*rate.Limiter{}}
}

// Allow takes one call of a key: nil, or an error with engine.CodeLimited that
// says when to come back.
func (l *Limiter) Allow(key string, now engine.Time) error {
	if l == nil {
		return nil
	}
	r := l.of(key).ReserveN(now.Std(), 1)
	wait := r.DelayFrom(now.Std())
	if r.OK() && wait == 0 {
		return nil
	}
	r.CancelAt(now.Std())
	return &engine.Error{Code: engine.CodeLimited, RetryAfter: max(wait, time.Second),
		Message: engine.Text{En: "too many calls; come back later", Zh: "调用过于频繁，请稍后再试"}}
}

func (l *Limiter) of(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.keys[key]
	if one == nil {
		if len(l.keys) >= maxLimited {
			clear(l.keys)
		}
		one = rate.NewLimiter(l.perSecond, l.burst)
		l.keys[key] = one
	}
	return one
}
