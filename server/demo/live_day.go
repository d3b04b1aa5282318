package demo

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// live lets everybody who is awake spend the day: talk, check in, post.
func (w *World) live() {
	season := talkSeason(w.start)
	for _, p := range w.people[:w.next] {
		if p.leaveDay <= w.day && p.present(w.day) {
			w.leave(p)
		}
		if !p.awake(w.day) {
			continue
		}
		w.talks(p, season)
		if p.check > 0 {
			w.checks(p)
		}
		for range w.dice.poisson(p.post * season) {
			w.post(p)
		}
		for range w.dice.poisson(habits[p.temper].ask) {
			w.ask(p)
		}
	}
}

// talks tells of a day's messages, in one or two sittings.
func (w *World) talks(p *person, season float64) {
	count := w.dice.poisson(p.talk * season)
	at := engine.Time(0)
	for i := range count {
		if i%4 == 0 {
			at = w.moment(p, &hours)
		} else {
			at = at.Add(time.Duration(w.dice.between(10, 400)) * time.Second)
		}
		props := []engine.Prop{number("length", 2+int(w.dice.ExpFloat64()*24))}
		if p.promoter && w.dice.chance(0.4) || w.dice.chance(0.004) {
			props = append(props, yes("promotes", true))
		}
		e := w.add(p, at, "message.sent", props...)
		if e.Group = p.room; e.Group == "" || w.dice.chance(0.18) {
			e.Group = groupMain
		}
	}
	if count > 0 && w.dice.chance(0.07) {
		w.add(p, at.Add(time.Minute), "comment.posted", text("content_id", w.someWork()), number("length", w.dice.between(3, 60)))
	}
}

func (w *World) someWork() string {
	if len(w.works) == 0 {
		return "work-00001"
	}
	return one(w.dice, w.works).key
}

// checks tells of a check-in, or of one that is made up for the day after.
func (w *World) checks(p *person) {
	if !w.dice.chance(p.check) {
		if p.streak >= 7 && p.lastCheck == w.day-1 && w.dice.chance(0.6) {
			w.makesUp(p)
			p.streak++
			p.lastCheck = w.day
		}
		return
	}
	if p.lastCheck != w.day-1 {
		p.streak = 0
	}
	p.streak++
	p.lastCheck = w.day
	w.add(p, w.moment(p, &checkHours), "checkin.done", text("activity", "daily-sketch"))
}

// makesUp arranges for the missed check-in to be sent tomorrow.
func (w *World) makesUp(p *person) {
	missed, date := engine.TimeOf(w.start.Add(21*time.Hour)), w.start.Format(time.DateOnly)
	w.after(1, func() {
		sent := engine.TimeOf(w.start.Add(time.Duration(w.dice.between(8*60, 11*60)) * time.Minute))
		w.add(p, sent, "checkin.makeup", text("activity", "daily-sketch"), text("date", date))
		w.addLate(p, missed, sent.Add(time.Second), "checkin.done", text("activity", "daily-sketch"))
	})
}
