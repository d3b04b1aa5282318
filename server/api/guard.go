package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
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
			who, err := s.authenticate(c, k)
			if err != nil {
				return err
			}
			k.who = who
			if err := s.limit.Allow(who.By(), k.now); err != nil {
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

// authenticate takes a token, or the cookie of who signed in. A browser sends the
// cookie by itself, so it counts for changes on our own pages alone.
func (s *Server) authenticate(c echo.Context, k *call) (*auth.Principal, error) {
	ctx, header := c.Request().Context(), c.Request().Header.Get("Authorization")
	secret := s.cookieOf(c, sessionCookie)
	if header != "" || secret == "" {
		return s.auth.Authenticate(ctx, header, k.now)
	}
	if err := s.onOwnPage(c.Request()); err != nil {
		return nil, err
	}
	who, err := s.auth.AuthenticateSession(ctx, secret, k.now)
	if engine.CodeOf(err) == engine.CodeUnauthorized {
		s.dropCookie(c, sessionCookie)
	}
	return who, err
}

// guardPublic takes changes from our own pages and from programs alone, and
// bounds guessing links' secrets by address; signing in is bounded by itself.
func (s *Server) guardPublic(op *operation, c echo.Context, next echo.HandlerFunc) error {
	if err := s.onOwnPage(c.Request()); err != nil {
		return err
	}
	if op.ID == "setUp" || op.ID == "joinByLink" {
		if err := s.guesses.Allow(c.RealIP(), callOf(c).now); err != nil {
			return err
		}
	}
	s.audited(c, callOf(c), op)
	return next(c)
}
