package machine

import (
	"fmt"
	"math"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

func (x *deed) grantPoints() error {
	amount, kind := x.v.fields["amount"].Num, "grant"
	if amount < 0 {
		kind = "deduct"
	}
	x.movePoints(amount, kind)
	return nil
}

func (x *deed) pay() error {
	amount := x.v.fields["amount"].Num
	if amount < 0 { // to be paid a debt would be a grant
		x.made.Reason = engine.TooLarge
		return nil
	}
	x.movePoints(-amount, "pay")
	return nil
}

func (x *deed) movePoints(amount int64, kind string) {
	e := engine.LedgerEntry{Account: x.account(), Amount: amount, Kind: kind, Rule: x.d.rule.Key, Version: x.d.rule.Version,
		Occurrence: x.d.Occurrence, At: x.d.at, Reason: x.v.text("reason"), Position: x.d.Position}
	if lasts := x.lasts("expires"); lasts > 0 && amount > 0 {
		e.Expires = x.in(lasts)
	}
	x.made.Ref, x.made.Reason = x.post(x.member, e)
}

// post writes one ledger entry and moves the member's balance with it. Nothing
// is posted, with a reason, where the balance would leave its range or its
// account's floor.
func (t *turn) post(m *engine.Member, e engine.LedgerEntry) (id string, why engine.Reason) {
	a := m.Accounts[e.Account]
	if !fits(a.Balance, e.Amount) {
		return "", engine.TooLarge
	}
	if t.belowFloor(&a, &e) {
		return "", engine.TooLittle
	}
	e.ID = fmt.Sprintf("%016x-%06d", e.Position, t.serial())
	e.Member = m.ID
	a.Balance += e.Amount
	e.Balance = a.Balance
	switch {
	case e.Kind == "merge" || e.Kind == "expire": // lots move with the merge, and are gone before they expire
	case e.Expires != 0 && e.Amount > 0:
		a.Lots = addLot(a.Lots, engine.Lot{Entry: e.ID, Left: e.Amount, Expires: e.Expires})
		t.timer(e.Expires, "points", "pts|"+e.ID, timerBody{Member: m.ID, Key: e.Account, Ref: e.ID})
	case e.Kind == "reverse" && e.Amount < 0:
		a.Lots = unlot(a.Lots, e.Of, -e.Amount)
	case e.Amount < 0:
		a.Lots = spend(a.Lots, -e.Amount)
	}
	if m.Accounts == nil {
		m.Accounts = map[string]engine.Account{}
	}
	m.Accounts[e.Account] = a
	t.changes.Ledger = append(t.changes.Ledger, e)
	t.countPoints(&e)
	t.touch(engine.MemberRecord, m.ID)
	return e.ID, ""
}

// fits is whether a balance and an amount add up within 64 bits.
func fits(balance, amount int64) bool {
	switch {
	case amount == math.MinInt64: // has no opposite
		return false
	case amount > 0:
		return balance <= math.MaxInt64-amount
	}
	return balance > math.MinInt64-amount
}

// belowFloor is whether an entry would take more than the account's floor
// allows. What expires, is clawed back or moves with a person asks for no leave.
func (t *turn) belowFloor(a *engine.Account, e *engine.LedgerEntry) bool {
	r := t.view.Defs.Rewards[e.Account]
	if r == nil || r.Floor == nil || e.Amount >= 0 {
		return false
	}
	switch e.Kind {
	case "reverse", "expire", "merge":
		return false
	}
	return a.Balance+e.Amount < *r.Floor
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

// unlot takes an amount from one lot first, then from those that expire first.
func unlot(lots []engine.Lot, entry string, amount int64) []engine.Lot {
	lots = slices.Clone(lots)
	if i := slices.IndexFunc(lots, func(l engine.Lot) bool { return l.Entry == entry }); i >= 0 {
		take := min(lots[i].Left, amount)
		lots[i].Left -= take
		amount -= take
	}
	return spend(lots, amount)
}

// expiredKey is the mark of how much of an entry expired, so that a reversal
// does not take it a second time.
func expiredKey(entry string) string { return "exp|" + entry }

// expirePoints takes what is left of a lot whose time has come.
func (t *turn) expirePoints(o *occasion, b *timerBody, due engine.Time) {
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
	t.setCounter(expiredKey(b.Ref), left)
}

// undoPoints posts the opposite of a grant or payment, but for what expired of it.
func (x *deed) undoPoints(e *engine.Effect) error {
	account := e.Fields["account"].Text0()
	if account == "" {
		account = engine.DefaultAccount
	}
	expired, err := x.counter(expiredKey(e.Ref))
	if err != nil {
		return err
	}
	amount := expired - e.Fields["amount"].Num
	if e.Kind == engine.Pay {
		amount = e.Fields["amount"].Num
	}
	if amount == 0 {
		return nil
	}
	x.made.Ref, x.made.Reason = x.post(x.member, engine.LedgerEntry{Account: account, Amount: amount, Kind: "reverse", Of: e.Ref,
		Rule: x.d.rule.Key, Version: x.d.rule.Version, Occurrence: x.d.Occurrence, At: x.d.at, Position: x.d.Position})
	return nil
}
