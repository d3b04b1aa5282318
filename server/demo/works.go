package demo

import (
	"math"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// work is something that somebody made and others look at.
type work struct {
	key    string
	author *person
	day    int
	at     engine.Time
	appeal float64
}

// lively is for how many days works and questions find attention.
const lively = 9

// post tells of a new work.
func (w *World) post(p *person) {
	d := w.dice
	wk := &work{key: w.number("work"), author: p, day: w.day, at: w.moment(p, &hours), appeal: d.heavy() * (0.6 + 0.35*float64(p.temper))}
	w.works = append(w.works, wk)
	e := w.add(p, wk.at, "content.posted", text("content_id", wk.key), text("kind", one(d, []string{"photo", "photo", "photo", "article", "video"})),
		text("category", p.craft), number("length", d.between(8, 400)))
	e.Content, e.Group = wk.key, p.room
	if e.Group == "" {
		e.Group = groupMain
	}
}

// publish tells what became of works today: views, likes.
func (w *World) publish() {
	fresh := w.works[:0]
	for _, wk := range w.works {
		age := w.day - wk.day
		if age > lively || wk.author.gone {
			continue
		}
		fresh = append(fresh, wk)
		interest := wk.appeal * math.Exp(-float64(age)/2.2) * w.size.share()
		if likes := w.dice.poisson(interest * 0.6); likes > 0 {
			w.like(wk, likes)
		}
		if views := w.dice.poisson(interest * 14); views > 2 && age < 4 {
			e := w.add(nil, w.after0(wk.at), "content.viewed", number("count", views), text("platform", "app"))
			e.Content = wk.key
		}
	}
	w.works = fresh
}

// share is how far things reach, 1 in the full community.
func (s Size) share() float64 { return math.Sqrt(float64(s.Members) / float64(Full.Members)) }

// after0 throws a moment of today that is later than another one.
func (w *World) after0(than engine.Time) engine.Time {
	at := engine.TimeOf(w.dice.at(w.start, &hours))
	if at <= than {
		at = than.Add(time.Duration(w.dice.between(3, 180)) * time.Minute)
	}
	return at
}

func (w *World) like(wk *work, likes int) {
	for range likes {
		fan := w.anybody(wk.author)
		if fan == nil {
			return
		}
		e := w.add(wk.author, w.after0(max(wk.at, fan.joinAt)), "content.liked", text("content_id", wk.key), number("value", 1))
		e.To, e.Content = fan.ref(), wk.key
	}
}
