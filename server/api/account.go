package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// personal decodes the body of a call that a person makes about themselves.
func personal[T any](c echo.Context) (*call, T, error) {
	k := callOf(c)
	ask, err := decode[T](k)
	if refused := k.who.Person(); refused != nil {
		err = refused
	}
	return k, ask, err
}

// ChangePassword gives the caller a new password; their other sessions end.
func (s *Server) ChangePassword(c echo.Context) error {
	k, ask, err := personal[contract.PasswordChange](c)
	if err != nil {
		return err
	}
	if err := s.Accounts.ChangePassword(c.Request().Context(), k.who, k.now, ask.Current, ask.New); err != nil {
		return err
	}
	return s.done(k)
}

// BeginSecondFactor makes the secret of a second factor, which is not asked for
// until a code confirms it.
func (s *Server) BeginSecondFactor(c echo.Context) error {
	k, ask, err := personal[contract.SecondFactorAsk](c)
	if err != nil {
		return err
	}
	f, err := s.Accounts.BeginFactor(c.Request().Context(), k.who, k.now, ask.Password)
	if err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, f)
}

// ConfirmSecondFactor makes the second factor count.
func (s *Server) ConfirmSecondFactor(c echo.Context) error {
	k, ask, err := personal[contract.SecondFactorCode](c)
	if err != nil {
		return err
	}
	codes, err := s.Accounts.ConfirmFactor(c.Request().Context(), k.who, k.now, ask.Code)
	if err != nil {
		return err
	}
	s.auth.Forget()
	return k.ok(struct {
		Codes []string `json:"recovery_codes"`
	}{codes})
}

// RemoveSecondFactor removes the caller's second factor.
func (s *Server) RemoveSecondFactor(c echo.Context) error {
	k, ask, err := personal[contract.SecondFactorProof](c)
	if err != nil {
		return err
	}
	if err := s.Accounts.RemoveFactor(c.Request().Context(), k.who, k.now, value(ask.Password), value(ask.Code)); err != nil {
		return err
	}
	return s.done(k)
}

// ResetSecondFactor removes the second factor of a user who lost it.
func (s *Server) ResetSecondFactor(c echo.Context, user contract.ID) error {
	k, ctx := callOf(c), c.Request().Context()
	u, err := s.Users.User(ctx, k.who.Workspace, user)
	if err != nil {
		return err
	}
	if err := k.who.MayManage(u.Role); err != nil {
		return err
	}
	if u.ID == k.who.User {
		return ownAccount()
	}
	k.audit.Change(u.Audited(), nil)
	if err := s.Accounts.Factors.RemoveFactor(ctx, u.Workspace, u.ID, ""); err != nil {
		return err
	}
	return s.done(k)
}

// ownAccount sends who manages users to where people prove who they are before
// they change how they sign in.
func ownAccount() error {
	return engine.Conflict(engine.Text{En: "one's own password and second factor are changed under one's own account (/api/v1/session)", Zh: "自己的密码和两步验证请在个人账户中修改（/api/v1/session）"})
}

// setUpByUser makes the server's first owner a person, who is signed in at once.
func (s *Server) setUpByUser(c echo.Context, ask *contract.SetUp) error {
	k, ctx := callOf(c), c.Request().Context()
	u := auth.User{ID: "usr_" + s.NewID(), Login: ask.User.Login, Name: value(ask.User.Name), Email: value(ask.User.Email), Role: auth.Owner, CreatedAt: k.now, Version: 1}
	problems := append(u.Check(), auth.CheckPassword(ask.User.Password, "/password")...)
	if len(problems) > 0 {
		for i := range problems {
			problems[i].Path = "/user" + problems[i].Path
		}
		return engine.Invalid(bodyMessage, problems...)
	}
	k.audit.By(u.ID, u.Login)
	k.audit.About(u.ID)
	k.audit.Change(nil, u.Audited())
	in, err := s.SetUps.RedeemByUser(ctx, FirstOwner{
		Hash: auth.HashSecret(ask.Secret), At: k.now, User: u, Password: ask.User.Password, From: s.client(c), Workspace: workspaceName(ask)})
	if err != nil {
		return err
	}
	s.signedIn(c, &in)
	view, err := s.sessionView(ctx, in.Principal(), &in.Session)
	if err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, struct {
		Session sessionView `json:"session"`
	}{view})
}

func workspaceName(ask *contract.SetUp) string {
	if ask.Workspace == nil {
		return ""
	}
	return value(ask.Workspace.Name)
}
