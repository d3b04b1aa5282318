package machine

import (
	"fmt"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// limited checks a ruling against its rule's limits, in the order cooldown, per
// member, total, budget, and counts it when none stops it. What a limit stops
// is not used up: the occurrence may come again.
func (t *turn) limited(d *ruling) (engine.Reason, error) {
	l := d.rule.Limits
	checks := t.checks(d, l)
	for _, c := range checks {
		have, err := t.counter(c.key)
		if err != nil {
			return "", err
		}
		if c.stops(have) {
			d.Detail = c.says
			return c.why, nil
		}
	}
	for _, c := range checks {
		have, err := t.counter(c.key)
		if err != nil {
			return "", err
		}
		t.setCounter(c.key, c.next(have))
	}
	return "", nil
}

// check is one counter that a limit looks at.
type check struct {
	key  string
	why  engine.Reason
	says string
	max  int64 // the most the counter may reach
	add  int64
	last engine.Time // of a cooldown: now; the counter is the time of the last one
	wait engine.Time // microseconds
}

func (c check) stops(have int64) bool {
	if c.last != 0 {
		return have != 0 && int64(c.last)-have < int64(c.wait)
	}
	return c.add > 0 && c.add > c.max-have // no overflow: a counter is never negative
}

func (c check) next(have int64) int64 {
	if c.last != 0 {
		return max(have, int64(c.last)) // a late event does not end a later one's wait
	}
	return have + c.add
}

func (t *turn) checks(d *ruling, l engine.Limits) []check {
	var out []check
	if l.Cooldown > 0 {
		out = append(out, check{key: keyOf("cool", d.rule.Key, d.Subject), why: engine.Cooldown,
			last: d.at, wait: engine.Time(l.Cooldown.Microseconds()), says: "cooldown " + l.Cooldown.String()})
	}
	if p := l.PerMember; p != nil {
		out = append(out, check{key: t.spanKey(keyOf("lim", d.rule.Key, d.Subject), p.Per, d.at), why: engine.CapReached,
			max: p.Times, add: 1, says: fmt.Sprintf("per_member %d per %s", p.Times, p.Per)})
	}
	if p := l.Total; p != nil {
		out = append(out, check{key: t.spanKey(keyOf("limall", d.rule.Key), p.Per, d.at), why: engine.CapReached,
			max: p.Times, add: 1, says: fmt.Sprintf("total %d per %s", p.Times, p.Per)})
	}
	for _, account := range sortedKeys(l.Budget) {
		p := l.Budget[account]
		out = append(out, check{key: BudgetKey(d.rule.Key, account, p.Per, t.view.Zone.Day(d.at.Std())), why: engine.OverBudget,
			max: p.Times, add: d.spends(account), says: fmt.Sprintf("budget %d of %s per %s", p.Times, account, p.Per)})
	}
	return out
}

// spends is how many points of an account a ruling would grant.
func (d *ruling) spends(account string) (sum int64) {
	for i := range d.plan {
		v := &d.plan[i]
		if v.plan.Kind != engine.GrantPoints && v.plan.Kind != engine.Pay {
			continue
		}
		name := v.text("account")
		if name == "" {
			name = engine.DefaultAccount
		}
		if n := v.fields["amount"].Num; name == account && n > 0 {
			if sum > math.MaxInt64-n {
				return math.MaxInt64
			}
			sum += n
		}
	}
	return sum
}

// spanKey adds the calendar span of a moment to a counter's key: counting
// starts again with each day, week or month of the workspace's zone.
func (t *turn) spanKey(key, per string, at engine.Time) string {
	day := t.view.Zone.Day(at.Std())
	return key + "|" + spanName(per, day)
}

func spanName(per string, day calendar.Date) string {
	switch per {
	case "day":
		return day.String()
	case "week":
		return "w" + day.WeekStart().String()
	case "month":
		return day.MonthStart().String()[:7]
	}
	return "ever"
}
