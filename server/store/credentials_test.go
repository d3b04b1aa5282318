package store

import (
	"context"
	"fmt"
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
		u := User{Workspace: "w", ID: "u1", Login: "an@example.org", Name: "安", Role: "owner", Password: "hash", CreatedAt: now,
			Identities: []engine.Identity{{Channel: "email", ExternalID: "an@example.org"}, {Channel: "wecom", ExternalID: "安"}}}
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
		equal(t, "user", show(got), show(u))
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
		equal(t, "users", show(len(all), all[0].ID, all[0].DisabledAt, len(all[1].Identities)), show(2, "u1", now, 2))
		again, err := s.User(ctx, "v", "u1")
		must(t, err)
		equal(t, "the other workspace's user", show(int64(again.DisabledAt), len(again.Identities)), "0 2")
	})
}

// The last active owner among users stays, also where two go at once.
func TestTheLastOwnerStays(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		add := func(id, role string) User {
			must(t, s.CreateUser(ctx, User{Workspace: "w", ID: id, Login: id, Role: role, CreatedAt: now}))
			u, err := s.User(ctx, "w", id)
			must(t, err)
			return u
		}
		first, admin := add("u1", "owner"), add("u2", "admin")
		must(t, s.CreateUser(ctx, User{Workspace: "v", ID: "u9", Login: "u9", Role: "owner"})) // is nobody here
		demoted, disabled := first, first
		demoted.Role, disabled.DisabledAt = "admin", now
		for _, u := range []User{demoted, disabled} {
			_, err := s.UpdateUser(ctx, u)
			isCode(t, err, engine.CodeConflict)
		}
		isCode(t, s.RemoveUser(ctx, first), engine.CodeConflict)
		first.Name, first.Identities = "安", []engine.Identity{{Channel: "email", ExternalID: "a@b.c"}}
		first, err := s.UpdateUser(ctx, first)
		must(t, err)
		must(t, s.RemoveUser(ctx, admin))
		isCode(t, s.RemoveUser(ctx, admin), engine.CodeConflict)
		second := add("u3", "owner")
		var gone atomic.Int64
		var wg sync.WaitGroup
		for _, u := range []User{first, second} {
			wg.Go(func() {
				if s.RemoveUser(ctx, u) == nil {
					gone.Add(1)
				}
			})
		}
		wg.Wait()
		equal(t, "owners that went", gone.Load(), 1)
		left, err := s.Users(ctx, "w")
		must(t, err)
		equal(t, "left", len(left), 1)
	})
}

func TestSetupIsUsedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		hash, old := [32]byte{7}, [32]byte{6}
		must(t, s.OfferSetup(ctx, "w", old, now+10))
		must(t, s.OfferSetup(ctx, "w", hash, now+10))
		owner := func(workspace string, n int) Token {
			id := fmt.Sprintf("owner%02d", n)
			return Token{Workspace: workspace, ID: id, Role: "owner", Hash: [32]byte([]byte(fmt.Sprintf("%-32s", id)))}
		}
		for name, try := range map[string]struct {
			workspace string
			hash      [32]byte
			at        engine.Time
		}{"another token": {"w", [32]byte{8}, now}, "the token before": {"w", old, now}, "too late": {"w", hash, now + 10}, "another workspace": {"v", hash, now}} {
			first, err := s.UseSetup(ctx, try.hash, try.at, owner(try.workspace, 99))
			must(t, err)
			equal(t, name, first, false)
		}
		taken := owner("w", 50)
		taken.Role = "viewer"
		must(t, s.CreateToken(ctx, taken))
		if _, err := s.UseSetup(ctx, hash, now, owner("w", 50)); err == nil {
			t.Error("an owner's token with an id that is taken")
		} // and the link is not used up by that
		var winners atomic.Int64
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				first, err := s.UseSetup(ctx, hash, now, owner("w", n))
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
		list, err := s.Tokens(ctx, "w")
		must(t, err)
		equal(t, "tokens", len(list), 2)
		must(t, s.OfferSetup(ctx, "w", hash, now+10))
		first, err := s.UseSetup(ctx, hash, now, owner("w", 60))
		must(t, err)
		equal(t, "first, on a server with an owner", first, false)
	})
}

func alter(s *Store, text string) error {
	pool, done, err := s.migrationPool()
	if err != nil {
		return err
	}
	defer done()
	_, err = pool.ExecContext(context.Background(), text)
	return err
}

// A change and its audit row are there together or not at all.
func TestAuditRowsCommitWithTheirChange(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		must(t, s.CreateWorkspace(context.Background(), Workspace{ID: "w"}))
		hash := [32]byte{7}
		must(t, s.OfferSetup(context.Background(), "w", hash, now+10))
		must(t, s.CreateToken(context.Background(), Token{Workspace: "w", ID: "old", Hash: [32]byte{1}}))
		must(t, s.CreateJob(context.Background(), engine.Job{Workspace: "w", ID: "j", CreatedAt: now}))
		factor := SecondFactor{Workspace: "w", User: "u", Secret: []byte{1}, ConfirmedAt: now}
		changes := []struct {
			name string
			do   func(context.Context) error
		}{
			{"token.create", func(ctx context.Context) error {
				return s.CreateToken(ctx, Token{Workspace: "w", ID: "new", Hash: [32]byte{2}})
			}},
			{"token.revoke", func(ctx context.Context) error { return s.RevokeToken(ctx, "w", "old", now) }},
			{"session.start", func(ctx context.Context) error {
				return s.CreateSession(ctx, Session{Workspace: "w", ID: "s", User: "u", Hash: [32]byte{9}})
			}},
			{"second-factor.begin", func(ctx context.Context) error { return s.BeginSecondFactor(ctx, factor) }},
			{"second-factor.confirm", func(ctx context.Context) error {
				return s.ConfirmSecondFactor(ctx, factor, [][32]byte{{1}}, "s")
			}},
			{"second-factor.remove", func(ctx context.Context) error { return s.RemoveSecondFactor(ctx, "w", "u", "s") }},
			{"session.end", func(ctx context.Context) error { return s.EndSession(ctx, "w", "u", "s") }},
			{"session.start again", func(ctx context.Context) error {
				return s.CreateSession(ctx, Session{Workspace: "w", ID: "s2", User: "u", Hash: [32]byte{10}})
			}},
			{"session.end all", func(ctx context.Context) error { return s.EndSessions(ctx, "w", "u", "") }},
			{"workspace.create", func(ctx context.Context) error {
				return s.CreateWorkspace(ctx, Workspace{ID: "x"}, Token{Workspace: "x", ID: "t", Hash: [32]byte{3}})
			}},
			{"workspace.edit", func(ctx context.Context) error {
				_, err := s.UpdateWorkspace(ctx, Workspace{ID: "w", Name: "renamed", Version: 1})
				return err
			}},
			{"secrets", func(ctx context.Context) error {
				return s.PutChannelSecrets(ctx, "w", ChannelSecret{"mail", "key", []byte("k"), now})
			}},
			{"job.cancel", func(ctx context.Context) error { _, err := s.CancelJob(ctx, "w", "j", now); return err }},
			{"server.setup", func(ctx context.Context) error {
				_, err := s.UseSetup(ctx, hash, now, Token{Workspace: "w", ID: "owner", Role: "owner", Hash: [32]byte{4}})
				return err
			}},
		}
		state := func() string {
			ctx := context.Background()
			tokens, err := s.Tokens(ctx, "w")
			must(t, err)
			spaces, err := s.Workspaces(ctx, engine.Page{Limit: 10})
			must(t, err)
			secrets, err := s.ChannelSecrets(ctx, "w", "mail")
			must(t, err)
			job, err := s.Job(ctx, "w", "j")
			must(t, err)
			sessions, err := s.Sessions(ctx, "w", "u")
			must(t, err)
			factor, err := s.SecondFactor(ctx, "w", "u")
			if engine.CodeOf(err) != engine.CodeNotFound {
				must(t, err)
			}
			return show(sessions) + show(factor) + show(tokens) + show(spaces) + show(secrets) + show(job)
		}
		rows := func() int {
			all, err := s.Reader("w").ListAudit(context.Background(), engine.Page{Limit: 100})
			must(t, err)
			return len(all.Items)
		}
		for n, change := range changes {
			before := state()
			must(t, alter(s, "ALTER TABLE audit RENAME TO audit_away"))
			row := engine.AuditEntry{ID: change.name, At: engine.Time(n), Action: change.name}
			ctx, audit := engine.WithAudit(context.Background(), "w", row)
			if err := change.do(ctx); err == nil {
				t.Errorf("%s succeeds without its row", change.name)
			}
			must(t, alter(s, "ALTER TABLE audit_away RENAME TO audit"))
			equal(t, change.name+": the state without its row", state(), before)
			_, pending := audit.Pending()
			equal(t, change.name+": pending", pending, true)
			must(t, change.do(ctx))
			equal(t, change.name+": rows", rows(), n+1)
			if state() == before {
				t.Errorf("%s changed nothing", change.name)
			}
		}
	})
}

func TestSecrets(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(t, s.PutChannelSecrets(ctx, "w", ChannelSecret{"mail", "password", []byte{0, 255, 1}, now}))
		must(t, s.PutChannelSecrets(ctx, "w", ChannelSecret{"mail", "password", []byte{0, 255, 2}, now}))
		must(t, s.PutChannelSecrets(ctx, "w", ChannelSecret{"mail", "key", []byte("k"), now}))
		must(t, s.PutChannelSecrets(ctx, "w", ChannelSecret{"sms", "key", []byte("s"), now}))
		must(t, s.PutChannelSecrets(ctx, "v", ChannelSecret{"mail", "key", []byte("v"), now}))
		got, err := s.ChannelSecrets(ctx, "w", "mail")
		must(t, err)
		equal(t, "secrets", show(got), show(map[string][]byte{"password": {0, 255, 2}, "key": []byte("k")}))
		must(t, s.PutChannelSecrets(ctx, "w", ChannelSecret{"mail", "key", nil, now}))
		got, err = s.ChannelSecrets(ctx, "w", "mail")
		must(t, err)
		equal(t, "secrets", len(got), 1)
	})
}
