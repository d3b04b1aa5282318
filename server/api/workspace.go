package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// WhoAmI answers whose credential this is.
func (s *Server) WhoAmI(c echo.Context) error {
	who := callOf(c).who
	return callOf(c).ok(struct {
		Token     string       `json:"token,omitempty"`
		User      string       `json:"user,omitempty"`
		Name      string       `json:"name,omitempty"`
		Workspace string       `json:"workspace"`
		Role      auth.Role    `json:"role"`
		Server    bool         `json:"server,omitempty"`
		Scopes    []auth.Scope `json:"scopes,omitempty"`
		Personal  bool         `json:"personal"`
	}{who.Token, who.User, who.Name, who.Workspace, who.Role, who.Server, who.Scopes, who.Personal()})
}

// ListTokens lists the workspace's tokens, without their secrets.
func (s *Server) ListTokens(c echo.Context) error {
	list, err := s.Tokens.ListTokens(c.Request().Context(), callOf(c).who.Workspace)
	if err != nil {
		return err
	}
	return callOf(c).ok(engine.Rows[auth.Token]{Items: append([]auth.Token{}, list...)})
}

// newToken makes a token that nobody has yet.
func (s *Server) newToken(k *call, workspace, name string, role auth.Role) (t auth.Token, secret string, err error) {
	if secret, err = s.Secret(); err != nil {
		return t, "", err
	}
	t = auth.Token{ID: "tok_" + s.NewID(), Workspace: workspace, Name: name, Role: role,
		Prefix: auth.PrefixOf(secret), Hash: auth.HashSecret(secret), CreatedAt: k.now}
	if k.who != nil {
		t.By = k.who.By()
	}
	return t, secret, nil
}

// newTokenView shows a new token's secret, this once.
type newTokenView struct {
	Token  auth.Token `json:"token"`
	Secret string     `json:"secret"`
}

// CreateToken creates a token; nobody gives more than they have.
func (s *Server) CreateToken(c echo.Context) error {
	k := callOf(c)
	ask, err := decode[contract.TokenAsk](k)
	if err != nil {
		return err
	}
	t, secret, err := s.newToken(k, k.who.Workspace, ask.Name, auth.Role(ask.Role))
	if err != nil {
		return err
	}
	for _, scope := range value(ask.Scopes) {
		t.Scopes = append(t.Scopes, auth.Scope(scope))
	}
	t.ExpiresAt = timeOf(ask.ExpiresAt)
	if err := mayGive(k.who, &t, k.now); err != nil {
		return err
	}
	k.audit.About(t.ID)
	k.audit.Change(nil, t)
	if err := s.Tokens.AddToken(c.Request().Context(), t); err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, newTokenView{t, secret})
}

// mayGive refuses a token that may more than its giver, or is dead from birth.
func mayGive(who *auth.Principal, t *auth.Token, now engine.Time) error {
	if !who.Role.Covers(t.Role) {
		return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{En: "nobody gives a role above their own", Zh: "不能授予高于自己的角色"}}
	}
	if len(who.Scopes) > 0 && len(t.Scopes) == 0 {
		t.Scopes = slices.Clone(who.Scopes)
	}
	for _, scope := range t.Scopes {
		if !who.Has(scope) {
			return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{En: "nobody gives a scope that they don't have: " + string(scope), Zh: "不能授予自己没有的权限范围：" + string(scope)}}
		}
	}
	var problems []engine.Problem
	if t.Name == "" {
		problems = append(problems, engine.Problem{Code: "empty", Path: "/name", Message: engine.Text{En: "this is empty: fill it in", Zh: "此项为空，请填写"}})
	}
	if t.ExpiresAt != 0 && t.ExpiresAt <= now {
		problems = append(problems, engine.Problem{Code: "out_of_range", Path: "/expires_at", Message: engine.Text{En: "this is in the past", Zh: "时间已过"}})
	}
	return engine.Invalid(bodyMessage, problems...)
}

// RevokeToken ends a token.
func (s *Server) RevokeToken(c echo.Context, token contract.ID) error {
	k := callOf(c)
	if err := s.Tokens.RevokeToken(c.Request().Context(), k.who.Workspace, token, k.now); err != nil {
		return err
	}
	s.auth.Forget()
	return k.reply(http.StatusNoContent, 0, nil)
}

// SetUp exchanges the set-up link's secret for the first owner: a person who is
// signed in, or a token.
func (s *Server) SetUp(c echo.Context) error {
	k := callOf(c)
	ask, err := decode[contract.SetUp](k)
	if err != nil {
		return err
	}
	if ask.User != nil {
		return s.setUpByUser(c, &ask)
	}
	t, secret, err := s.newToken(k, "", "owner", auth.Owner)
	if err != nil {
		return err
	}
	t.Server = true
	k.audit.By(t.ID, t.Name)
	k.audit.About(t.ID)
	k.audit.Change(nil, t)
	if _, err = s.SetUps.Redeem(c.Request().Context(), auth.HashSecret(ask.Secret), k.now, t); err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, newTokenView{t, secret})
}

// ListAudit lists who changed what.
func (s *Server) ListAudit(c echo.Context, f contract.ListAuditParams) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	rows, err := s.Service.Deliveries.Audit(c.Request().Context(), callOf(c).caller(c), service.AuditFilter{Noun: value(f.Noun), Key: value(f.Key), By: value(f.By)}, p)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}
