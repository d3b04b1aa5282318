package demo

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// business tells of the day's money: orders, refunds, what newcomers cost, and
// who asks to be let into the members' club.
func (w *World) business() {
	season := orderSeason(w.start)
	for _, p := range w.people[:w.next] {
		if p.buyer && p.present(w.day) && (p.awake(w.day) || w.dice.chance(0.2)) && w.dice.chance(0.034*season) {
			w.buys(p)
		}
	}
	w.spends()
}

// buys tells of an order, and of a refund of some.
func (w *World) buys(p *person) {
	d := w.dice
	at := w.moment(p, &hours)
	if !p.club && p.temper >= casual && d.chance(0.14) {
		p.club = true
		w.order(p, at, membership, membership.price)
		w.joinsClub(p, at)
		return
	}
	what := one(d, products)
	amount := what.price * float64(1+d.weigh(0.86, 0.12, 0.02))
	if p.source.basket < 1 { // they come for the small things
		what = products[d.IntN(3)]
		amount = what.price * (0.85 + 0.15*p.source.basket)
	} else if d.chance(0.3) {
		amount += one(d, products).price
	}
	id := w.order(p, at, what, amount)
	refund := 0.04
	if p.source == &sources[fromDouyin] {
		refund = 0.13
	}
	if !d.chance(refund) {
		return
	}
	if d.chance(0.3) {
		amount /= 2
	}
	w.after(d.between(1, 7), func() {
		w.add(p, w.moment(p, &hours), "order.refunded", text("order_id", id), decimal("amount", amount),
			text("reason", one(d, []string{"破损", "不想要了", "发错"}))).Origin = p.source.key
	})
}

func (w *World) order(p *person, at engine.Time, what product, amount float64) string {
	id := w.number("order")
	w.add(p, at, "order.paid", text("order_id", id), decimal("amount", amount), text("product", what.key)).Origin = p.source.key
	return id
}

// joinsClub tells the way into the members' club, which not everybody goes to its end.
func (w *World) joinsClub(p *person, at engine.Time) {
	d := w.dice
	if d.chance(0.85) {
		w.add(p, at.Add(20*time.Minute), "task.done", text("task", "introduce-yourself"))
	}
	if d.chance(0.8) {
		w.add(p, at.Add(25*time.Minute), "realname.verified", text("by", "staff"))
	}
	for i := range d.weigh(0.15, 0.15, 0.5, 0.2) {
		if friend := w.speaker(regular, p); friend != nil {
			w.add(p, at.Add(time.Duration(30+i)*time.Minute), "vouch.given", text("by", friend.key))
		}
	}
	w.after(d.between(1, 2), func() {
		if p.present(w.day) {
			w.add(p, w.moment(p, &hours), "group.applied", text("answer", "喜欢"+p.craft)).Group = groupClub
		}
	})
	if d.chance(0.2) { // somebody who has heard of it and not paid
		if other := w.speaker(casual, p); other != nil && !other.club {
			w.add(other, at.Add(time.Hour), "group.applied", text("answer", "朋友介绍")).Group = groupClub
		}
	}
}

// spends tells what each source cost today.
func (w *World) spends() {
	came := map[*source]int{}
	for i := w.next - 1; i >= 0 && w.people[i].joinDay == w.day; i-- {
		came[w.people[i].source]++
	}
	for i := range sources {
		s := &sources[i]
		amount := s.daily * (0.8 + 0.4*w.dice.Float64()) * w.size.share()
		switch {
		case i == fromFriend:
			amount = 12 * float64(came[s])
		case i == fromDouyin && promotion(w.start):
			amount *= 14
		}
		if amount == 0 {
			continue
		}
		e := w.add(nil, engine.TimeOf(w.start.Add(9*time.Hour+30*time.Minute+time.Duration(i)*time.Minute)), "spend.recorded",
			text("kind", s.kind), text("outlet", s.outlet), text("campaign", campaign(w.start)), decimal("amount", amount))
		e.Origin = s.key
	}
}
