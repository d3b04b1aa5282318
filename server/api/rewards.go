package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// GrantPoints gives or takes points by hand.
func (s *Server) GrantPoints(c echo.Context, member contract.MemberPath, _ contract.GrantPointsParams) error {
	k := callOf(c)
	b, err := decode[contract.PointsGrant](k)
	if err != nil {
		return err
	}
	k.audit.Change(nil, b)
	m, err := s.Service.Members.Grant(c.Request().Context(), k.caller(c), member, service.PointsGrant{
		Amount: b.Amount, Account: value(b.Account), Reason: value(b.Reason), Expires: value(b.Expires)})
	return s.member(c, m, err)
}

// AwardBadge awards a badge by hand.
func (s *Server) AwardBadge(c echo.Context, member contract.MemberPath, badge contract.Key, _ contract.AwardBadgeParams) error {
	m, err := s.Service.Members.Badge(c.Request().Context(), callOf(c).caller(c), member, badge, false)
	return s.member(c, m, err)
}

// RevokeBadge takes a badge back.
func (s *Server) RevokeBadge(c echo.Context, member contract.MemberPath, badge contract.Key, _ contract.RevokeBadgeParams) error {
	m, err := s.Service.Members.Badge(c.Request().Context(), callOf(c).caller(c), member, badge, true)
	return s.member(c, m, err)
}

// GrantPrivilege grants a privilege by hand.
func (s *Server) GrantPrivilege(c echo.Context, member contract.MemberPath, privilege contract.Key, _ contract.GrantPrivilegeParams) error {
	k := callOf(c)
	b, err := decode[contract.PrivilegeGrant](k)
	if err != nil {
		return err
	}
	m, err := s.Service.Members.GrantPrivilege(c.Request().Context(), k.caller(c), member, privilege, value(b.Lasts))
	return s.member(c, m, err)
}

// RevokePrivilege takes a privilege back.
func (s *Server) RevokePrivilege(c echo.Context, member contract.MemberPath, privilege contract.Key, _ contract.RevokePrivilegeParams) error {
	m, err := s.Service.Members.RevokePrivilege(c.Request().Context(), callOf(c).caller(c), member, privilege)
	return s.member(c, m, err)
}

// SetTier puts the member into a tier by hand.
func (s *Server) SetTier(c echo.Context, member contract.MemberPath, ladder contract.Key, _ contract.SetTierParams) error {
	k := callOf(c)
	want, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.TierSet](k)
	if err != nil {
		return err
	}
	m, err := s.Service.Members.SetTier(c.Request().Context(), k.caller(c), member, service.TierSet{Ladder: ladder, To: b.To, Reason: value(b.Reason)}, want)
	return s.member(c, m, err)
}
