package api

import (
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
)

func (w *world) UserByLogin(_ context.Context, workspace, login string) (auth.User, error) {
	for _, u := range w.users {
		if u.Workspace == workspace && u.Login == login {
			return u, nil
		}
	}
	return auth.User{}, engine.NotFound("user", login)
}

func (w *world) ChangePassword(ctx context.Context, u auth.User, session string) (auth.User, error) {
	i := w.userAt(u.Workspace, u.ID, u.Version)
	if i < 0 {
		return u, engine.Conflict(engine.Text{En: "changed", Zh: "已变"})
	}
	w.endSessions(u.Workspace, u.ID, session)
	u.Version++
	w.users[i] = u
	w.note(ctx, u.Workspace)
	return u, nil
}

func (w *world) SessionByHash(ctx context.Context, hash string) (auth.Session, auth.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sessions {
		if s.Hash == hash {
			u, err := w.User(ctx, s.Workspace, s.User)
			return s, u, err
		}
	}
	return auth.Session{}, auth.User{}, engine.NotFound("session", "")
}

func (w *world) AddSession(ctx context.Context, s auth.Session) error {
	w.sessions = append(w.sessions, s)
	w.note(ctx, s.Workspace)
	return nil
}

func (w *world) TouchSession(_ context.Context, s auth.Session) error {
	for i := range w.sessions {
		if w.sessions[i].ID == s.ID {
			w.sessions[i] = s
		}
	}
	return nil
}

func (w *world) ListSessions(_ context.Context, workspace, user string) (list []auth.Session, err error) {
	for _, s := range w.sessions {
		if s.Workspace == workspace && s.User == user {
			list = append(list, s)
		}
	}
	return list, nil
}

func (w *world) EndSession(ctx context.Context, workspace, user, id string) error {
	n := len(w.sessions)
	w.sessions = slices.DeleteFunc(w.sessions, func(s auth.Session) bool { return s.Workspace == workspace && s.User == user && s.ID == id })
	if len(w.sessions) == n {
		return engine.NotFound("session", id)
	}
	w.note(ctx, workspace)
	return nil
}

func (w *world) EndSessions(ctx context.Context, workspace, user, but string) error {
	w.endSessions(workspace, user, but)
	w.note(ctx, workspace)
	return nil
}

func (w *world) endSessions(workspace, user, but string) {
	w.sessions = slices.DeleteFunc(w.sessions, func(s auth.Session) bool { return s.Workspace == workspace && s.User == user && s.ID != but })
}

func (w *world) Factor(_ context.Context, workspace, user string) (auth.Factor, error) {
	f, ok := w.factors[workspace+"/"+user]
	if !ok {
		return f, engine.NotFound("second factor", user)
	}
	f.Recovery = len(w.recovery[workspace+"/"+user])
	return f, nil
}

func (w *world) BeginFactor(ctx context.Context, f auth.Factor) error {
	if w.factors[f.Workspace+"/"+f.User].ConfirmedAt != 0 {
		return engine.Conflict(engine.Text{En: "there is one", Zh: "已有"})
	}
	w.factors[f.Workspace+"/"+f.User] = f
	w.note(ctx, f.Workspace)
	return nil
}

func (w *world) ConfirmFactor(ctx context.Context, f auth.Factor, recovery []string, session string) error {
	w.factors[f.Workspace+"/"+f.User], w.recovery[f.Workspace+"/"+f.User] = f, recovery
	return w.EndSessions(ctx, f.Workspace, f.User, session)
}

func (w *world) UseStep(_ context.Context, workspace, user string, step int64) (bool, error) {
	f := w.factors[workspace+"/"+user]
	used := f.UsedStep < step
	f.UsedStep = max(f.UsedStep, step)
	w.factors[workspace+"/"+user] = f
	return used, nil
}

func (w *world) UseRecovery(_ context.Context, workspace, user, hash string) (bool, error) {
	list := w.recovery[workspace+"/"+user]
	i := slices.Index(list, hash)
	if i >= 0 {
		w.recovery[workspace+"/"+user] = slices.Delete(list, i, i+1)
	}
	return i >= 0, nil
}

func (w *world) RemoveFactor(ctx context.Context, workspace, user, session string) error {
	if w.factors[workspace+"/"+user].ConfirmedAt == 0 {
		return engine.Conflict(engine.Text{En: "there is none", Zh: "没有"})
	}
	delete(w.factors, workspace+"/"+user)
	delete(w.recovery, workspace+"/"+user)
	return w.EndSessions(ctx, workspace, user, session)
}

func (w *world) RedeemByUser(ctx context.Context, o FirstOwner) (auth.SignedIn, error) {
	if o.Hash != w.setUp || w.setUp == "" {
		return auth.SignedIn{}, &engine.Error{Code: engine.CodeUnauthorized, Message: engine.Text{En: "the link was used or is too old", Zh: "链接已使用或已过期"}}
	}
	w.setUp, o.User.Workspace = "", "ws_a"
	var err error
	if o.User.Password, err = w.passwords.Hash(ctx, o.Password); err != nil {
		return auth.SignedIn{}, err
	}
	in, err := w.accounts.Prepare(&o.User, o.From, o.At)
	w.users, w.sessions = append(w.users, o.User), append(w.sessions, in.Session)
	w.note(ctx, "ws_a")
	return in, err
}
