package api

import (
	"github.com/labstack/echo/v4"
)

// guard lets a request pass that has a live credential with the role and scope
// that the operation's row asks for. The workspace comes from it alone.
func (s *Server) guard(op *operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			k := callOf(c)
			k.op = op
			if op.Public {
				return s.guardPublic(op, c, next)
			}
			who, err := s.auth.Authenticate(c.Request().Context(), c.Request().Header.Get("Authorization"), k.now)
			if err != nil {
				return err
			}
			k.who = who
			if err := s.limit.Allow(who.Token, k.now); err != nil {
				return err
			}
			if err := who.May(op.Need); err != nil {
				return err
			}
			s.audited(c, k, op)
			return next(c)
		}
	}
}

// guardPublic bounds guessing by address: calls that change something without a
// credential are for set-up alone.
func (s *Server) guardPublic(op *operation, c echo.Context, next echo.HandlerFunc) error {
	if op.Audit != "" {
		if err := s.guesses.Allow(c.RealIP(), callOf(c).now); err != nil {
			return err
		}
	}
	s.audited(c, callOf(c), op)
	return next(c)
}
