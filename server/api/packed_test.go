package api

import (
	"bytes"
	"testing"
)

// TestAnswersArePacked reads lists as browsers do, and what must not be packed.
func TestAnswersArePacked(t *testing.T) {
	b := community(t)
	const takes = "Accept-Encoding: gzip"
	plain := b.as("viewer", "GET", "/api/v1/vocabulary", "").want(200)
	got := b.as("viewer", "GET", "/api/v1/vocabulary", "", takes).want(200)
	if got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Vary") != "Accept-Encoding" || len(got.Body)*3 > len(plain.Body) {
		t.Fatalf("%d bytes for %d: %v", len(got.Body), len(plain.Body), got.Header)
	}
	if text := got.unpacked().Body; !bytes.Equal(text, plain.Body) {
		t.Errorf("%d bytes, want %d", len(text), len(plain.Body))
	}
	for what, a := range map[string]*answer{
		"what is short":        b.as("viewer", "GET", "/api/v1/session", "", takes),
		"what is not there":    b.as("viewer", "GET", "/api/v1/rules/none", "", takes).want(404),
		"what nobody asked so": plain,
		"an answer to a POST":  b.as("viewer", "POST", "/api/v1/rules/check", `{"document":"key: x"}`, takes).want(200),
	} {
		if a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is packed: %v", what, a.Header)
		}
	}
}
