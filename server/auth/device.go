package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Devices knows devices again that somebody signed in on, by a signed cookie.
// Such a device is counted by itself when passwords are guessed, so that whoever
// guesses elsewhere locks nobody out. It grants nothing else.
type Devices struct {
	key    []byte
	random io.Reader
}

// DeviceLasts is how long a device is known after a sign-in.
const DeviceLasts = 180 * 24 * time.Hour

const (
	deviceID   = 16 // random bytes
	deviceTime = 8  // of the sign-in, microseconds
)

// NewDevices signs with a key that nothing else is signed with.
func NewDevices(key []byte, random io.Reader) *Devices { return &Devices{key, random} }

// remember is the cookie of a device on which somebody signed in now.
func (d *Devices) remember(workspace, login string, now engine.Time) (string, error) {
	body := make([]byte, deviceID, deviceID+deviceTime+sha256.Size)
	if _, err := io.ReadFull(d.random, body); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	body = binary.BigEndian.AppendUint64(body, uint64(now))
	return base64.RawURLEncoding.EncodeToString(append(body, d.sum(body, workspace, login)...)), nil
}

// known is the name of the device whose cookie this is, if somebody signed in
// with this login there: "" otherwise.
func (d *Devices) known(cookie, workspace, login string, now engine.Time) string {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != deviceID+deviceTime+sha256.Size {
		return ""
	}
	body, sum := raw[:deviceID+deviceTime], raw[deviceID+deviceTime:]
	at := engine.Time(binary.BigEndian.Uint64(body[deviceID:]))
	if !hmac.Equal(sum, d.sum(body, workspace, login)) || now >= at.Add(DeviceLasts) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(body[:deviceID])
}

func (d *Devices) sum(body []byte, workspace, login string) []byte {
	mac := hmac.New(sha256.New, d.key)
	_, _ = fmt.Fprintf(mac, "%d:%s%d:%s", len(workspace), workspace, len(login), login) // a hash takes everything
	mac.Write(body)
	return mac.Sum(nil)
}
