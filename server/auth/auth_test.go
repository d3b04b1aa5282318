package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		s, err := NewSecret(rand.Reader)
		if err != nil || !WellFormed(s) || seen[s] {
			t.Fatal(s, err)
		}
		seen[s] = true
		for i := range len(s) { // any one changed byte is told
			changed := []byte(s)
			changed[i] ^= 1
			if WellFormed(string(changed)) {
				t.Fatalf("%s passes with byte %d changed", changed, i)
			}
		}
		if strings.Contains(HashSecret(s), s[4:20]) || !strings.HasPrefix(s, PrefixOf(s)) || len(PrefixOf(s)) != 10 {
			t.Fatal("hash or prefix tells the secret")
		}
	}
	if _, err := NewSecret(bytes.NewReader([]byte("short"))); err == nil {
		t.Fatal("a token was made without randomness")
	}
	for _, bad := range []string{"", "byl_", "Bearer", strings.Repeat("x", tokenLen)} {
		if WellFormed(bad) {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestRolesAndScopes(t *testing.T) {
	for i, have := range Roles {
		for j, need := range Roles {
			if have.Covers(need) != (i <= j) {
				t.Errorf("%s covers %s: %v", have, need, have.Covers(need))
			}
		}
		if have.Covers("boss") || Role("boss").Covers(have) || Role("").Covers("") {
			t.Error("a role that does not exist covers or is covered")
		}
	}
	tests := []struct {
		p    Principal
		n    Need
		want bool
	}{
		{Principal{Role: Operator}, Need{Role: Operator, Scope: RulesWrite}, true},
		{Principal{Role: Analyst}, Need{Role: Operator, Scope: RulesWrite}, false},
		{Principal{Role: Owner, Scopes: []Scope{EventsWrite}}, Need{Role: Viewer, Scope: MembersRead}, false},
		{Principal{Role: Owner, Scopes: []Scope{EventsWrite}}, Need{Role: Operator, Scope: EventsWrite}, true},
		{Principal{Role: Owner, Scopes: []Scope{EventsWrite}}, Need{Role: Viewer, Scope: Any}, true},
		{Principal{Role: Analyst}, Need{Role: Analyst, Scope: PersonalRead}, false},
		{Principal{Role: Analyst, Scopes: []Scope{PersonalRead}}, Need{Role: Analyst, Scope: PersonalRead}, true},
		{Principal{Role: Operator}, Need{Role: Analyst, Scope: PersonalRead}, true},
		{Principal{Role: Owner}, Need{Role: Owner, Scope: AdminWrite, Server: true}, false},
		{Principal{Role: Owner, Server: true}, Need{Role: Owner, Scope: AdminWrite, Server: true}, true},
	}
	for _, test := range tests {
		if err := test.p.May(test.n); (err == nil) != test.want || err != nil && engine.CodeOf(err) != engine.CodeForbidden {
			t.Errorf("%+v asked for %+v: %v", test.p, test.n, err)
		}
	}
}

type fakeTokens struct {
	token     Token
	suspended bool
	fails     error
	asked     int
	touched   int
}

func (f *fakeTokens) TokenByHash(_ context.Context, hash string) (Token, error) {
	f.asked++
	if f.fails != nil {
		return Token{}, f.fails
	}
	if hash != f.token.Hash {
		return Token{}, engine.NotFound("token", "")
	}
	return f.token, nil
}
func (f *fakeTokens) WorkspaceActive(context.Context, string) (bool, error) { return !f.suspended, nil }
func (f *fakeTokens) TouchToken(context.Context, string, string, engine.Time) error {
	f.touched++
	return nil
}

func TestAuthenticate(t *testing.T) {
	secret, _ := NewSecret(rand.Reader)
	other, _ := NewSecret(rand.Reader)
	now := engine.TimeOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	f := &fakeTokens{token: Token{ID: "tok_1", Workspace: "w", Role: Operator, Hash: HashSecret(secret)}}
	a := NewAuthenticator(f, nil)
	ctx := context.Background()
	p, err := a.Authenticate(ctx, "Bearer "+secret, now)
	if err != nil || p.Workspace != "w" || p.Token != "tok_1" || f.touched != 1 {
		t.Fatal(p, err, f.touched)
	}
	for _, header := range []string{"", "Bearer", "Bearer " + other, "Basic " + secret, "Bearer " + secret[:20], secret} {
		if _, err := a.Authenticate(ctx, header, now); engine.CodeOf(err) != engine.CodeUnauthorized {
			t.Errorf("%q: %v", header, err)
		}
	}
	asked := f.asked
	if _, err := a.Authenticate(ctx, "bearer "+secret, now); err != nil || f.asked != asked {
		t.Errorf("a token just seen is asked for again: %v", err)
	}
	f.token.RevokedAt = now
	if _, err := a.Authenticate(ctx, "Bearer "+secret, now.Add(time.Second)); engine.CodeOf(err) != engine.CodeUnauthorized {
		t.Errorf("a revoked token lives longer than a second: %v", err)
	}
	f.token.RevokedAt, f.token.ExpiresAt = 0, now.Add(time.Minute)
	if _, err := a.Authenticate(ctx, "Bearer "+secret, now.Add(time.Minute)); engine.CodeOf(err) != engine.CodeUnauthorized {
		t.Errorf("an expired token lives: %v", err)
	}
	f.token.ExpiresAt, f.suspended = 0, true
	a.Forget()
	if _, err := a.Authenticate(ctx, "Bearer "+secret, now); engine.CodeOf(err) != engine.CodeForbidden {
		t.Errorf("a suspended workspace answers: %v", err)
	}
	f.suspended, f.fails = false, errors.New("database away")
	if _, err := a.Authenticate(ctx, "Bearer "+secret, now.Add(time.Hour)); !errors.Is(err, f.fails) {
		t.Errorf("the store's error is lost: %v", err)
	}
}

func TestLimiter(t *testing.T) {
	now := engine.TimeOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	l := NewLimiter(2, 3)
	for i := range 3 {
		if err := l.Allow("a", now); err != nil {
			t.Fatal(i, err)
		}
	}
	err := l.Allow("a", now)
	var e *engine.Error
	if !errors.As(err, &e) || e.Code != engine.CodeLimited || e.RetryAfter < time.Second {
		t.Fatal(err)
	}
	if err := l.Allow("b", now); err != nil {
		t.Error("one token limits another")
	}
	if err := l.Allow("a", now.Add(time.Second)); err != nil {
		t.Error("the limit does not pass: ", err)
	}
	none := NewLimiter(0, 0)
	if none.Allow("a", now) != nil {
		t.Error("no limit limits")
	}
}
