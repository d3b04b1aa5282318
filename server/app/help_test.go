package app

import (
	"testing"

	"github.com/bylaw-dev/bylaw/server/auth"
)

func hashOf(secret string) string { return auth.HashSecret(secret) }

// ownerToken makes a token of the default workspace's owner.
func ownerToken(t *testing.T, a *App) string { return addToken(t, a, false) }

// serverToken makes one that may also work on the server.
func serverToken(t *testing.T, a *App) string { return addToken(t, a, true) }

func addToken(t *testing.T, a *App, server bool) string {
	t.Helper()
	token, secret, err := NewToken(DefaultWorkspace, "test", auth.Owner)
	if err != nil {
		t.Fatal(err)
	}
	token.Server = server
	if err := a.Tokens.AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return secret
}
