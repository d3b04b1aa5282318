package machine

import (
	"fmt"
	"math"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

func (x *deed) grantPoints() error {
	return x.movePoints(x.v.fields["amount"].Num, "grant")
}

func (x *deed) pay() error {
	return x.movePoints(-x.v.fields["amount"].Num, "pay")
}

func (x *deed) movePoints(amount int64, kind string) error {
	if amount < 0 && kind == "grant" {
		kind = "deduct"
	}
	e := engine.LedgerEntry{Account: x.account(), Amount: amount, Kind: kind, Rule: x.d.rule.Key, Version: x.d.rule.Version,
		Occurrence: x.d.Occurrence, At: x.d.at, Reason: x.v.text("reason")}
	if lasts := x.lasts("expires"); lasts > 0 && amount > 0 {
		e.Expires = x.d.at + lasts
	}
	e.Position = x.d.Position
	id, why := x.post(x.member, e)
	x.made.Ref, x.made.Reason = id, why
	return nil
}

// Reasons of points.
const (
	insufficient engine.Reason = "insufficient" // the balance may not go below its floor
	outOfRange   engine.Reason = "overflow"
)

// post writes one ledger entry and moves the member's balance with it. Nothing
// is posted, with a reason, where the balance would leave its range or its
// account's floor.
func (t *turn) post(m *engine.Member, e engine.LedgerEntry) (id string, why engine.Reason) {
	a := m.Accounts[e.Account]
	if e.Amount > 0 && a.Balance > math.MaxInt64-e.Amount || e.Amount < 0 && a.Balance < math.MinInt64-e.Amount {
		return "", outOfRange
	}
	floor := (*int64)(nil)
	if r := t.view.Defs.Rewards[e.Account]; r != nil {
		floor = r.Floor
	}
	if e.Amount < 0 && e.Kind != "reverse" && e.Kind != "expire" && floor != nil && a.Balance+e.Amount < *floor {
		return "", insufficient
	}
	e.ID = fmt.Sprintf("%016x-%04d", e.Position, t.serial())
	e.Member = m.ID
	a.Balance += e.Amount
	e.Balance = a.Balance
	switch {
	case e.Expires != 0:
		a.Lots = addLot(a.Lots, engine.Lot{Entry: e.ID, Left: e.Amount, Expires: e.Expires})
		t.timer(e.Expires, "points", "pts|"+e.ID, timerBody{Member: m.ID, Key: e.Account, Ref: e.ID})
	case e.Amount < 0 && e.Kind != "expire":
		a.Lots = spend(a.Lots, -e.Amount)
	}
	if m.Accounts == nil {
		m.Accounts = map[string]engine.Account{}
	}
	m.Accounts[e.Account] = a
	t.changes.Ledger = append(t.changes.Ledger, e)
	t.touch(engine.MemberRecord, m.ID)
	return e.ID, ""
}

// addLot files a lot by expiry.
func addLot(lots []engine.Lot, l engine.Lot) []engine.Lot {
	i, _ := slices.BinarySearchFunc(lots, l, func(a, b engine.Lot) int {
		if a.Expires <= b.Expires {
			return -1
		}
		return 1
	})
	return slices.Insert(slices.Clone(lots), i, l)
}

// spend takes an amount from the lots that expire first; what no lot covers
// comes from points that never expire.
func spend(lots []engine.Lot, amount int64) []engine.Lot {
	var left []engine.Lot
	for _, l := range lots {
		take := min(l.Left, amount)
		l.Left -= take
		amount -= take
		if l.Left > 0 {
			left = append(left, l)
		}
	}
	return left
}

// expirePoints takes what is left of a lot whose time has come.
func (t *turn) expirePoints(o *occasion, b timerBody, due engine.Time) {
	m := o.member
	a := m.Accounts[b.Key]
	i := slices.IndexFunc(a.Lots, func(l engine.Lot) bool { return l.Entry == b.Ref })
	if i < 0 {
		return
	}
	left := a.Lots[i].Left
	a.Lots = slices.Delete(slices.Clone(a.Lots), i, i+1)
	m.Accounts[b.Key] = a
	t.post(m, engine.LedgerEntry{Account: b.Key, Amount: -left, Kind: "expire", Of: b.Ref, At: due, Position: o.event.Position})
}

// reverse claws back what another rule gave this subject for this occurrence.
func (x *deed) reverse() error {
	key := onceKey(x.v.text("rule"), x.d.Subject, x.d.Occurrence)
	b, err := x.mark(key)
	if err != nil {
		return err
	}
	var g given
	if b != nil {
		if err := unmarshal(b, &g); err != nil {
			return fmt.Errorf("mark %s: %w", key, err)
		}
	}
	if b == nil || g.Reversed {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	for _, e := range g.Effects {
		if e.Reason == "" {
			if err := x.undo(e, g.Position); err != nil {
				return err
			}
		}
	}
	g.Reversed = true
	x.setMark(key, mustJSON(g))
	return nil
}

// undo takes back one effect, as far as it can be.
func (x *deed) undo(e engine.Effect, at int64) error {
	m := x.member
	switch e.Kind {
	case engine.GrantPoints, engine.Pay:
		account := e.Fields["account"].Text0()
		if account == "" {
			account = engine.DefaultAccount
		}
		amount := e.Fields["amount"].Num
		if e.Kind == engine.Pay {
			amount = -amount
		}
		x.made.Ref, _ = x.post(m, engine.LedgerEntry{Account: account, Amount: -amount, Kind: "reverse", Of: e.Ref,
			Rule: x.d.rule.Key, Version: x.d.rule.Version, Occurrence: x.d.Occurrence, At: x.d.at, Position: x.d.Position})
	case engine.AwardBadge:
		delete(m.Badges, e.Ref)
	case engine.GrantPrivilege:
		delete(m.Privileges, e.Ref)
	case engine.AddTag:
		x.setTag(m, e.Fields["tag"].Text0(), false)
	case engine.IssueCoupon, engine.Draw:
		return x.undoCoupon(e)
	case engine.JoinGroup:
		return x.leave(m, e.Fields["group"].Text0())
	}
	x.changed()
	return nil
}

// undoCoupon voids the coupon of an effect, if it is still the newest of its pool.
func (x *deed) undoCoupon(e engine.Effect) error {
	b, err := x.mark(couponKey(x.member.ID, e.Fields["pool"].Text0()))
	if err != nil || b == nil {
		return err
	}
	var c issuedCoupon
	if err := unmarshal(b, &c); err != nil {
		return fmt.Errorf("coupon of %s: %w", x.member.ID, err)
	}
	if c.ID == e.Ref {
		x.voidCoupon(c)
	}
	return nil
}
