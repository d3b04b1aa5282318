package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// verifier tells whether one signature, without its version, fits a content.
type verifier struct {
	version string
	fits    func(content []byte, signature string) bool
}

// parseVerifiers reads the secrets by which requests are known, with spaces
// between: whsec_ and base64, or the public half of a key as whpk_ and base64.
func parseVerifiers(secrets string) ([]verifier, error) {
	var all []verifier
	for n, s := range strings.Fields(secrets) {
		v, err := parseVerifier(s)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", n+1, err)
		}
		all = append(all, v)
	}
	return all, nil
}

func parseVerifier(s string) (verifier, error) {
	if strings.HasPrefix(s, "whsk_") {
		return verifier{}, errors.New("a private key; give its public half, whpk_")
	}
	if public, ok := strings.CutPrefix(s, "whpk_"); ok {
		raw, err := base64.StdEncoding.DecodeString(public)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return verifier{}, fmt.Errorf("an Ed25519 public key has %d bytes in base64", ed25519.PublicKeySize)
		}
		return verifier{"v1a", func(content []byte, signature string) bool {
			given, err := base64.StdEncoding.DecodeString(signature)
			return err == nil && ed25519.Verify(raw, content, given)
		}}, nil
	}
	sign, err := parseKey(s)
	if err != nil {
		return verifier{}, err
	}
	return verifier{"v1", func(content []byte, signature string) bool {
		return hmac.Equal([]byte(sign(content)), []byte("v1,"+signature))
	}}, nil
}

// verified is whether one of a request's signatures fits one of the secrets.
func verified(by []verifier, h header, body []byte) bool {
	content := append([]byte(h.id+"."+h.stamp+"."), body...)
	for _, given := range strings.Fields(h.signature) {
		version, signature, _ := strings.Cut(given, ",")
		for _, v := range by {
			if v.version == version && v.fits(content, signature) {
				return true
			}
		}
	}
	return false
}
