package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// client is the device that a request comes from.
func (s *Server) client(c echo.Context) auth.Client {
	return auth.Client{IP: c.RealIP(), UserAgent: c.Request().UserAgent(), Device: s.cookieOf(c, deviceCookie)}
}

// SignIn begins a session. One that the browser had before ends.
func (s *Server) SignIn(c echo.Context) error {
	k, ctx := callOf(c), c.Request().Context()
	ask, err := decode[contract.SignIn](k)
	if err != nil {
		return err
	}
	in, err := s.Accounts.SignIn(ctx, auth.Attempt{Workspace: value(ask.Workspace), Login: ask.Login, Password: ask.Password, Code: value(ask.Code),
		From: s.client(c), Now: k.now})
	if err != nil {
		return err
	}
	if err := s.endBefore(ctx, s.cookieOf(c, sessionCookie), k.now); err != nil {
		return err
	}
	s.signedIn(c, &in)
	view, err := s.sessionView(ctx, in.Principal(), &in.Session)
	if err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, view)
}

// endBefore ends the session that a browser had when it began another.
func (s *Server) endBefore(ctx context.Context, secret string, now engine.Time) error {
	if secret == "" {
		return nil
	}
	who, err := s.auth.AuthenticateSession(ctx, secret, now)
	if err == nil {
		err = s.Sessions.EndSession(ctx, who.Workspace, who.User, who.Session)
	}
	s.auth.Forget()
	if code := engine.CodeOf(err); err == nil || code == engine.CodeUnauthorized || code == engine.CodeNotFound || code == engine.CodeForbidden {
		return nil // it was over
	}
	return err
}

// sessionView is who calls, as answers show it.
type sessionView struct {
	ID            string       `json:"id,omitempty"`
	User          string       `json:"user,omitempty"`
	Login         string       `json:"login,omitempty"`
	Token         string       `json:"token,omitempty"`
	Name          string       `json:"name,omitempty"`
	Email         string       `json:"email,omitempty"`
	Workspace     string       `json:"workspace"`
	WorkspaceName string       `json:"workspace_name,omitempty"`
	Role          auth.Role    `json:"role"`
	Scopes        []auth.Scope `json:"scopes,omitempty"`
	Server        bool         `json:"server,omitempty"`
	Personal      bool         `json:"personal"`
	SecondFactor  bool         `json:"second_factor"`
	RecoveryCodes *int         `json:"recovery_codes,omitempty"`
	CreatedAt     engine.Time  `json:"created_at,omitempty"`
	ExpiresAt     engine.Time  `json:"expires_at,omitempty"`
	Now           engine.Time  `json:"now"`
}

func (s *Server) sessionView(ctx context.Context, who *auth.Principal, session *auth.Session) (v sessionView, err error) {
	v = sessionView{ID: who.Session, User: who.User, Login: who.Login, Token: who.Token, Name: who.Name, Workspace: who.Workspace,
		Role: who.Role, Scopes: who.Scopes, Server: who.Server, Personal: who.Personal(), Now: s.Now()}
	w, err := s.Workspaces.Workspace(ctx, who.Workspace)
	if err != nil {
		return v, err
	}
	v.WorkspaceName = w.Name
	if who.User == "" {
		return v, nil
	}
	v.CreatedAt, v.ExpiresAt = session.CreatedAt, session.ExpiresAt
	u, err := s.Users.User(ctx, who.Workspace, who.User)
	if err != nil {
		return v, err
	}
	v.Email = u.Email
	f, err := s.Accounts.Factor(ctx, who)
	if err == nil && f != nil {
		v.SecondFactor, v.RecoveryCodes = true, &f.Recovery
	}
	return v, err
}

// GetSession answers who calls.
func (s *Server) GetSession(c echo.Context) error {
	k, ctx := callOf(c), c.Request().Context()
	var session auth.Session
	if k.who.User != "" {
		list, err := s.Sessions.ListSessions(ctx, k.who.Workspace, k.who.User)
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.ID == k.who.Session {
				session = one
			}
		}
	}
	view, err := s.sessionView(ctx, k.who, &session)
	if err != nil {
		return err
	}
	return k.ok(view)
}

// SignOut ends the caller's session.
func (s *Server) SignOut(c echo.Context) error {
	who := callOf(c).who
	if err := who.Person(); err != nil {
		return err
	}
	s.dropCookie(c, sessionCookie)
	return s.endSession(c, who.Session)
}

// EndSession ends one of the caller's sessions.
func (s *Server) EndSession(c echo.Context, session contract.ID) error {
	if err := callOf(c).who.Person(); err != nil {
		return err
	}
	return s.endSession(c, session)
}

func (s *Server) endSession(c echo.Context, id string) error {
	k := callOf(c)
	k.audit.About(id)
	if err := s.Sessions.EndSession(c.Request().Context(), k.who.Workspace, k.who.User, id); err != nil {
		return err
	}
	return s.done(k)
}

// done answers a change after which nobody is believed to be signed in.
func (s *Server) done(k *call) error {
	s.auth.Forget()
	return k.reply(http.StatusNoContent, 0, nil)
}

// EndOtherSessions ends the caller's sessions but this one.
func (s *Server) EndOtherSessions(c echo.Context) error {
	k := callOf(c)
	if err := k.who.Person(); err != nil {
		return err
	}
	if err := s.Sessions.EndSessions(c.Request().Context(), k.who.Workspace, k.who.User, k.who.Session); err != nil {
		return err
	}
	return s.done(k)
}

// sessionRow is one of the caller's sessions, as answers show it.
type sessionRow struct {
	ID        string      `json:"id"`
	Current   bool        `json:"current"`
	Device    string      `json:"device,omitempty"`
	UserAgent string      `json:"user_agent,omitempty"`
	IP        string      `json:"ip,omitempty"`
	CreatedAt engine.Time `json:"created_at"`
	SeenAt    engine.Time `json:"seen_at"`
	ExpiresAt engine.Time `json:"expires_at"`
}

// ListSessions lists the caller's sessions that are not over.
func (s *Server) ListSessions(c echo.Context) error {
	k := callOf(c)
	if err := k.who.Person(); err != nil {
		return err
	}
	list, err := s.Sessions.ListSessions(c.Request().Context(), k.who.Workspace, k.who.User)
	if err != nil {
		return err
	}
	rows := []sessionRow{}
	for _, one := range list {
		if one.Alive(k.now) {
			rows = append(rows, sessionRow{one.ID, one.ID == k.who.Session, auth.DeviceName(one.UserAgent), one.UserAgent, one.Network,
				one.CreatedAt, one.SeenAt, one.ExpiresAt})
		}
	}
	return k.ok(engine.Rows[sessionRow]{Items: rows})
}
