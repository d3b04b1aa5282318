package api

import (
	"context"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ListUsers lists the console's users, without their passwords' hashes.
func (s *Server) ListUsers(c echo.Context, _ contract.ListUsersParams) error {
	list, err := s.Users.ListUsers(c.Request().Context(), callOf(c).who.Workspace)
	if err != nil {
		return err
	}
	shown := make([]auth.ShownUser, 0, len(list))
	for _, u := range list {
		shown = append(shown, u.Shown())
	}
	return slicePage(c, shown)
}

// GetUser answers one user.
func (s *Server) GetUser(c echo.Context, id contract.ID) error {
	k := callOf(c)
	u, err := s.Users.User(c.Request().Context(), k.who.Workspace, id)
	if err != nil {
		return err
	}
	return k.reply(http.StatusOK, u.Version, u.Shown())
}

// CreateUser adds a user; nobody gives a role above their own.
func (s *Server) CreateUser(c echo.Context) error {
	k, ctx := callOf(c), c.Request().Context()
	ask, err := decode[contract.UserAsk](k)
	if err != nil {
		return err
	}
	u := auth.User{ID: "usr_" + s.NewID(), Workspace: k.who.Workspace, Login: ask.Login, Name: value(ask.Name), Role: auth.Role(ask.Role),
		Email: value(ask.Email), Identities: value(ask.Identities), CreatedAt: k.now, Version: 1}
	if err := k.who.MayManage(u.Role); err != nil {
		return err
	}
	if err := s.complete(ctx, &u, ask.Password); err != nil {
		return err
	}
	k.audit.About(u.ID)
	k.audit.Change(nil, u.Audited())
	if err := s.Users.AddUser(ctx, u); err != nil {
		return err
	}
	return k.reply(http.StatusCreated, u.Version, u.Shown())
}

// complete checks a user and, where it is given, their new password, and hashes
// that; "" removes it.
func (s *Server) complete(ctx context.Context, u *auth.User, password *string) (err error) {
	problems := u.Check()
	if value(password) != "" {
		problems = append(problems, auth.CheckPassword(*password, "/password")...)
	}
	if len(problems) > 0 {
		return engine.Invalid(bodyMessage, problems...)
	}
	switch {
	case password == nil:
	case *password == "":
		u.Password = ""
	default:
		u.Password, err = s.HashPassword(ctx, *password)
	}
	return err
}

// userToChange is a user as the caller read them, whom the caller may change.
func (s *Server) userToChange(c echo.Context, id string) (u auth.User, err error) {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return u, err
	}
	if u, err = s.Users.User(c.Request().Context(), k.who.Workspace, id); err != nil {
		return u, err
	}
	if m.Given && m.Revision != u.Version {
		return u, service.ErrStale
	}
	return u, k.who.MayManage(u.Role)
}

// PatchUser changes a user.
func (s *Server) PatchUser(c echo.Context, id contract.ID, _ contract.PatchUserParams) error {
	k, ctx := callOf(c), c.Request().Context()
	p, err := decode[contract.UserPatch](k)
	if err != nil {
		return err
	}
	u, err := s.userToChange(c, id)
	if err != nil {
		return err
	}
	before := u.Audited()
	patchUser(&u, p, k.now)
	if err := k.who.MayManage(u.Role); err != nil {
		return err
	}
	if p.Password != nil && u.ID == k.who.User {
		return ownAccount() // where the password they have is asked for
	}
	if err := s.complete(ctx, &u, p.Password); err != nil {
		return err
	}
	k.audit.Change(before, u.Audited())
	if u, err = s.Users.SaveUser(ctx, u); err != nil {
		return err
	}
	s.auth.Forget()
	return k.reply(http.StatusOK, u.Version, u.Shown())
}

func patchUser(u *auth.User, p contract.UserPatch, now engine.Time) {
	set(&u.Login, p.Login)
	set(&u.Name, p.Name)
	set(&u.Email, p.Email)
	if p.Role != nil {
		u.Role = auth.Role(*p.Role)
	}
	if p.Identities != nil {
		u.Identities = maps.Clone(*p.Identities)
	}
	switch {
	case p.Disabled == nil:
	case !*p.Disabled:
		u.DisabledAt = 0
	case u.DisabledAt == 0:
		u.DisabledAt = now
	}
}

// set changes what a patch names.
func set[T any](to *T, p *T) {
	if p != nil {
		*to = *p
	}
}

// DeleteUser removes a user.
func (s *Server) DeleteUser(c echo.Context, id contract.ID, _ contract.DeleteUserParams) error {
	u, err := s.userToChange(c, id)
	if err != nil {
		return err
	}
	k := callOf(c)
	k.audit.Change(u.Audited(), nil)
	if err := s.Users.RemoveUser(c.Request().Context(), u); err != nil {
		return err
	}
	return s.done(k)
}
