package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/bylaw-dev/bylaw/engine"
)

// The second factor is that of RFC 6238 as every authenticator app has it: a
// code of six digits by SHA-1, another every 30 seconds. A clock may be one step
// off either way.
const (
	factorStep   = 30 * time.Second
	factorDrift  = 1
	factorSecret = 20 // bytes
)

var factorCode = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// newFactorSecret makes a secret, in base32.
func newFactorSecret(random io.Reader) (string, error) {
	raw := make([]byte, factorSecret)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base32Plain.EncodeToString(raw), nil
}

// factorURI is what an authenticator app reads from a picture.
func factorURI(secret, login string) string {
	q := url.Values{"secret": {secret}, "issuer": {"Bylaw"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape("Bylaw:"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// stepOf is the step that a time is in.
func stepOf(now engine.Time) int64 { return now.Std().Unix() / int64(factorStep/time.Second) }

// matchStep is the step that a code is of, near a time and after a step that was
// used; 0 for none.
func matchStep(secret, code string, now engine.Time, after int64) (int64, error) {
	found := int64(0)
	for step := stepOf(now) - factorDrift; step <= stepOf(now)+factorDrift; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), factorCode)
		if err != nil {
			return 0, fmt.Errorf("make a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > after {
			found = step
		}
	}
	return found, nil
}

// Recovery codes stand in for a lost second factor, once each.
const (
	recoveryCodes = 10
	recoveryBytes = 10 // 16 letters of base32
)

// newRecovery makes a user's recovery codes, and what is kept of them.
func newRecovery(random io.Reader) (codes, hashes []string, err error) {
	for range recoveryCodes {
		raw := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, nil, fmt.Errorf("read randomness: %w", err)
		}
		text := strings.ToLower(base32Plain.EncodeToString(raw))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, hashRecovery(text))
	}
	return codes, hashes, nil
}

// plainCode is a code without what people put between its letters.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}

func hashRecovery(plain string) string {
	sum := sha256.Sum256([]byte("recovery code " + plain))
	return hex.EncodeToString(sum[:])
}
