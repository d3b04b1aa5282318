package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ListPacks lists the packs of rules that come with Bylaw.
func (s *Server) ListPacks(c echo.Context) error {
	k := callOf(c)
	list, err := s.Service.Rules.Packs(c.Request().Context(), k.caller(c))
	if err != nil {
		return err
	}
	return k.ok(engine.Rows[service.ShownPack]{Items: list})
}

// ApplyPack copies a pack's rules as drafts, with what they need.
func (s *Server) ApplyPack(c echo.Context, pack contract.Key, _ contract.ApplyPackParams) error {
	k := callOf(c)
	done, err := s.Service.Rules.Apply(c.Request().Context(), k.caller(c), pack, k.who.Role.Covers(auth.Admin))
	if err != nil {
		return err
	}
	return k.ok(done)
}
