package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// ApproveRule gives a second person's word on a draft.
func (s *Server) ApproveRule(c echo.Context, key contract.RulePath, _ contract.ApproveRuleParams) error {
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	r, err := s.Service.Rules.Approve(c.Request().Context(), callOf(c).caller(c), key, m)
	return s.rule(c, http.StatusOK, r, err)
}

// ReleaseRule makes a rule that files provide editable.
func (s *Server) ReleaseRule(c echo.Context, key contract.RulePath, _ contract.ReleaseRuleParams) error {
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	r, err := s.Service.Rules.Release(c.Request().Context(), callOf(c).caller(c), key, m)
	return s.rule(c, http.StatusOK, r, err)
}

// GetRuleReach answers how many members the document would touch.
func (s *Server) GetRuleReach(c echo.Context, key contract.RulePath, params contract.GetRuleReachParams) error {
	n, err := s.Service.Rules.Reach(c.Request().Context(), callOf(c).caller(c), key, value(params.Percent))
	if err != nil {
		return err
	}
	return callOf(c).ok(n)
}

// DiffRule answers what differs between two versions.
func (s *Server) DiffRule(c echo.Context, key contract.RulePath, params contract.DiffRuleParams) error {
	d, err := s.Service.Rules.Diff(c.Request().Context(), callOf(c).caller(c), key, value(params.From), value(params.To))
	if err != nil {
		return err
	}
	return callOf(c).ok(d)
}

// ListRuleEffects answers what a version has done.
func (s *Server) ListRuleEffects(c echo.Context, key contract.RulePath, params contract.ListRuleEffectsParams) error {
	made, err := s.Service.Rules.Effects(c.Request().Context(), callOf(c).caller(c), key, value(params.Version))
	if err != nil {
		return err
	}
	return callOf(c).ok(made)
}

// UndoRule takes back what a version has done.
func (s *Server) UndoRule(c echo.Context, key contract.RulePath, _ contract.UndoRuleParams) error {
	k := callOf(c)
	b, err := decode[contract.Undo](k)
	if err != nil {
		return err
	}
	made, err := s.Service.Rules.Undo(c.Request().Context(), k.caller(c), key, b.Version, b.Confirm)
	if err != nil {
		return err
	}
	return k.ok(made)
}
