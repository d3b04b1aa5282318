package demo

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// meet tells of what people do together: Saturday workshops, surveys, and the
// odd incident.
func (w *World) meet() {
	if w.start.Weekday() == time.Saturday || during(w.start, 1003, 1004) {
		w.workshop(one(w.dice, []string{"上海", "杭州", "成都", "北京"}))
	}
	if w.day%42 == 20 {
		w.survey()
	}
	if w.day >= 0 && w.dice.chance(0.25) {
		e := w.add(nil, engine.TimeOf(w.dice.at(w.start, &hours)), "incident.reported",
			text("kind", one(w.dice, []string{"advertising", "advertising", "quarrel", "other"})), text("reason", "群友反馈"))
		e.Group = one(w.dice, []string{groupMain, groupSecond})
	}
}

// workshop tells who came, mostly those who come often.
func (w *World) workshop(city string) {
	key := "workshop-" + w.start.Format(time.DateOnly)
	begins := engine.TimeOf(w.start.Add(14 * time.Hour))
	w.add(nil, begins.Add(-5*time.Hour), "gathering.planned", text("gathering", key), text("kind", "sharing"), text("city", city),
		number("seats", 50)).Group = groupMain
	for _, p := range w.people[:w.next] {
		if p.joinDay == w.day || !p.awake(w.day) || !w.dice.chance([...]float64{0.002, 0.01, 0.05, 0.16, 0.3}[p.temper]) {
			continue
		}
		at := begins.Add(time.Duration(w.dice.between(-900, 1800)) * time.Second)
		w.add(p, at, "gathering.attended", text("gathering", key), text("city", city))
		if w.dice.chance(0.3) {
			w.add(p, begins.Add(4*time.Hour), "moment.scored", text("moment", key), decimal("score", float64(w.dice.between(6, 10))))
		}
	}
}

// survey asks what people are here for.
func (w *World) survey() {
	for _, p := range w.people[:w.next] {
		if p.joinDay == w.day || !p.awake(w.day) || !w.dice.chance(0.08+0.12*float64(p.temper)) {
			continue
		}
		motive := one(w.dice, []string{"fun", "fun", "knowledge", "knowledge", "opportunity"})
		w.add(p, w.moment(p, &hours), "survey.answered", text("survey", "why-here"), text("answer", motive), decimal("score", float64(w.dice.between(5, 10))))
		w.add(p, w.moment(p, &hours), "motive.stated", text("motive", motive))
	}
}
