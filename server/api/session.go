package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// Signing in: the addresses are described, nothing answers there yet.

func (s *Server) SignIn(echo.Context) error                         { return echo.ErrNotFound }
func (s *Server) GetSession(echo.Context) error                     { return echo.ErrNotFound }
func (s *Server) SignOut(echo.Context) error                        { return echo.ErrNotFound }
func (s *Server) ChangePassword(echo.Context) error                 { return echo.ErrNotFound }
func (s *Server) BeginSecondFactor(echo.Context) error              { return echo.ErrNotFound }
func (s *Server) ConfirmSecondFactor(echo.Context) error            { return echo.ErrNotFound }
func (s *Server) RemoveSecondFactor(echo.Context) error             { return echo.ErrNotFound }
func (s *Server) ListSessions(echo.Context) error                   { return echo.ErrNotFound }
func (s *Server) EndOtherSessions(echo.Context) error               { return echo.ErrNotFound }
func (s *Server) EndSession(echo.Context, contract.ID) error        { return echo.ErrNotFound }
func (s *Server) ResetSecondFactor(echo.Context, contract.ID) error { return echo.ErrNotFound }
