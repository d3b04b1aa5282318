package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func addUser(t *testing.T, s *Store, workspace, id string) User {
	t.Helper()
	must(t, s.CreateUser(context.Background(), User{Workspace: workspace, ID: id, Login: id, Role: "owner", Password: "hash", CreatedAt: now}))
	u, err := s.User(context.Background(), workspace, id)
	must(t, err)
	return u
}

func sessionOf(u User, n byte) Session {
	return Session{Workspace: u.Workspace, ID: fmt.Sprintf("s%02d", n), User: u.ID, Hash: [32]byte{n, 0, 255, u.Workspace[0], u.ID[1]}, CreatedAt: now + engine.Time(n), SeenAt: now + engine.Time(n),
		ExpiresAt: now + 1000, UserAgent: "浏览器", Network: "203.0.113.0/24"}
}

// sessionIDs are a user's sessions, last used first.
func sessionIDs(t *testing.T, s *Store, u User) (ids []string) {
	t.Helper()
	all, err := s.Sessions(context.Background(), u.Workspace, u.ID)
	must(t, err)
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	return ids
}

func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		u, other, foreign := addUser(t, s, "w", "u1"), addUser(t, s, "w", "u2"), addUser(t, s, "v", "u1")
		for _, who := range []User{u, foreign} {
			for n := range byte(3) {
				must(t, s.CreateSession(ctx, sessionOf(who, n)))
			}
		}
		got, user, err := s.SessionByHash(ctx, sessionOf(u, 1).Hash)
		must(t, err)
		equal(t, "session", show(got), show(sessionOf(u, 1)))
		equal(t, "its user", user.Workspace+user.Login+user.Role, "wu1owner")
		_, _, err = s.SessionByHash(ctx, [32]byte{9})
		isCode(t, err, engine.CodeNotFound)
		must(t, s.TouchSession(ctx, "w", "s00", now+50, now+2000))
		must(t, s.TouchSession(ctx, "w", "s00", now+40, now+1)) // came late
		equal(t, "last used first", fmt.Sprint(sessionIDs(t, s, u)), "[s00 s02 s01]")
		isCode(t, s.EndSession(ctx, "w", other.ID, "s00"), engine.CodeNotFound) // another user's
		isCode(t, s.EndSession(ctx, "x", u.ID, "s00"), engine.CodeNotFound)     // another workspace's
		must(t, s.EndSession(ctx, "w", u.ID, "s01"))
		must(t, s.EndSessions(ctx, "w", u.ID, "s02"))
		equal(t, "left", fmt.Sprint(sessionIDs(t, s, u), sessionIDs(t, s, foreign)), "[s02] [s02 s01 s00]")
		n, err := s.PurgeSessions(ctx, now+999)
		must(t, err)
		equal(t, "purged too early", n, 0)
		n, err = s.PurgeSessions(ctx, now+1000)
		must(t, err)
		equal(t, "purged", n, 4)
	})
}

// Of more sessions than a user may have the least used end.
func TestSessionsAreBounded(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		u := addUser(t, s, "w", "u1")
		for n := range byte(sessionsKept + 3) {
			must(t, s.CreateSession(context.Background(), sessionOf(u, n)))
		}
		ids := sessionIDs(t, s, u)
		equal(t, "kept", show(len(ids), ids[len(ids)-1]), show(sessionsKept, "s03"))
	})
}

// What changes who may sign in ends the sessions that began under what was before.
func TestSessionsEndWithWhatTheyStoodOn(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		addUser(t, s, "w", "u9") // an owner who stays
		u, foreign := addUser(t, s, "w", "u1"), addUser(t, s, "v", "u1")
		again := func() {
			for n := range byte(2) {
				must(t, s.CreateSession(ctx, sessionOf(u, n)))
			}
		}
		must(t, s.CreateSession(ctx, sessionOf(foreign, 5)))
		var err error
		change := func(what, want string, do func() error) {
			t.Helper()
			again()
			must(t, do())
			equal(t, what, fmt.Sprint(sessionIDs(t, s, u)), want)
			must(t, s.EndSessions(ctx, "w", u.ID, ""))
		}
		change("a new name", "[s01 s00]", func() error { u.Name = "x"; u, err = s.UpdateUser(ctx, u); return err })
		change("another role", "[s01 s00]", func() error { u.Role = "viewer"; u, err = s.UpdateUser(ctx, u); return err })
		change("a new password", "[]", func() error { u.Password = "new"; u, err = s.UpdateUser(ctx, u); return err })
		change("one's own new password", "[s00]", func() error { u.Password = "own"; u, err = s.ChangePassword(ctx, u, "s00"); return err })
		change("disabled", "[]", func() error { u.DisabledAt = now; u, err = s.ChangePassword(ctx, u, "s00"); return err })
		change("removed", "[]", func() error { return s.RemoveUser(ctx, u) })
		equal(t, "the other workspace's", len(sessionIDs(t, s, foreign)), 1)
	})
}

func TestSecondFactors(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		u, foreign := addUser(t, s, "w", "u1"), addUser(t, s, "v", "u1")
		_, err := s.SecondFactor(ctx, "w", u.ID)
		isCode(t, err, engine.CodeNotFound)
		begun := SecondFactor{Workspace: "w", User: u.ID, Secret: []byte{0, 1, 255}, CreatedAt: now}
		must(t, s.BeginSecondFactor(ctx, SecondFactor{Workspace: "w", User: u.ID, Secret: []byte("before"), CreatedAt: now}))
		must(t, s.BeginSecondFactor(ctx, begun))
		got, err := s.SecondFactor(ctx, "w", u.ID)
		must(t, err)
		equal(t, "begun", show(got), show(begun))
		isCode(t, s.RemoveSecondFactor(ctx, "w", u.ID, ""), engine.CodeConflict)

		must(t, s.CreateSession(ctx, sessionOf(u, 1)))
		must(t, s.CreateSession(ctx, sessionOf(u, 2)))
		confirmed := begun
		confirmed.ConfirmedAt, confirmed.UsedStep = now+5, 7
		other := confirmed
		other.Secret = []byte("before")
		codes := [][32]byte{{1}, {2}, {3}}
		isCode(t, s.ConfirmSecondFactor(ctx, other, codes, "s01"), engine.CodeConflict)
		must(t, s.ConfirmSecondFactor(ctx, confirmed, codes, "s01"))
		isCode(t, s.ConfirmSecondFactor(ctx, confirmed, codes, "s01"), engine.CodeConflict)
		isCode(t, s.BeginSecondFactor(ctx, begun), engine.CodeConflict)
		equal(t, "sessions", fmt.Sprint(sessionIDs(t, s, u)), "[s01]")
		protected := func() string {
			all, err := s.Users(ctx, "w")
			must(t, err)
			one, err := s.User(ctx, "v", foreign.ID)
			must(t, err)
			return show(all[0].TwoFactors, one.TwoFactors)
		}
		equal(t, "users who have one", protected(), show(true, false))

		for _, try := range []struct {
			workspace string
			step      int64
			want      bool
		}{{"w", 7, false}, {"v", 8, false}, {"w", 8, true}, {"w", 8, false}, {"w", 6, false}} {
			used, err := s.UseStep(ctx, try.workspace, u.ID, try.step)
			must(t, err)
			equal(t, show("step", try.workspace, try.step), used, try.want)
		}
		for i, want := range []bool{true, false} {
			used, err := s.UseRecovery(ctx, "w", u.ID, [32]byte{2})
			must(t, err)
			equal(t, show("recovery code", i), used, want)
		}
		used, err := s.UseRecovery(ctx, "v", u.ID, [32]byte{3})
		must(t, err)
		equal(t, "a code in another workspace", used, false)
		got, err = s.SecondFactor(ctx, "w", u.ID)
		must(t, err)
		equal(t, "as kept", show(int64(got.ConfirmedAt-now), got.UsedStep, got.Recovery), show(int64(5), int64(8), int64(2)))

		must(t, s.CreateSession(ctx, sessionOf(u, 3)))
		must(t, s.RemoveSecondFactor(ctx, "w", u.ID, "s03"))
		equal(t, "users who have one", protected(), show(false, false))
		equal(t, "sessions", fmt.Sprint(sessionIDs(t, s, u)), "[s03]")
		must(t, s.BeginSecondFactor(ctx, begun))
	})
}

// The set-up link makes a user who is signed in, once, or nothing at all.
func TestSetupByUser(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(t, s.CreateWorkspace(ctx, Workspace{ID: "w", Name: "default", CreatedAt: now}))
		link := SetupLink{[32]byte{7}, now}
		must(t, s.OfferSetup(ctx, "w", link.Hash, now+10))
		owner := User{Workspace: "w", ID: "u1", Login: "an", Role: "owner", Password: "hash", CreatedAt: now, Identities: []engine.Identity{{Channel: "email", ExternalID: "an@example.org"}}}
		session := sessionOf(owner, 1)
		first, err := s.UseSetupByUser(ctx, SetupLink{[32]byte{8}, now}, owner, session, "x")
		must(t, err)
		equal(t, "another link", first, false)
		equal(t, "sessions before", len(sessionIDs(t, s, owner)), 0)
		first, err = s.UseSetupByUser(ctx, link, owner, session, "跑步群")
		must(t, err)
		equal(t, "first", first, true)
		w, err := s.Workspace(ctx, "w")
		must(t, err)
		u, err := s.UserByLogin(ctx, "w", "an")
		must(t, err)
		equal(t, "made", show(w.Name, w.Version, u.Role, len(u.Identities), sessionIDs(t, s, u)), show("跑步群", int64(2), "owner", 1, []string{"s01"}))
		first, err = s.UseSetupByUser(ctx, link, User{Workspace: "w", ID: "u2", Login: "bo", Role: "owner"}, Session{Workspace: "w", ID: "s9", User: "u2", Hash: [32]byte{4}}, "")
		must(t, err)
		equal(t, "again", first, false)
	})
}
