package auth

import (
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Throttle makes guessing slow: each key has some attempts free, then every
// failure doubles the pause before the next, up to a longest one. What is
// refused in between costs nothing and lengthens nothing. It is safe for
// concurrent use.
type Throttle struct {
	mu         sync.Mutex
	young, old map[string]strikes // two generations, so that memory is bounded
}

// strikes are the failures of one key.
type strikes struct {
	count int
	last  engine.Time // failure
	until engine.Time // when the next attempt may be made
}

// bound is how a key is counted.
type bound struct {
	key     string
	free    int           // failures without a pause
	longest time.Duration // pause
	settles bool          // a success forgives all that failed before
}

const (
	forgiveAfter   = time.Hour // without a failure
	maxStrikes     = 50_000    // keys in a generation
	firstPause     = time.Second
	mostDoublings  = 20
	strikesForever = 1 << 20
)

// NewThrottle makes a throttle that has seen nothing.
func NewThrottle() *Throttle { return &Throttle{young: map[string]strikes{}} }

// begin takes one attempt on several keys: all of them, or none and an error
// with engine.CodeLimited that says when to come back. The attempt counts as a
// failure until passed says otherwise, so that many at once get no further than
// one after the other.
func (t *Throttle) begin(now engine.Time, bounds []bound) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var until engine.Time
	for _, b := range bounds {
		until = max(until, t.of(b.key, now).until)
	}
	if until > now {
		return &engine.Error{Code: engine.CodeLimited, RetryAfter: max(until.Sub(now), time.Second), Message: engine.Text{
			En: "too many attempts failed; wait, then try again", Zh: "失败次数过多，请稍后再试"}}
	}
	for _, b := range bounds {
		s := t.of(b.key, now)
		s.count, s.last = min(s.count+1, strikesForever), now
		if over := s.count - b.free; over >= 0 {
			s.until = now.Add(min(firstPause<<min(over, mostDoublings), b.longest))
		}
		t.put(b.key, s)
	}
	return nil
}

// passed takes an attempt back that was no failure.
func (t *Throttle) passed(bounds []bound) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range bounds {
		if s, ok := t.look(b.key); ok && s.count > 1 {
			s.count, s.until = s.count-1, 0
			t.put(b.key, s)
		} else {
			t.drop(b.key)
		}
	}
}

// forgive drops all failures of keys that a success settles.
func (t *Throttle) forgive(bounds []bound) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range bounds {
		if b.settles {
			t.drop(b.key)
		}
	}
}

func (t *Throttle) drop(key string) {
	delete(t.young, key)
	delete(t.old, key)
}

func (t *Throttle) look(key string) (strikes, bool) {
	s, ok := t.young[key]
	if !ok {
		s, ok = t.old[key]
	}
	return s, ok
}

// of are the failures of a key that still count.
func (t *Throttle) of(key string, now engine.Time) strikes {
	s, _ := t.look(key)
	if now >= max(s.until, s.last).Add(forgiveAfter) {
		return strikes{}
	}
	return s
}

func (t *Throttle) put(key string, s strikes) {
	if _, known := t.young[key]; !known && len(t.young) >= maxStrikes {
		t.old, t.young = t.young, map[string]strikes{}
	}
	t.young[key] = s
}
