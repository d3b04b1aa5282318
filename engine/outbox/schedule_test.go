package outbox

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

const at0 = engine.Time(1_767_225_600_000_000) // 2026-01-01T00:00:00Z, 08:00 in Shanghai

func TestNextAttempt(t *testing.T) {
	for _, c := range []struct {
		attempts int
		jitter   float64
		notAfter time.Duration // 0: never
		want     time.Duration
	}{
		{1, 0.5, 0, 5 * time.Second}, // half a jitter is the plain pause
		{2, 0.5, 0, 30 * time.Second},
		{3, 0.5, 0, 2 * time.Minute},
		{4, 0.5, 0, 10 * time.Minute},
		{5, 0.5, 0, 30 * time.Minute},
		{6, 0.5, 0, 2 * time.Hour},
		{7, 0.5, 0, 6 * time.Hour},
		{8, 0.5, 0, 12 * time.Hour},  // then every 12 h
		{80, 0.5, 0, 12 * time.Hour}, // for as long as the message lives
		{0, 0.5, 0, 5 * time.Second}, // no attempt counts as the first
		{1, 0, 0, 4 * time.Second},   // a fifth earlier at the least
		{1, 1, 0, 6 * time.Second},   // a fifth later at the most
		{1, -7, 0, 4 * time.Second},  // a source of jitter that is broken is held in bounds
		{1, 7, 0, 6 * time.Second},
		{1, math.NaN(), 0, 5 * time.Second},
		{7, 0.5, time.Hour, time.Hour}, // never after NotAfter: there it expires
		{7, 0.5, 6 * time.Hour, 6 * time.Hour},
	} {
		notAfter := engine.Time(0)
		if c.notAfter > 0 {
			notAfter = at0.Add(c.notAfter)
		}
		if got := NextAttempt(c.attempts, at0, notAfter, c.jitter).Sub(at0); got != c.want {
			t.Errorf("after %d attempts, jitter %v, %s to live: %s, want %s", c.attempts, c.jitter, c.notAfter, got, c.want)
		}
	}
}

func TestJitterSpreads(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	least, most := time.Hour, time.Duration(0)
	for range 10_000 {
		got := NextAttempt(2, at0, 0, random.Float64()).Sub(at0)
		least, most = min(least, got), max(most, got)
	}
	if least < 24*time.Second || most > 36*time.Second || most-least < 11*time.Second {
		t.Errorf("30 s with a fifth of jitter came as %s to %s", least, most)
	}
}

func TestAfterLimit(t *testing.T) {
	for _, c := range []struct {
		wait   time.Duration
		jitter float64
		want   time.Duration
	}{
		{10 * time.Second, 0, 10 * time.Second}, // never before Retry-After
		{10 * time.Second, 1, 11 * time.Second}, // up to a tenth later
		{0, 0, time.Minute},                     // limited without saying for how long
		{-time.Second, 0, time.Minute},
		{time.Microsecond, 0, time.Second},                // not a busy loop
		{100 * time.Hour, 0, 24 * time.Hour},              // asked again after a day
		{math.MaxInt64, 1, 26*time.Hour + 24*time.Minute}, // no overflow
	} {
		if got := afterLimit(c.wait, at0, 0, c.jitter).Sub(at0); got != c.want {
			t.Errorf("Retry-After %s, jitter %v: %s, want %s", c.wait, c.jitter, got, c.want)
		}
	}
	if got := afterLimit(time.Hour, at0, at0.Add(time.Minute), 0); got != at0.Add(time.Minute) {
		t.Errorf("beyond NotAfter: %s", got)
	}
}
