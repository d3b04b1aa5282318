package auth

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

var morning = engine.TimeOf(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))

// pause is how long a throttle makes an attempt wait.
func pause(t *testing.T, err error) time.Duration {
	t.Helper()
	var e *engine.Error
	if err == nil {
		return 0
	}
	if !errors.As(err, &e) || e.Code != engine.CodeLimited || e.RetryAfter < time.Second {
		t.Fatal(err)
	}
	return e.RetryAfter
}

// After the free failures each doubles the pause up to the longest; what is
// refused in between lengthens nothing.
func TestPausesGrow(t *testing.T) {
	th, now := NewThrottle(), morning
	b := []bound{{"k", 3, 5 * time.Second, true}}
	for range 3 {
		if p := pause(t, th.begin(now, b)); p != 0 {
			t.Fatal(p)
		}
	}
	for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
		for range 100 {
			if p := pause(t, th.begin(now, b)); p != want {
				t.Fatalf("%v, want %v", p, want)
			}
		}
		now = now.Add(want)
		if p := pause(t, th.begin(now, b)); p != 0 {
			t.Fatal(p)
		}
	}
	now = now.Add(5*time.Second + forgiveAfter)
	for range 3 {
		if p := pause(t, th.begin(now, b)); p != 0 {
			t.Fatalf("%v after an hour without a failure", p)
		}
	}
	th.forgive(b)
	if p := pause(t, th.begin(now, b)); p != 0 {
		t.Fatalf("%v after a success", p)
	}
}

// An attempt is taken on all keys or on none, and a success takes back its own
// attempt alone on keys that it does not settle.
func TestAttemptsOnSeveralKeys(t *testing.T) {
	th := NewThrottle()
	one, all := bound{"one", 1, time.Minute, true}, bound{"all", 4, time.Minute, false}
	if pause(t, th.begin(morning, []bound{one, all})) != 0 {
		t.Fatal("the first is refused")
	}
	for range 10 {
		if pause(t, th.begin(morning, []bound{one, all})) == 0 {
			t.Fatal("taken")
		}
	}
	for i := range 2 { // failures 2 and 3 of all
		if p := pause(t, th.begin(morning, []bound{{fmt.Sprint(i), 9, time.Minute, true}, all})); p != 0 {
			t.Fatalf("what was refused counts: %v", p)
		}
	}
	good := []bound{{"good", 9, time.Minute, true}, all}
	for range 5 {
		if p := pause(t, th.begin(morning, good)); p != 0 {
			t.Fatal("a success counts as a failure", p)
		}
		th.passed(good)
		th.forgive(good)
	}
	if pause(t, th.begin(morning, []bound{all})) != 0 || pause(t, th.begin(morning, []bound{all})) == 0 {
		t.Error("successes forgive what others failed")
	}
}

// Memory is bounded, and what failed lately is remembered through it.
func TestThrottleForgetsTheOldest(t *testing.T) {
	th := NewThrottle()
	b := []bound{{"k", 1, time.Minute, true}}
	pause(t, th.begin(morning, b))
	for i := range maxStrikes + 10 {
		pause(t, th.begin(morning, []bound{{fmt.Sprint("other", i), 9, time.Minute, true}}))
	}
	if pause(t, th.begin(morning, b)) == 0 {
		t.Error("forgotten")
	}
	for i := range 2*maxStrikes + 10 {
		pause(t, th.begin(morning, []bound{{fmt.Sprint("more", i), 9, time.Minute, true}}))
	}
	if len(th.young)+len(th.old) > 2*maxStrikes {
		t.Errorf("%d are kept", len(th.young)+len(th.old))
	}
}
