package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// Tokens keeps credentials; it implements what the API and package auth need.
type Tokens struct{ store *store.Store }

// serverScope marks, among the scopes as stored, a token that may work on the
// whole server.
const serverScope = "server"

// TokenByHash finds a token by the hash of its secret.
func (t Tokens) TokenByHash(ctx context.Context, hash string) (auth.Token, error) {
	sum, err := parseHash(hash)
	if err != nil {
		return auth.Token{}, engine.NotFound("token", "")
	}
	found, err := t.store.TokenByHash(ctx, sum)
	return tokenFromStore(found), err
}

// WorkspaceActive is whether a workspace may be used.
func (t Tokens) WorkspaceActive(ctx context.Context, workspace string) (bool, error) {
	w, err := t.store.Workspace(ctx, workspace)
	if engine.CodeOf(err) == engine.CodeNotFound {
		return false, nil
	}
	return w.State == stateActive, err
}

// TouchToken notes when a token was last used.
func (t Tokens) TouchToken(ctx context.Context, workspace, id string, at engine.Time) error {
	return t.store.TouchToken(ctx, workspace, id, at)
}

// ListTokens gives a workspace's tokens, oldest first.
func (t Tokens) ListTokens(ctx context.Context, workspace string) ([]auth.Token, error) {
	found, err := t.store.Tokens(ctx, workspace)
	list := make([]auth.Token, 0, len(found))
	for _, one := range found {
		list = append(list, tokenFromStore(one))
	}
	return list, err
}

// AddToken keeps a new token.
func (t Tokens) AddToken(ctx context.Context, token auth.Token) error {
	kept, err := tokenToStore(token)
	if err != nil {
		return err
	}
	return t.store.CreateToken(ctx, kept)
}

// RevokeToken ends a token.
func (t Tokens) RevokeToken(ctx context.Context, workspace, id string, at engine.Time) error {
	return t.store.RevokeToken(ctx, workspace, id, at)
}

// NewToken makes a token that nobody else has, and its secret, which is not kept.
func NewToken(workspace, name string, role auth.Role) (token auth.Token, secret string, err error) {
	if !role.Valid() {
		return token, "", invalidSetting(fmt.Sprintf("there is no role %q; there are %s", role, auth.RoleNames()), fmt.Sprintf("没有角色 %q，可选：%s", role, auth.RoleNames()))
	}
	secret, err = auth.NewSecret(rand.Reader)
	return auth.Token{ID: "tok_" + newID(), Workspace: workspace, Name: name, Role: role, Prefix: auth.PrefixOf(secret),
		Hash: auth.HashSecret(secret), CreatedAt: now()}, secret, err
}

func tokenFromStore(t store.Token) auth.Token {
	out := auth.Token{ID: t.ID, Workspace: t.Workspace, Name: t.Name, Role: auth.Role(t.Role), Hash: hex.EncodeToString(t.Hash[:]), Prefix: t.Prefix,
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, UsedAt: t.UsedAt, RevokedAt: t.RevokedAt}
	for _, scope := range t.Scopes {
		if scope == serverScope {
			out.Server = true
			continue
		}
		out.Scopes = append(out.Scopes, auth.Scope(scope))
	}
	return out
}

func tokenToStore(t auth.Token) (store.Token, error) {
	sum, err := parseHash(t.Hash)
	if err != nil {
		return store.Token{}, err
	}
	out := store.Token{ID: t.ID, Workspace: t.Workspace, Name: t.Name, Role: string(t.Role), Hash: sum, Prefix: t.Prefix,
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, UsedAt: t.UsedAt, RevokedAt: t.RevokedAt}
	for _, scope := range t.Scopes {
		out.Scopes = append(out.Scopes, string(scope))
	}
	if t.Server {
		out.Scopes = append(slices.Clip(out.Scopes), serverScope)
	}
	return out, nil
}

func parseHash(hash string) (sum [32]byte, err error) {
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != len(sum) {
		return sum, fmt.Errorf("a token's hash must be %d bytes in hexadecimal digits", len(sum))
	}
	copy(sum[:], raw)
	return sum, nil
}
