package store

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestTokens(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		token := Token{Workspace: "w", ID: "t1", Name: "令牌", Role: "owner", Scopes: []string{"pii:read", "events:write"}, Hash: [32]byte{1, 2, 0, 255}, Prefix: "byl_abc", CreatedAt: now, ExpiresAt: now + 10}
		owner := func(at engine.Time) bool {
			has, err := s.HasOwner(ctx, at)
			must(t, err)
			return has
		}
		equal(t, "an owner before", owner(now), false)
		must(t, s.CreateToken(ctx, token))
		equal(t, "an owner", owner(now), true)
		equal(t, "an owner whose token ran out", owner(now+10), false)
		isCode(t, s.CreateToken(ctx, token), engine.CodeConflict)
		got, err := s.TokenByHash(ctx, token.Hash)
		must(t, err)
		equal(t, "token", show(got), show(token))
		_, err = s.TokenByHash(ctx, [32]byte{1, 2, 0, 254})
		isCode(t, err, engine.CodeNotFound)
		must(t, s.TouchToken(ctx, "w", "t1", now+5))
		must(t, s.TouchToken(ctx, "w", "t1", now+3))
		isCode(t, s.RevokeToken(ctx, "other", "t1", now+6), engine.CodeNotFound)
		must(t, s.RevokeToken(ctx, "w", "t1", now+6))
		must(t, s.RevokeToken(ctx, "w", "t1", now+9))
		all, err := s.Tokens(ctx, "w")
		must(t, err)
		equal(t, "revoked and used", show(len(all), int64(all[0].RevokedAt-now), int64(all[0].UsedAt-now)), "1 6 5")
		equal(t, "an owner whose token is revoked", owner(now), false)
	})
}

func TestUsers(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		u := User{Workspace: "w", ID: "u1", Login: "an@example.org", Name: "安", Role: "owner", Password: "hash", CreatedAt: now}
		must(t, s.CreateUser(ctx, u))
		second := u
		second.ID = "u2"
		isCode(t, s.CreateUser(ctx, second), engine.CodeConflict)
		second.Login = "bo@example.org"
		must(t, s.CreateUser(ctx, second))
		elsewhere := u
		elsewhere.Workspace = "v"
		must(t, s.CreateUser(ctx, elsewhere)) // the same login in another workspace
		got, err := s.UserByLogin(ctx, "w", u.Login)
		must(t, err)
		u.Version = 1
		equal(t, "user", got, u)
		_, err = s.UserByLogin(ctx, "w", "nobody")
		isCode(t, err, engine.CodeNotFound)
		got.DisabledAt = now
		got, err = s.UpdateUser(ctx, got)
		must(t, err)
		_, err = s.UpdateUser(ctx, u)
		isCode(t, err, engine.CodeConflict)
		got.Login = "bo@example.org"
		_, err = s.UpdateUser(ctx, got)
		isCode(t, err, engine.CodeConflict)
		all, err := s.Users(ctx, "w")
		must(t, err)
		equal(t, "users", show(len(all), all[0].ID, all[0].DisabledAt), show(2, "u1", now))
		again, err := s.User(ctx, "v", "u1")
		must(t, err)
		equal(t, "the other workspace's user", again.DisabledAt, 0)
	})
}

func TestSetupIsUsedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		hash, old := [32]byte{7}, [32]byte{6}
		must(t, s.OfferSetup(ctx, "w", old, now+10))
		must(t, s.OfferSetup(ctx, "w", hash, now+10))
		for name, try := range map[string]struct {
			workspace string
			hash      [32]byte
			at        engine.Time
		}{"another token": {"w", [32]byte{8}, now}, "the token before": {"w", old, now}, "too late": {"w", hash, now + 10}, "another workspace": {"v", hash, now}} {
			first, err := s.UseSetup(ctx, try.workspace, try.hash, try.at)
			must(t, err)
			equal(t, name, first, false)
		}
		var winners atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				first, err := s.UseSetup(ctx, "w", hash, now)
				if err != nil {
					t.Error(err)
				}
				if first {
					winners.Add(1)
				}
			})
		}
		wg.Wait()
		equal(t, "winners", winners.Load(), 1)
	})
}

func TestSecrets(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"w", "mail", "password", []byte{0, 255, 1}, now}))
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"w", "mail", "password", []byte{0, 255, 2}, now}))
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"w", "mail", "key", []byte("k"), now}))
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"w", "sms", "key", []byte("s"), now}))
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"v", "mail", "key", []byte("v"), now}))
		got, err := s.ChannelSecrets(ctx, "w", "mail")
		must(t, err)
		equal(t, "secrets", show(got), show(map[string][]byte{"password": {0, 255, 2}, "key": []byte("k")}))
		must(t, s.PutChannelSecret(ctx, ChannelSecret{"w", "mail", "key", nil, now}))
		got, err = s.ChannelSecrets(ctx, "w", "mail")
		must(t, err)
		equal(t, "secrets", len(got), 1)
	})
}
