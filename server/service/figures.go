package service

import (
	"context"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What summing a month's ledger may read.
const (
	maxLedgerRead = 20_000
	ledgerPage    = 1000
)

// RewardFigures say what of a reward was given and what is left.
type RewardFigures struct {
	Given    *int64       `json:"given,omitempty"` // coupons handed out
	Stock    *int64       `json:"stock,omitempty"` // of a coupon pool, handed out or not
	Left     *int64       `json:"left,omitempty"`
	Month    *PointsFlow  `json:"month,omitempty"` // of a point account
	Complete bool         `json:"complete"`        // the month was read whole
	Rules    []RewardRule `json:"rules,omitempty"`
}

// PointsFlow is what went into and out of an account.
type PointsFlow struct {
	Granted int64 `json:"granted"`
	Taken   int64 `json:"taken"` // as a positive number
}

// RewardRule is a live rule that gives a reward, with its budget of it.
type RewardRule struct {
	Rule   string      `json:"rule"`
	Title  engine.Text `json:"title,omitzero"`
	Per    string      `json:"per,omitempty"`
	Budget int64       `json:"budget,omitempty"`
	Used   int64       `json:"used,omitempty"` // in the span that runs now
}

// Figures counts what of a reward was given; engine.CodeNotFound when there is none.
func (d *Definitions) Figures(ctx context.Context, who Caller, key string) (RewardFigures, error) {
	out := RewardFigures{Complete: true}
	view, err := d.state(ctx, who)
	if err != nil {
		return out, err
	}
	reward := view.Defs.Rewards[key]
	if reward == nil {
		return out, engine.NotFound("reward", key)
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return out, fmt.Errorf("zone of the workspace: %w", err)
	}
	zone := calendar.NewZone(loc)
	today := zone.Day(who.Now.Std())
	if out.Rules, err = d.givers(ctx, who, reward, view, today); err != nil {
		return out, err
	}
	switch reward.Kind {
	case "coupon":
		err = d.stock(ctx, who, reward, &out)
	case "points":
		err = d.month(ctx, who, key, engine.TimeOf(zone.DayStart(today.MonthStart())), &out)
	}
	return out, err
}

func (d *Definitions) stock(ctx context.Context, who Caller, pool *engine.Reward, out *RewardFigures) error {
	given, err := d.counters(ctx, who, machine.StockKey(pool.Key))
	if err != nil {
		return err
	}
	stock := pool.Stock
	if len(pool.Codes) > 0 {
		stock = int64(len(pool.Codes))
	}
	left := max(0, stock-given[0])
	out.Given, out.Stock, out.Left = &given[0], &stock, &left
	return nil
}

// month sums the account's newest entries back to the month's beginning.
func (d *Definitions) month(ctx context.Context, who Caller, account string, from engine.Time, out *RewardFigures) error {
	out.Month = &PointsFlow{}
	at := engine.Page{Limit: ledgerPage}
	for read := 0; ; read += ledgerPage {
		if read >= maxLedgerRead {
			out.Complete = false
			return nil
		}
		rows, err := d.reader(who).ListLedger(ctx, engine.LedgerQuery{Account: account, Page: at})
		if err != nil {
			return fmt.Errorf("read the ledger of %s: %w", account, err)
		}
		for _, e := range rows.Items {
			switch {
			case e.At < from: // entries come by position: a late one may stand among earlier ones
			case e.Amount > 0:
				out.Month.Granted += e.Amount
			default:
				out.Month.Taken -= e.Amount
			}
		}
		if n := len(rows.Items); rows.Next == "" || n > 0 && rows.Items[n-1].At.Add(engine.LateAfter) < from {
			return nil
		}
		at.Cursor = rows.Next
	}
}

// givers are the live rules that give a reward.
func (d *Definitions) givers(ctx context.Context, who Caller, reward *engine.Reward, view *machine.View, today calendar.Date) ([]RewardRule, error) {
	var list []RewardRule
	for _, r := range view.Book.Rules {
		if !gives(r, reward) {
			continue
		}
		one := RewardRule{Rule: r.Key, Title: r.Title}
		if limit, ok := r.Limits.Budget[reward.Key]; ok && reward.Kind == "points" {
			used, err := d.counters(ctx, who, machine.BudgetKey(r.Key, reward.Key, limit.Per, today))
			if err != nil {
				return nil, err
			}
			one.Per, one.Budget, one.Used = limit.Per, limit.Times, used[0]
		}
		list = append(list, one)
	}
	return list, nil
}

// gives is whether a rule's effects name a reward.
func gives(r *engine.Rule, reward *engine.Reward) bool {
	for _, plans := range [][]engine.EffectPlan{r.Then, r.Otherwise} {
		for i := range plans {
			if mentions(&plans[i], reward) {
				return true
			}
		}
	}
	return false
}

func mentions(p *engine.EffectPlan, reward *engine.Reward) bool {
	field := map[engine.EffectKind]string{engine.GrantPoints: "account", engine.Pay: "account", engine.AwardBadge: "badge",
		engine.IssueCoupon: "pool", engine.Draw: "pool", engine.GrantPrivilege: "privilege"}[p.Kind]
	if field == "" {
		return false
	}
	f, ok := p.Field(field)
	if !ok || f.Key == "" {
		return field == "account" && reward.Key == engine.DefaultAccount
	}
	return f.Key == reward.Key
}

// counters reads marks that count; one that is not set is 0.
func (c *core) counters(ctx context.Context, who Caller, keys ...string) ([]int64, error) {
	asked := make([]engine.RecordKey, len(keys))
	for i, key := range keys {
		asked[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: key}
	}
	found, err := c.reader(who).Records(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	out := make([]int64, len(keys))
	for i, key := range asked {
		if body := found[key]; body != nil {
			if out[i], err = strconv.ParseInt(string(body), 10, 64); err != nil {
				return nil, fmt.Errorf("counter %s: %w", key.Key, err)
			}
		}
	}
	return out, nil
}
