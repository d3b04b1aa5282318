package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	ctx := t.Context()
	p := NewPasswords(rand.Reader, 2)
	first, err := p.Hash(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Hash(ctx, "correct horse battery")
	if err != nil || first == second || !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(first, "horse") {
		t.Fatalf("%s %s %v", first, second, err)
	}
	// Made by another implementation (the one of the C library), with other costs.
	const other = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	tests := []struct {
		password, encoded string
		want              bool
	}{
		{"correct horse battery", first, true}, {"correct horse battery", second, true}, {"correct horse batterY", first, false}, {"", first, false},
		{"password", other, true}, {"Password", other, false}, {"", "", false}, {"password", "", false},
	}
	for _, test := range tests {
		if got, err := p.Verify(ctx, test.password, test.encoded); err != nil || got != test.want {
			t.Errorf("%q with %q: %v %v", test.password, test.encoded, got, err)
		}
	}
}

func TestHashesThatCannotBeReadAreRefused(t *testing.T) {
	p := NewPasswords(rand.Reader, 1)
	const salt, key = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, bad := range []string{
		"plain", "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=99999999,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", "$argon2id$v=19$m=19456,t=2,p=1$?$" + key,
	} {
		if ok, err := p.Verify(t.Context(), "password", bad); ok || err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := NewPasswords(bytes.NewReader([]byte("short")), 1).Hash(t.Context(), "correct horse battery"); err == nil {
		t.Error("a hash was made without randomness")
	}
}

// No more are hashed at a time than there are slots; who waits may give up.
func TestHashingWaitsItsTurn(t *testing.T) {
	p := NewPasswords(rand.Reader, 1)
	p.slots <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Hash(ctx, "correct horse battery"); err == nil {
		t.Error("it was hashed beside another")
	}
	<-p.slots
	if _, err := p.Hash(t.Context(), "correct horse battery"); err != nil {
		t.Error(err)
	}
}
