package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// How long a session lasts: so long after it was last used, and so long at most.
const (
	SessionIdle = 12 * time.Hour
	SessionMost = 30 * 24 * time.Hour
)

// sessionTouch is how often a session's last use is written down.
const sessionTouch = engine.Time(5 * time.Minute / time.Microsecond)

// sessionBytes is how random a session's secret is.
const sessionBytes = 32

// Session is somebody who is signed in on one device, as it is kept: everything
// but its secret.
type Session struct {
	ID        string
	Workspace string
	User      string
	Hash      string // SHA-256 of the secret, hex
	CreatedAt engine.Time
	SeenAt    engine.Time
	ExpiresAt engine.Time
	UserAgent string
	Network   string // where it was begun from
}

// Alive is whether a session may be used at a time.
func (s *Session) Alive(now engine.Time) bool { return now < s.ExpiresAt }

// lastsUntil is when a session ends that is used now and not again.
func (s *Session) lastsUntil(now engine.Time) engine.Time {
	return min(now.Add(SessionIdle), s.CreatedAt.Add(SessionMost))
}

// newSession makes a session and its secret, which is not kept.
func newSession(random io.Reader, id string, u *User, from Client, now engine.Time) (s Session, secret string, err error) {
	raw := make([]byte, sessionBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return s, "", fmt.Errorf("read randomness: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(raw)
	s = Session{ID: id, Workspace: u.Workspace, User: u.ID, Hash: hashOf(secret), CreatedAt: now, SeenAt: now, UserAgent: from.UserAgent, Network: from.Network()}
	s.ExpiresAt = s.lastsUntil(now)
	return s, secret, nil
}

// hashOf is what is kept of a secret with so much randomness that a fast hash
// without salt is enough.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sessionSecret is whether a text can be a session's secret.
func sessionSecret(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(raw) == sessionBytes
}
