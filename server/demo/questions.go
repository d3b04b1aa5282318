package demo

import (
	"math"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// question is a question with its answers.
type question struct {
	key      string
	asker    *person
	day      int
	at       engine.Time
	appeal   float64
	answers  []*answer
	resolved bool
}

type answer struct {
	key    string
	author *person
	at     engine.Time
	appeal float64
}

// ask tells of a new question.
func (w *World) ask(p *person) {
	q := &question{key: w.number("question"), asker: p, day: w.day, at: w.moment(p, &hours), appeal: w.dice.heavy()}
	switch n := w.numbers["question"]; { // now and then one that everybody has
	case n%400 == 90:
		q.appeal = 170
	case n%60 == 17:
		q.appeal = 45
	}
	w.questions = append(w.questions, q)
	e := w.add(p, q.at, "question.posted", text("content_id", q.key), text("kind", "question"), text("category", p.craft))
	e.Content, e.Group = q.key, groupMain
}

// discuss tells what became of questions today: answers, votes, what was accepted.
func (w *World) discuss() {
	fresh := w.questions[:0]
	for _, q := range w.questions {
		age := w.day - q.day
		if age > lively || q.asker.gone {
			continue
		}
		fresh = append(fresh, q)
		interest := math.Exp(-float64(age)/2) * w.size.share()
		for range w.dice.poisson(interest * min(3, 0.4+q.appeal/4)) {
			w.reply(q)
		}
		w.vote(q.asker, q.key, "question", false, q.at, w.dice.poisson(interest*q.appeal*0.33))
		for _, a := range q.answers {
			w.vote(a.author, a.key, "answer", a.author == q.asker, a.at, w.dice.poisson(interest*a.appeal*0.33))
		}
		if !q.resolved && len(q.answers) > 0 && w.dice.chance(0.4) {
			w.resolve(q)
		}
	}
	w.questions = fresh
}

func (w *World) reply(q *question) {
	author := w.speaker(regular, nil)
	if w.dice.chance(0.05) && q.asker.awake(w.day) {
		author = q.asker
	}
	if author == nil {
		return
	}
	a := &answer{key: w.number("answer"), author: author, at: w.after0(max(q.at, author.joinAt)), appeal: w.dice.heavy() * min(4, 0.4+q.appeal/4)}
	q.answers = append(q.answers, a)
	e := w.add(author, a.at, "answer.posted", text("content_id", a.key), text("kind", "answer"),
		text("question_id", q.key), yes("own_question", author == q.asker))
	e.Content, e.Group = a.key, groupMain
	if w.dice.chance(0.35) {
		reply := w.add(author, a.at.Add(time.Minute), "reply.sent", decimal("minutes", a.at.Sub(q.at).Minutes()), yes("private", false))
		reply.To = q.asker.ref()
	}
}

// vote tells of votes that a post received, rarely against it.
func (w *World) vote(author *person, key, kind string, own bool, since engine.Time, votes int) {
	for range votes {
		value := 1
		if w.dice.chance(0.05) {
			value = -1
		}
		e := w.add(author, w.after0(since), "vote.received", text("content_id", key), text("kind", kind),
			yes("own_question", own), number("value", value))
		e.Content = key
	}
}

func (w *World) resolve(q *question) {
	best := q.answers[0]
	for _, a := range q.answers {
		if a.appeal > best.appeal {
			best = a
		}
	}
	q.resolved = true
	at := w.after0(best.at)
	e := w.add(best.author, at, "answer.accepted", text("content_id", best.key), text("question_id", q.key), yes("own_question", best.author == q.asker))
	e.Content = best.key
	w.add(q.asker, at.Add(time.Second), "question.resolved", text("content_id", q.key)).Content = q.key
}
