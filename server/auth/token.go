package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	tokenPrefix = "byl_"
	secretLen   = 32 // of base62: 190 bits
	sumLen      = 6  // of base62: enough for 32 bits
	tokenLen    = len(tokenPrefix) + secretLen + 1 + sumLen
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Token is a credential as it is kept: everything but its secret.
type Token struct {
	ID        string      `json:"id"`
	Workspace string      `json:"-"`
	Name      string      `json:"name"`
	Role      Role        `json:"role"`
	Scopes    []Scope     `json:"scopes,omitempty"` // none: everything that the role may
	Server    bool        `json:"server,omitempty"` // may also work on the server: workspaces, metrics
	Prefix    string      `json:"prefix"`           // the secret's beginning, to recognise it by
	Hash      string      `json:"-"`                // SHA-256 of the secret, hex
	By        string      `json:"by,omitempty"`     // the token that created it
	CreatedAt engine.Time `json:"created_at,omitempty"`
	ExpiresAt engine.Time `json:"expires_at,omitempty"` // 0: never
	UsedAt    engine.Time `json:"used_at,omitempty"`
	RevokedAt engine.Time `json:"revoked_at,omitempty"`
}

// Alive is whether the token may be used at a time.
func (t *Token) Alive(now engine.Time) bool {
	return t.RevokedAt == 0 && (t.ExpiresAt == 0 || now < t.ExpiresAt)
}

// NewSecret makes the text of a new token, byl_<32 base62>_<checksum>, from a
// source of random bytes.
func NewSecret(random io.Reader) (string, error) {
	out := make([]byte, 0, secretLen)
	buf := make([]byte, 1)
	for len(out) < secretLen {
		if _, err := io.ReadFull(random, buf); err != nil {
			return "", fmt.Errorf("read randomness: %w", err)
		}
		if buf[0] < 248 { // the largest multiple of 62 below 256: no letter is likelier
			out = append(out, base62[buf[0]%62])
		}
	}
	body := tokenPrefix + string(out)
	return body + "_" + checksum(body), nil
}

func checksum(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	var out [sumLen]byte
	for i := sumLen - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// WellFormed is whether a text can be a token: a mistyped or cut one is told
// without asking the database.
func WellFormed(secret string) bool {
	if len(secret) != tokenLen || !strings.HasPrefix(secret, tokenPrefix) {
		return false
	}
	body, sum := secret[:tokenLen-sumLen-1], secret[tokenLen-sumLen:]
	if secret[len(body)] != '_' || checksum(body) != sum {
		return false
	}
	for _, c := range body[len(tokenPrefix):] {
		if !strings.ContainsRune(base62, c) {
			return false
		}
	}
	return true
}

// HashSecret is what is kept of a secret. The secret has 190 random bits, so a
// fast hash without salt is enough.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// PrefixOf is the part of a secret that may be shown.
func PrefixOf(secret string) string { return secret[:min(len(secret), len(tokenPrefix)+6)] }
