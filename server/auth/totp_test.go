package auth

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// The vectors of RFC 6238, appendix B, for SHA-1; of their eight digits six are ours.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		now := engine.TimeOf(time.Unix(at, 0))
		step, err := matchStep(secret, code[2:], now, 0)
		if err != nil || step != at/30 {
			t.Errorf("at %d: step %d, %v", at, step, err)
		}
		for off, want := range map[int]int64{-1: at / 30, 1: at / 30, -2: 0, 2: 0} { // one step of drift
			if at < 60 && off == -2 {
				continue // before 1970
			}
			if step, err := matchStep(secret, code[2:], now.Add(time.Duration(off)*factorStep), 0); err != nil || step != want {
				t.Errorf("at %d and %d steps: %d, want %d, %v", at, off, step, want, err)
			}
		}
		if step, _ := matchStep(secret, code[2:], now, at/30); step != 0 {
			t.Errorf("at %d the code is taken twice", at)
		}
	}
	for _, bad := range []string{"", "1", "28708", "2870820", "abcdef"} {
		if step, err := matchStep(secret, bad, engine.TimeOf(time.Unix(59, 0)), 0); step != 0 || err != nil {
			t.Errorf("%q: %d %v", bad, step, err)
		}
	}
}

func TestFactorSecretsAndRecovery(t *testing.T) {
	secret, err := newFactorSecret(rand.Reader)
	if err != nil || len(secret) != 32 {
		t.Fatal(secret, err)
	}
	u, err := url.Parse(factorURI(secret, "安 @x"))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Bylaw:安 @x" || u.Query().Get("secret") != secret || u.Query().Get("issuer") != "Bylaw" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("%v %v", u, err)
	}
	codes, hashes, err := newRecovery(rand.Reader)
	if err != nil || len(codes) != 10 || len(hashes) != 10 || codes[0] == codes[1] {
		t.Fatal(codes, err)
	}
	typed := " " + strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")) + " "
	if hashRecovery(plainCode(typed)) != hashes[0] || hashRecovery(plainCode(codes[1])) == hashes[0] {
		t.Error("a code as people type it is another")
	}
}
