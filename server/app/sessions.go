package app

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/store"
)

// Sessions keeps who is signed in, as package auth needs it.
type Sessions struct{ store *store.Store }

// SessionByHash finds a session and its user by the hash of its secret.
func (s Sessions) SessionByHash(ctx context.Context, hash string) (auth.Session, auth.User, error) {
	sum, err := parseHash(hash)
	if err != nil {
		return auth.Session{}, auth.User{}, engine.NotFound("session", "")
	}
	found, u, err := s.store.SessionByHash(ctx, sum)
	return sessionFromStore(found), userFromStore(u), err
}

// AddSession keeps a session that began.
func (s Sessions) AddSession(ctx context.Context, one auth.Session) error {
	kept, err := sessionToStore(one)
	if err != nil {
		return err
	}
	return s.store.CreateSession(ctx, kept)
}

// TouchSession notes when a session was last used and until when it lasts.
func (s Sessions) TouchSession(ctx context.Context, one auth.Session) error {
	return s.store.TouchSession(ctx, one.Workspace, one.ID, one.SeenAt, one.ExpiresAt)
}

// ListSessions gives a user's sessions, last used first.
func (s Sessions) ListSessions(ctx context.Context, workspace, user string) ([]auth.Session, error) {
	found, err := s.store.Sessions(ctx, workspace, user)
	list := make([]auth.Session, 0, len(found))
	for _, one := range found {
		list = append(list, sessionFromStore(one))
	}
	return list, err
}

// EndSession ends one of a user's sessions.
func (s Sessions) EndSession(ctx context.Context, workspace, user, id string) error {
	return s.store.EndSession(ctx, workspace, user, id)
}

// EndSessions ends a user's sessions but one.
func (s Sessions) EndSessions(ctx context.Context, workspace, user, but string) error {
	return s.store.EndSessions(ctx, workspace, user, but)
}

func sessionFromStore(s store.Session) auth.Session {
	return auth.Session{ID: s.ID, Workspace: s.Workspace, User: s.User, Hash: hex.EncodeToString(s.Hash[:]), CreatedAt: s.CreatedAt, SeenAt: s.SeenAt,
		ExpiresAt: s.ExpiresAt, UserAgent: s.UserAgent, Network: s.Network}
}

func sessionToStore(s auth.Session) (store.Session, error) {
	sum, err := parseHash(s.Hash)
	return store.Session{ID: s.ID, Workspace: s.Workspace, User: s.User, Hash: sum, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt,
		ExpiresAt: s.ExpiresAt, UserAgent: s.UserAgent, Network: s.Network}, err
}

// accounts wires how people sign in.
func (c *Core) accounts(settings *config.Settings, seal *sealer) error {
	key, err := SecretKey(settings)
	if err != nil {
		return err
	}
	devices, err := hkdf.Key(sha256.New, key, nil, "bylaw: known devices", config.KeyBytes)
	if err != nil {
		return fmt.Errorf("derive key: %w", err)
	}
	links, err := hkdf.Key(sha256.New, key, nil, "bylaw: links of users", config.KeyBytes)
	if err != nil {
		return fmt.Errorf("derive key: %w", err)
	}
	c.links = auth.NewLinks(links)
	c.Sessions = Sessions{c.Store}
	c.Accounts = auth.NewAccounts(auth.AccountOptions{
		Users: c.Users, Sessions: c.Sessions, Factors: factors{c.Store, seal}, Active: c.Tokens.WorkspaceActive,
		Passwords: c.Passwords, Strangers: auth.NewPasswords(rand.Reader, hashesAtOnce), Devices: auth.NewDevices(devices, rand.Reader),
		Workspace: DefaultWorkspace, Random: rand.Reader, NewID: newID,
	})
	return nil
}
