package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// Why an address is suppressed.
const (
	SuppressedByBounce = "bounce"      // it does not exist
	SuppressedByMember = "unsubscribe" // who has it said so
)

// Suppression says that an address must not be written to, and why.
type Suppression struct {
	Channel string      `json:"channel"`
	Reason  string      `json:"reason"` // bounce, complaint, unsubscribe or manual
	By      string      `json:"by,omitempty"`
	Detail  string      `json:"detail,omitempty"`
	At      engine.Time `json:"at"`
}

// Suppressions keeps which addresses must not be written to.
type Suppressions interface {
	// Suppressions gives what holds for identities.
	Suppressions(ctx context.Context, workspace string, of []engine.Identity) ([]Suppression, error)
	// Suppress writes no more to addresses on x.Channel.
	Suppress(ctx context.Context, workspace string, addresses []string, x Suppression) error
	// Lift lets addresses on a channel be written to again.
	Lift(ctx context.Context, workspace, channel string, addresses []string) error
}

// ListSuppressions lists which of a member's addresses must not be written to.
func (s *Server) ListSuppressions(c echo.Context, member contract.MemberPath) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	list, err := s.Suppressions.Suppressions(ctx, k.who.Workspace, m.Identities)
	if err != nil {
		return err
	}
	return k.ok(engine.Rows[Suppression]{Items: list})
}

// SuppressMember writes no more to a member on a channel.
func (s *Server) SuppressMember(c echo.Context, member contract.MemberPath, channel contract.Key, _ contract.SuppressMemberParams) error {
	k := callOf(c)
	b, err := decode[contract.SuppressionAsk](k)
	if err != nil {
		return err
	}
	x := Suppression{Channel: channel, Reason: string(b.Reason), By: k.who.By(), Detail: value(b.Detail), At: k.now}
	addresses, err := s.addressesOf(c, member, channel)
	if err != nil {
		return err
	}
	k.audit.Change(nil, map[string]string{"channel": channel, "reason": x.Reason})
	if err := s.Suppressions.Suppress(c.Request().Context(), k.who.Workspace, addresses, x); err != nil {
		return err
	}
	return k.ok(x)
}

// LiftSuppression lets a member be written to again on a channel.
func (s *Server) LiftSuppression(c echo.Context, member contract.MemberPath, channel contract.Key) error {
	k := callOf(c)
	addresses, err := s.addressesOf(c, member, channel)
	if err != nil {
		return err
	}
	k.audit.Change(map[string]string{"channel": channel}, nil)
	if err := s.Suppressions.Lift(c.Request().Context(), k.who.Workspace, channel, addresses); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

// addressesOf are a member's addresses on a channel.
func (s *Server) addressesOf(c echo.Context, member, channel string) (addresses []string, err error) {
	k := callOf(c)
	m, err := s.Service.Members.Get(c.Request().Context(), k.caller(c), member)
	if err != nil {
		return nil, err
	}
	for _, i := range m.Identities {
		if i.Channel == channel {
			addresses = append(addresses, i.ExternalID)
		}
	}
	if len(addresses) == 0 {
		return nil, engine.NotFound("identity", channel)
	}
	k.audit.About(m.ID)
	return addresses, nil
}
