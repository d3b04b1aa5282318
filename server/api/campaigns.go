package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// GetCalendar tells what live rules with a schedule will do when.
func (s *Server) GetCalendar(c echo.Context, p contract.GetCalendarParams) error {
	k := callOf(c)
	found, err := s.Service.Rules.Calendar(c.Request().Context(), k.caller(c), engine.TimeOf(p.From), engine.TimeOf(p.To))
	if err != nil {
		return err
	}
	return k.ok(found)
}

// GetRewardFigures tells what of a reward was given and what is left.
func (s *Server) GetRewardFigures(c echo.Context, key contract.Key) error {
	k := callOf(c)
	f, err := s.Service.Definitions.Figures(c.Request().Context(), k.caller(c), key)
	if err != nil {
		return err
	}
	return k.ok(f)
}

// PreviewTemplate writes a text out with a member's values.
func (s *Server) PreviewTemplate(c echo.Context) error {
	k := callOf(c)
	b, err := decode[struct {
		Body          engine.Text
		Member, Group string
	}](k)
	if err != nil {
		return err
	}
	p, err := s.Service.Members.Preview(c.Request().Context(), k.caller(c), service.PreviewAsk(b))
	if err != nil {
		return err
	}
	return k.ok(p)
}

// CountMembers counts the members whom a condition and words select.
func (s *Server) CountMembers(c echo.Context) error {
	k := callOf(c)
	b, err := decode[contract.CountAsk](k)
	if err != nil {
		return err
	}
	n, err := s.Service.Members.CountAll(c.Request().Context(), k.caller(c), service.MemberQuery{Where: value(b.Where), Words: value(b.Q)})
	if err != nil {
		return err
	}
	return k.ok(n)
}
