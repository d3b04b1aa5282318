package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// LinkLasts is how long a link works by which a user sets a password.
const LinkLasts = 7 * 24 * time.Hour

// Links makes and reads the secrets of links by which users set their passwords.
// Nothing of them is kept: a secret vouches for the password that the user had
// when it was made, so that setting one ends it.
type Links struct{ key []byte }

// NewLinks makes links with a key that only this server has.
func NewLinks(key []byte) Links { return Links{key} }

// Offer makes the secret of a user's link.
func (l Links) Offer(u User, now engine.Time) (secret string, expires engine.Time) {
	expires = now.Add(LinkLasts)
	claim := fmt.Sprintf("%s/%s/%d", u.Workspace, u.ID, int64(expires))
	return base64.RawURLEncoding.EncodeToString([]byte(claim)) + "." + l.sign(claim, u), expires
}

// Claimed is whose link a secret claims to be; "" when it is none, or too old.
func (l Links) Claimed(secret string, now engine.Time) (workspace, user string) {
	parts := strings.Split(claimOf(secret), "/")
	if len(parts) != 3 {
		return "", ""
	}
	expires, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || engine.Time(expires) <= now {
		return "", ""
	}
	return parts[0], parts[1]
}

// Proves whether a secret is a link of the user's as they are now.
func (l Links) Proves(secret string, u User) bool {
	_, signature, _ := strings.Cut(secret, ".")
	return u.DisabledAt == 0 && hmac.Equal([]byte(signature), []byte(l.sign(claimOf(secret), u)))
}

func claimOf(secret string) string {
	head, _, _ := strings.Cut(secret, ".")
	claim, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return ""
	}
	return string(claim)
}

func (l Links) sign(claim string, u User) string {
	mac := hmac.New(sha256.New, l.key)
	fmt.Fprintf(mac, "%d %s %s", len(claim), claim, u.Password)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
