package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ChangeMembers begins to change many members.
func (s *Server) ChangeMembers(c echo.Context, _ contract.ChangeMembersParams) error {
	k := callOf(c)
	ask, err := decode[service.BulkAsk](k)
	if err != nil {
		return err
	}
	j, err := s.Service.Members.Bulk(c.Request().Context(), k.caller(c), ask)
	if err != nil {
		return err
	}
	return k.accepted(&j)
}
