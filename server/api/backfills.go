package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// BackfillRule queues a preview of what a rule has not done, or that it does it.
func (s *Server) BackfillRule(c echo.Context, key contract.RulePath, _ contract.BackfillRuleParams) error {
	k := callOf(c)
	b, err := decode[struct {
		From, To engine.Time
		Messages bool
		Confirm  *int
	}](k)
	if err != nil {
		return err
	}
	j, err := s.Service.Backfills.Start(c.Request().Context(), k.caller(c), key, service.BackfillAsk{From: b.From, To: b.To, Messages: b.Messages, Confirm: b.Confirm})
	if err != nil {
		return err
	}
	return k.accepted(&j)
}
