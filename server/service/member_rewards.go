package service

import (
	"context"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// PointsGrant gives points, or takes them when Amount is negative.
type PointsGrant struct {
	Amount  int64
	Account string // "" is the default one
	Reason  string
	Expires string // a duration such as 365d; "" never
}

// Grant gives or takes points by hand.
func (s *Members) Grant(ctx context.Context, who Caller, name string, g PointsGrant) (*Member, error) {
	if g.Amount == 0 {
		return nil, engine.Invalid(engine.Text{En: "the grant has problems", Zh: "发放有误"}, engine.Problem{Code: "out_of_range", Path: "/amount",
			Message: engine.Text{En: "the amount must not be 0", Zh: "数量不能为 0"}})
	}
	if g.Account == "" {
		g.Account = engine.DefaultAccount
	}
	if err := s.rewardOf(ctx, who, name, namedReward{"points", g.Account, "/account"}); err != nil {
		return nil, err
	}
	list := []engine.Prop{prop("amount", engine.IntValue(g.Amount)), textProp("account", g.Account), textProp("reason", g.Reason)}
	if g.Expires != "" {
		until, err := after(who.Now, g.Expires, "/expires")
		if err != nil {
			return nil, err
		}
		list = append(list, timeProp("expires", until))
	}
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.points.grant", Props: props(list...)})
}

// Badge awards or revokes a badge by hand.
func (s *Members) Badge(ctx context.Context, who Caller, name, badge string, revoke bool) (*Member, error) {
	typ := "bylaw.badge.award"
	if revoke {
		typ = "bylaw.badge.revoke"
	} else if err := s.rewardOf(ctx, who, name, namedReward{"badge", badge, "/badge"}); err != nil {
		return nil, err
	}
	return s.change(ctx, who, name, Match{}, engine.Event{Type: typ, Props: props(textProp("badge", badge))})
}

// GrantPrivilege gives a privilege by hand, for as long as lasts says; "" is the
// privilege's own duration, or for ever.
func (s *Members) GrantPrivilege(ctx context.Context, who Caller, name, privilege, lasts string) (*Member, error) {
	if err := s.rewardOf(ctx, who, name, namedReward{"privilege", privilege, "/privilege"}); err != nil {
		return nil, err
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return nil, err
	}
	if lasts == "" {
		lasts = view.Defs.Rewards[privilege].Lasts
	}
	list := []engine.Prop{textProp("privilege", privilege)}
	if lasts != "" {
		until, err := after(who.Now, lasts, "/lasts")
		if err != nil {
			return nil, err
		}
		list = append(list, timeProp("until", until))
	}
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.privilege.grant", Props: props(list...)})
}

// RevokePrivilege takes a privilege back.
func (s *Members) RevokePrivilege(ctx context.Context, who Caller, name, privilege string) (*Member, error) {
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.privilege.revoke", Props: props(textProp("privilege", privilege))})
}

// TierSet puts somebody into a tier of a ladder.
type TierSet struct{ Ladder, To, Reason string }

// SetTier puts a member into a tier by hand.
func (s *Members) SetTier(ctx context.Context, who Caller, name string, t TierSet, m Match) (*Member, error) {
	view, err := s.state(ctx, who)
	if err != nil {
		return nil, err
	}
	l := view.Defs.Ladders[t.Ladder]
	if l == nil {
		return nil, engine.NotFound("ladder", t.Ladder)
	}
	if err := need(l.Rank(t.To) > 0, "/to", "tier", "层级", t.To); err != nil {
		return nil, err
	}
	return s.change(ctx, who, name, m, engine.Event{Type: "bylaw.tier.set", Props: props(
		textProp("ladder", t.Ladder), textProp("to", t.To), textProp("reason", t.Reason))})
}

// namedReward is a reward that a caller names at a path.
type namedReward struct{ kind, key, path string }

var rewardWords = map[string]string{"points": "积分账户", "badge": "徽章", "privilege": "特权"}

// rewardOf refuses a member who does not exist, then a key that names no reward
// of its kind.
func (s *Members) rewardOf(ctx context.Context, who Caller, member string, n namedReward) error {
	if _, err := s.find(ctx, who, member); err != nil {
		return err
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return err
	}
	r := view.Defs.Rewards[n.key]
	return need(r != nil && r.Kind == n.kind, n.path, n.kind, rewardWords[n.kind], n.key)
}

// maxLasting is the longest duration that a hand may give.
const maxLasting = 100 * 366 * 24 * time.Hour

func after(now engine.Time, duration, path string) (engine.Time, error) {
	d, err := calendar.ParseDuration(duration)
	if err != nil || d <= 0 || d > maxLasting {
		return 0, engine.Invalid(engine.Text{En: "the duration cannot be used", Zh: "时长不可用"}, engine.Problem{Code: "bad_duration", Path: path,
			Message: engine.Text{En: "write a duration such as 30d, at most 100 years", Zh: "请写时长，如 30d，最长 100 年"}})
	}
	return now.Add(d), nil
}
