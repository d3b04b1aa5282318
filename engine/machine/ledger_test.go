package machine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"pgregory.net/rapid"
)

// purse is one person's points as the model keeps them.
type purse struct {
	name    string
	balance int64
	lots    []portion // in the order in which they expire
}

// portion is what is left of a grant that expires.
type portion struct {
	ref     string
	left    int64
	expires engine.Time
}

// grant that a rule gave, for claw-back.
type gift struct {
	to       *purse
	n        int64
	expired  int64
	reversed bool
}

// bank is the model: it knows nothing of the engine.
type bank struct {
	floor  int64
	who    map[string]*purse // by name; two names may be one person
	gifts  map[string]*gift  // by purse and ref
	merges []union
}

type union struct {
	position  int64
	survivor  *purse
	other     *purse
	balance   int64 // the other's, then
	lots      []portion
	otherName []string
}

func (p *purse) add(x portion) {
	i := 0
	for i < len(p.lots) && p.lots[i].expires <= x.expires {
		i++
	}
	p.lots = slices.Insert(p.lots, i, x)
}

func (p *purse) spend(n int64) {
	for i := range p.lots {
		take := min(n, p.lots[i].left)
		p.lots[i].left -= take
		n -= take
	}
	p.tidy()
}

func (p *purse) tidy() {
	p.lots = slices.DeleteFunc(p.lots, func(x portion) bool { return x.left == 0 })
}

func (b *bank) give(p *purse, ref string, n int64, expires engine.Time) {
	key := p.name + "/" + ref
	if b.gifts[key] != nil {
		return // once for each ref
	}
	b.gifts[key] = &gift{to: p, n: n}
	p.balance += n
	if expires > 0 {
		p.add(portion{key, n, expires})
	}
}

func (b *bank) take(p *purse, n int64) {
	if p.balance-n < b.floor {
		return
	}
	p.balance -= n
	p.spend(n)
}

func (b *bank) reverse(p *purse, ref string) {
	key := p.name + "/" + ref
	g := b.gifts[key]
	if g == nil || g.reversed {
		return
	}
	g.reversed = true
	n := g.n - g.expired
	p.balance -= n
	for i := range p.lots {
		if p.lots[i].ref == key {
			take := min(n, p.lots[i].left)
			p.lots[i].left -= take
			n -= take
		}
	}
	p.tidy()
	p.spend(n)
}

func (b *bank) pass(now engine.Time) {
	done := map[*purse]bool{}
	for _, p := range b.who {
		if done[p] {
			continue
		}
		done[p] = true
		for len(p.lots) > 0 && p.lots[0].expires <= now {
			p.balance -= p.lots[0].left
			b.gifts[p.lots[0].ref].expired += p.lots[0].left
			p.lots = p.lots[1:]
		}
	}
}

func (b *bank) merge(position int64, survivor, other *purse) {
	u := union{position: position, survivor: survivor, other: other, balance: other.balance, lots: slices.Clone(other.lots)}
	survivor.balance += other.balance
	for _, x := range other.lots {
		survivor.add(x)
	}
	other.balance, other.lots = 0, nil
	for name, p := range b.who {
		if p == other {
			b.who[name] = survivor
			u.otherName = append(u.otherName, name)
		}
	}
	b.merges = append(b.merges, u)
}

// undo takes the newest merge back. What the other came with goes with them,
// but for what would be gone by now.
func (b *bank) undo(now engine.Time) {
	u := b.merges[len(b.merges)-1]
	b.merges = b.merges[:len(b.merges)-1]
	back := u.balance
	for _, x := range u.lots {
		u.survivor.lots = slices.DeleteFunc(u.survivor.lots, func(y portion) bool { return y.ref == x.ref })
		if x.expires <= now {
			back -= x.left
			continue
		}
		u.other.lots = append(u.other.lots, x)
	}
	u.survivor.balance -= back
	u.other.balance += back
	for _, name := range u.otherName {
		b.who[name] = u.other
	}
}

var ledgerRules = []string{`
key: gift
kind: reward
title: {en: Gift, zh: 礼物}
on: gift.made
when: 'not (event.props.short ?? false)'
once: 'event.props.ref'
then:
  - grant_points: {amount: 'event.props.n'}
`, `
key: short-gift
kind: reward
title: {en: Gift for five days, zh: 五天的礼物}
on: gift.made
when: 'event.props.short ?? false'
once: 'event.props.ref'
then:
  - grant_points: {amount: 'event.props.n', expires: 5d}
`, `
key: regret
kind: reward
title: {en: Regret, zh: 收回}
on: gift.regretted
when: 'true'
once: 'event.props.ref'
then:
  - reverse: {rule: gift}
  - reverse: {rule: short-gift}
`}

// TestBalancesAgainstAModel runs random commands and compares every balance
// with a model that shares nothing with the engine, and with the sum of the
// entries.
func TestBalancesAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, ledgerRules...)
		floor := rapid.Int64Range(-20, 0).Draw(t, "floor")
		w.reward(engine.Reward{Key: engine.DefaultAccount, Kind: "points", Floor: &floor})
		b := &bank{floor: floor, who: map[string]*purse{}, gifts: map[string]*gift{}}
		names := []string{"ada", "bo", "cy"}
		for _, n := range names {
			b.who[n] = &purse{name: n}
			w.do(n, "hello")
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			command(t, w, b, names)
			for _, n := range names {
				compareBalance(t, w, n, b.who[n])
			}
		}
		w.verify()
	})
}

func command(t *rapid.T, w *world, b *bank, names []string) {
	name := rapid.SampledFrom(names).Draw(t, "who")
	p := b.who[name]
	ref := fmt.Sprint("r", rapid.IntRange(0, 5).Draw(t, "ref"))
	n := rapid.Int64Range(1, 30).Draw(t, "n")
	switch rapid.IntRange(0, 7).Draw(t, "command") {
	case 0, 1:
		if g := b.gifts[p.name+"/"+ref]; g == nil { // a short and a lasting gift of one ref would be two
			w.do(name, "gift.made", "ref", ref, "n", n)
			b.give(p, ref, n, 0)
		}
	case 2, 3:
		if g := b.gifts[p.name+"/"+ref]; g == nil {
			w.do(name, "gift.made", "ref", ref, "n", n, "short", true)
			b.give(p, ref, n, w.now+5*day)
		}
	case 4:
		w.hand("bylaw.points.grant", to(name), "amount", -n)
		b.take(p, n)
	case 5:
		if g := b.gifts[p.name+"/"+ref]; g != nil { // to regret what was not given would use the regret up
			w.do(name, "gift.regretted", "ref", ref)
			b.reverse(p, ref)
		}
	case 6:
		w.pass(engine.Time(rapid.Int64Range(1, 4).Draw(t, "days")) * day)
		b.pass(w.now)
	case 7:
		other := b.who[rapid.SampledFrom(names).Draw(t, "other")]
		if len(b.merges) > 0 && rapid.Bool().Draw(t, "undo") {
			u := b.merges[len(b.merges)-1]
			w.hand("bylaw.member.unmerge", byID(w, u.survivor.name), "merge_position", u.position)
			b.undo(w.now)
		} else if other != p {
			e := w.by("", "bylaw.member.merge")
			e.Member, e.To = engine.MemberRef{ID: w.id(name)}, identity(other.name)
			r := w.hand("bylaw.member.merge", func(x *engine.Event) { *x = e })
			b.merge(r.Position, p, other)
		}
	}

}

func byID(w *world, name string) func(*engine.Event) {
	return func(e *engine.Event) { e.Member = engine.MemberRef{ID: w.id(name)} }
}

func compareBalance(t *rapid.T, w *world, name string, p *purse) {
	m := w.member(name)
	a := m.Accounts[engine.DefaultAccount]
	if a.Balance != p.balance {
		t.Fatalf("%s has %d, the model says %d; entries %+v", name, a.Balance, p.balance, w.ledger(m.ID))
	}
	entries, lots := int64(0), int64(0)
	for _, e := range w.ledger(m.ID) {
		entries += e.Amount
	}
	for _, l := range a.Lots {
		lots += l.Left
	}
	modelled := int64(0)
	for _, x := range p.lots {
		modelled += x.left
	}
	if entries != a.Balance {
		t.Fatalf("%s has %d and entries of %d", name, a.Balance, entries)
	}
	if lots != modelled {
		t.Fatalf("%s has %d that expire, the model says %d: %+v, %+v", name, lots, modelled, a.Lots, p.lots)
	}
}

func TestPointsStayWithinTheirRange(t *testing.T) {
	w := newWorld(t)
	most := int64(1<<63 - 1)
	for _, amount := range []int64{most, 1, -most, -most, -1, -1 << 63} {
		w.hand("bylaw.points.grant", to("ada"), "amount", amount)
	}
	sum := int64(0)
	for _, e := range w.ledger(w.id("ada")) {
		sum += e.Amount
	}
	if got := w.member("ada").Accounts["points"].Balance; got != sum || got != -most {
		t.Errorf("balance %d, sum of entries %d", got, sum)
	}
	w.verify()
}
