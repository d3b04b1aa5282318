package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// InviteUser makes the link by which a user sets a password.
func (s *Server) InviteUser(c echo.Context, id contract.ID) error {
	k, ctx := callOf(c), c.Request().Context()
	u, err := s.Users.User(ctx, k.who.Workspace, id)
	if err != nil {
		return err
	}
	if err := k.who.MayManage(u.Role); err != nil {
		return err
	}
	if u.ID == k.who.User {
		return ownAccount()
	}
	if u.DisabledAt != 0 {
		return engine.Conflict(engine.Text{En: "the user is disabled: enable them first", Zh: "该用户已停用，请先启用"})
	}
	k.audit.About(u.ID)
	secret, expires := s.Links.Offer(u, k.now)
	return k.reply(http.StatusCreated, 0, struct {
		Secret    string      `json:"secret"`
		ExpiresAt engine.Time `json:"expires_at"`
	}{secret, expires})
}

// JoinByLink sets the password of the user whose link it is, once.
func (s *Server) JoinByLink(c echo.Context) error {
	k, ctx := callOf(c), c.Request().Context()
	ask, err := decode[contract.JoinAsk](k)
	if err != nil {
		return err
	}
	workspace, id := s.Links.Claimed(ask.Secret, k.now)
	if id == "" {
		return deadJoin()
	}
	u, err := s.Users.User(ctx, workspace, id)
	if engine.CodeOf(err) == engine.CodeNotFound || err == nil && !s.Links.Proves(ask.Secret, u) {
		return deadJoin()
	}
	if err != nil {
		return err
	}
	if problems := auth.CheckPassword(ask.Password, "/password"); len(problems) > 0 {
		return engine.Invalid(bodyMessage, problems...)
	}
	before := u.Audited()
	if u.Password, err = s.HashPassword(ctx, ask.Password); err != nil {
		return err
	}
	k.audit.By(u.ID, u.Login)
	k.audit.About(u.ID)
	k.audit.Change(before, u.Audited())
	if u, err = s.Users.SaveUser(ctx, u); err != nil { // a conflict where the link was used meanwhile
		return err
	}
	s.auth.Forget()
	return k.ok(contract.Joined{Login: u.Login})
}

func deadJoin() error {
	return engine.Invalid(bodyMessage, engine.Problem{Code: "dead_link", Path: "/secret", Message: engine.Text{
		En: "this link was used, is older than 7 days, or its user is disabled: ask who sent it for a new one",
		Zh: "该链接已使用、已超过 7 天，或用户已停用：请向发送者索取新链接"}})
}
