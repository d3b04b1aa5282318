package app

import (
	"testing"
	"testing/synctest"
	"time"
)

// Long work steps aside for live work as long as that takes, and no longer: a
// server on which little happens has its back-tests at full speed.
func TestLongWorkStepsAside(t *testing.T) {
	for name, c := range map[string]struct{ live, pause time.Duration }{
		"nothing live": {0, 0},
		"one event":    {5 * time.Millisecond, 60 * time.Millisecond},
		"all the time": {100 * time.Millisecond, 1200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var live liveWork
				yield := live.yielder()
				for range 3 {
					if c.live > 0 {
						first, second := live.begin(), live.begin() // two at once count once
						time.Sleep(c.live)
						first()
						second()
					}
					time.Sleep(100*time.Millisecond - c.live)
					from := time.Now()
					if err := yield(t.Context()); err != nil {
						t.Fatal(err)
					}
					if got := time.Since(from); got != c.pause {
						t.Errorf("it waited %v, not %v", got, c.pause)
					}
				}
			})
		})
	}
}

// TestLongWorkStepsAsideForWhoIsInside: a call that still works counts too.
func TestLongWorkStepsAsideForWhoIsInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var live liveWork
		yield := live.yielder()
		end := live.begin()
		time.Sleep(50 * time.Millisecond)
		from := time.Now()
		if err := yield(t.Context()); err != nil {
			t.Fatal(err)
		}
		end()
		if got := time.Since(from); got != 600*time.Millisecond {
			t.Errorf("it waited %v", got)
		}
	})
}
