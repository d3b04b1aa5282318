package demo

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Seats of the groups; group one is kept small on purpose.
const (
	seatsCore   = 80
	seatsSecond = 460
	seatsHeld   = 150
	seatsClub   = 36
	seatsMain   = 5000
)

// settle fills the groups with founders, on the day the import begins, and hands
// out offices on the first day of the story.
func (w *World) settle() {
	at := engine.TimeOf(w.start.Add(time.Second))
	if w.day == 0 {
		w.offices(at)
		return
	}
	for w.next < len(w.people) && w.people[w.next].joinDay < w.day {
		p := w.people[w.next]
		w.next++
		w.joins(p)
		switch {
		case p.temper >= keen && w.rooms[groupCore] < w.size.scaled(seatsCore)*3/5:
			p.room = groupCore
		case w.rooms[groupHeld] < w.size.scaled(seatsHeld)/5 && p.temper == quiet && w.dice.chance(0.1):
			p.room = groupHeld
		case w.rooms[groupSecond] < w.size.scaled(seatsSecond)*4/5 && w.dice.chance(0.62):
			p.room = groupSecond
		}
		if p.room != "" {
			w.enter(p, p.room, p.joinAt.Add(2*time.Hour))
		}
		tier := [...]string{"onlooker", "onlooker", "participant", "active", "advocate"}[p.temper]
		w.add(p, at, "bylaw.tier.set", text("ladder", engine.DefaultLadder), text("to", tier), text("reason", "搬家前的层级"))
	}
}

// scaled brings a number that is right for the full size to this one.
func (s Size) scaled(n int) int { return max(1, n*s.Members/Full.Members) }

// roles are the offices of a group, in the order in which they are given.
var roles = []string{"assistant", "activity", "recorder", "designer", "diplomat", "enforcer"}

// offices appoints founders who talk.
func (w *World) offices(at engine.Time) {
	for _, g := range [...]struct {
		group string
		count int
	}{{groupCore, 4}, {groupSecond, 6}, {groupHeld, 2}, {groupMain, 3}} {
		given := 0
		for _, p := range w.people[:w.next] {
			fits := p.temper >= keen && p.awake(0) && p.fadeDay > w.size.Days
			if in := p.room == g.group || g.group == groupMain; !in && g.group != groupHeld || !fits {
				continue
			}
			if g.group == groupHeld { // helpers from outside
				w.enter(p, groupHeld, at)
			}
			e := w.add(p, at.Add(time.Minute), "bylaw.officer.appoint", text("role", roles[given]))
			e.Group = g.group
			if given++; given == g.count {
				break
			}
		}
	}
}

// arrive lets newcomers of the day join.
func (w *World) arrive() {
	for w.next < len(w.people) && w.people[w.next].joinDay == w.day {
		p := w.people[w.next]
		w.next++
		w.welcome(p)
	}
}

// welcome tells of a newcomer: reached, joined, in the groups.
func (w *World) welcome(p *person) {
	d := w.dice
	if p.source == &sources[fromFriend] {
		if p.inviter = w.bringer(p); p.inviter == nil {
			p.source = &sources[fromWechat]
		}
	}
	if p.inviter == nil && d.chance(0.8) {
		at := max(engine.TimeOf(w.start), p.joinAt.Add(-time.Duration(d.between(2, 50))*time.Minute))
		touch := w.add(p, at, "touch.made",
			text("channel", p.source.key), text("campaign", campaign(w.start)), text("outlet", p.source.outlet))
		touch.Origin = p.source.key
	}
	w.joins(p)
	switch {
	case p.temper >= regular && d.chance(0.75), d.chance(0.12):
		if w.rooms[groupSecond] < w.size.scaled(seatsSecond) {
			p.room = groupSecond
			w.enter(p, groupSecond, p.joinAt.Add(time.Duration(d.between(20, 240))*time.Minute))
		}
	}
	if d.chance(0.02) {
		w.after(d.between(3, 20), func() {
			if p.present(w.day) {
				w.add(p, w.moment(p, &hours), "consent.withdrawn", text("channel", "group-chat"))
			}
		})
	}
}

func campaign(day time.Time) string {
	switch {
	case promotion(day):
		return "开学季-手作第一课"
	case during(day, 917, 925):
		return "中秋手作礼"
	}
	return "日常"
}

// joins tells that somebody joined the community and its open group.
func (w *World) joins(p *person) {
	props := []engine.Prop{text("name", p.name)}
	if p.inviter != nil {
		props = append(props, text("inviter", channel+":"+p.inviter.key))
	}
	e := w.add(p, p.joinAt, "member.joined", props...)
	e.Origin = p.source.key
	if p.inviter != nil {
		e.Group = p.inviter.room
	}
	w.enter(p, groupMain, p.joinAt.Add(time.Duration(w.dice.between(5, 90))*time.Second))
	if w.dice.chance(0.7) {
		w.add(p, p.joinAt.Add(3*time.Minute), "bylaw.member.set", text("attr.city", p.city), text("attr.craft", p.craft))
	}
}

// enter tells that somebody joined a group.
func (w *World) enter(p *person, group string, at engine.Time) {
	w.add(p, at, "group.joined", text("via", "link")).Group = group
	w.rooms[group]++
}

// bringer picks who invites, by how many friends they bring.
func (w *World) bringer(newcomer *person) *person {
	best, chance := (*person)(nil), 0.0
	for range 24 {
		p := w.people[w.dice.IntN(w.next)]
		if p == newcomer || !p.awake(w.day) || p.joinAt >= newcomer.joinAt {
			continue
		}
		if score := p.draws * w.dice.Float64(); score > chance {
			best, chance = p, score
		}
	}
	return best
}

// leave tells of somebody's going; the machine tells their inviter.
func (w *World) leave(p *person) {
	at := w.moment(p, &hours)
	p.gone = true
	if p.room != "" {
		w.rooms[p.room]--
	}
	reason := one(w.dice, []string{"消息太多", "没有时间", "内容不合适", "换了兴趣"})
	w.add(p, at, "member.left", text("reason", reason))
}
