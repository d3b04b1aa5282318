package api

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// proxied lets tests say where a call comes from.
func proxied(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }

func from(ip string) string { return "X-Forwarded-For: " + ip }

func (b *bundle) guess(login, ip string) *answer {
	return b.as("", "POST", "/api/v1/session", credentials(login, "wrong password"), from(ip))
}

// Whoever guesses somebody's password is slowed down, and locks nobody out: not
// the devices that are known, nor those who come from elsewhere.
func TestGuessingLocksNobodyOut(t *testing.T) {
	b := setup(t, proxied)
	b.person("ws_a", "an", auth.Operator)
	b.person("ws_a", "bo", auth.Operator)
	known := b.enter("an", credentials("an", secretWord), from("198.51.100.1")).cookies()
	evil := "203.0.113.5"
	tried := 0
	for range 600 { // ten minutes, a guess a second
		a := b.guess("an", evil)
		if a.Status == 401 {
			tried++
		} else if n, err := strconv.Atoi(a.want(429).Header.Get("Retry-After")); err != nil || n < 1 || n > 300 {
			t.Fatalf("Retry-After %d %v", n, err)
		}
		b.now = b.now.Add(time.Second)
	}
	if tried > 16 {
		t.Errorf("%d guesses in ten minutes", tried)
	}
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord), from(evil)).want(429)
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord), from(evil), "Cookie: "+known).want(201)       // known, even from there
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord), from("198.51.100.9")).want(201)               // new, from elsewhere
	b.as("", "POST", "/api/v1/session", credentials("bo", secretWord), from(evil)).want(201)                         // somebody else there
	b.as("", "POST", "/api/v1/session", credentials("bo", "wrong password"), from(evil), "Cookie: "+known).want(401) // another's device counts as none
}

// Many addresses at once slow a login down by half a minute at most.
func TestGuessingFromManyAddresses(t *testing.T) {
	b := setup(t, proxied)
	b.person("ws_a", "an", auth.Operator)
	known := b.enter("an", credentials("an", secretWord)).cookies()
	tried, refused := 0, 0
	for i := range 150 {
		if b.guess("an", fmt.Sprintf("203.0.%d.%d", i/200, i%200)).Status == 401 {
			tried++
		} else {
			refused++
		}
	}
	if tried > 60 || refused < 90 {
		t.Errorf("%d guesses at once", tried)
	}
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord), "Cookie: "+known).want(201)
	b.now = b.now.Add(30 * time.Second)
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord), from("198.51.100.9")).want(201)
}

// One address that tries many logins is slowed down as well.
func TestGuessingManyLogins(t *testing.T) {
	b := setup(t, proxied)
	tried := 0
	for i := range 60 {
		if b.guess(fmt.Sprintf("user%d", i), "2001:db8::"+strconv.Itoa(i)).Status == 401 { // one household's addresses
			tried++
		}
	}
	if tried > 30 {
		t.Errorf("%d guesses at once", tried)
	}
}
