package api

import (
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// coupon is a coupon that a member was given.
type coupon struct {
	ID    string      `json:"id"`
	Pool  string      `json:"pool"`
	Title engine.Text `json:"title,omitzero"`
	Code  string      `json:"code,omitempty"`
	State string      `json:"state"`
	At    engine.Time `json:"at"`
	Rule  string      `json:"rule,omitempty"`
	Seed  string      `json:"seed,omitempty"`
}

// ListMemberCoupons lists the member's coupons, newest first.
func (s *Server) ListMemberCoupons(c echo.Context, member contract.MemberPath, params contract.ListMemberCouponsParams) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	q := engine.ItemQuery{Kind: "coupon", Member: m.ID, State: string(value(params.State))}
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Work.List(ctx, k.caller(c), q)
	if err != nil {
		return err
	}
	titles, err := s.titles(c, engine.DefineReward)
	if err != nil {
		return err
	}
	out := engine.Rows[coupon]{Next: rows.Next}
	for _, i := range rows.Items {
		x := coupon{ID: i.ID, State: i.State, At: i.At, Rule: i.Rule}
		if err := json.Unmarshal(i.Body, &x); err != nil {
			return fmt.Errorf("coupon %s: %w", i.ID, err)
		}
		if x.Title = titles[x.Pool]; !k.who.Role.Covers(auth.Operator) {
			x.Code = ""
		}
		out.Items = append(out.Items, x)
	}
	return answerPage(c, out)
}
