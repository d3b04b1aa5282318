package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// key signs a content and answers with its version and signature.
type key func(content []byte) string

const (
	shortestSecret = 24
	longestSecret  = 64
)

// parseKeys reads secrets with spaces between, newest first.
func parseKeys(secrets string) ([]key, error) {
	var keys []key
	for n, s := range strings.Fields(secrets) {
		k, err := parseKey(s)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", n+1, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func parseKey(s string) (key, error) {
	if private, ok := strings.CutPrefix(s, "whsk_"); ok {
		return parsePrivate(private)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil {
		return nil, fmt.Errorf("not base64")
	}
	if len(secret) < shortestSecret || len(secret) > longestSecret {
		return nil, fmt.Errorf("%d bytes long", len(secret))
	}
	return func(content []byte) string {
		mac := hmac.New(sha256.New, secret)
		mac.Write(content)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}, nil
}

// parsePrivate reads an Ed25519 key: a seed, or a seed and its public half.
func parsePrivate(s string) (key, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("not base64")
	}
	if len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("an Ed25519 key of %d bytes", len(raw))
	}
	private := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	return func(content []byte) string {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(private, content))
	}, nil
}

// sign makes the signature header: one signature for every key.
func sign(keys []key, id, timestamp string, body []byte) string {
	content := append([]byte(id+"."+timestamp+"."), body...)
	signatures := make([]string, len(keys))
	for i, k := range keys {
		signatures[i] = k(content)
	}
	return strings.Join(signatures, " ")
}
