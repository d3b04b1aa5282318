package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Trickle is how life goes on in a loaded demo.
type Trickle struct {
	Workspace string
	Events    machine.Accepter
	Reader    engine.Reader      // of the workspace
	Clock     func() engine.Time // the demo's: it begins where the story or the last run ended
	Log       *slog.Logger
	Size      Size
}

// pause is how long the trickle rests between two things, on average.
const pause = 400 * time.Millisecond

// Run lets something happen every now and then, a few times a second, until the
// context ends. What cannot be accepted is logged.
func (t Trickle) Run(ctx context.Context) {
	w, err := t.world(ctx)
	if err != nil {
		t.Log.Error("demo: look at the community", "error", err)
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(w.dice.ExpFloat64() * float64(pause))):
		}
		if err := t.once(ctx, w); err != nil && ctx.Err() == nil {
			t.Log.Error("demo: let something happen", "error", err)
		}
	}
}

func (t Trickle) once(ctx context.Context, w *World) error {
	at := t.Clock()
	events := w.now(at)
	if len(events) == 0 {
		return nil
	}
	results, err := t.Events.Accept(ctx, t.Workspace, machine.Batch{Source: eventSource, Received: at, Show: machine.ShowNone, Events: events})
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Status == machine.Invalid {
			return fmt.Errorf("event %s (%s): %v", r.ID, events[i].Type, r.Problems)
		}
	}
	return nil
}

// world finds the people as the database has them: who is there, and where.
func (t Trickle) world(ctx context.Context) (*World, error) {
	w := NewWorld(t.Size)
	w.dice = newDice(uint64(t.Clock()))
	w.next, w.day = len(w.people), t.Size.Days-1
	for from := 0; from < len(w.people); from += 1000 {
		if err := t.find(ctx, w.people[from:min(from+1000, len(w.people))], w); err != nil {
			return nil, err
		}
	}
	posted, err := t.Reader.Events(ctx, engine.EventQuery{Type: "content.posted", Backward: true, Limit: 40})
	if err != nil {
		return nil, fmt.Errorf("read works: %w", err)
	}
	for _, s := range posted {
		e, err := engine.DecodeEvent(s)
		if err != nil {
			return nil, fmt.Errorf("read works: %w", err)
		}
		if p := w.byID[s.Member]; p != nil {
			w.works = append(w.works, &work{key: e.Content, author: p})
		}
	}
	return w, nil
}

// find brings people up to date from their records.
func (t Trickle) find(ctx context.Context, people []*person, w *World) error {
	identities := make([]engine.RecordKey, len(people))
	for i, p := range people {
		identities[i] = engine.RecordKey{Kind: engine.IdentityRecord, Key: p.ref().Key()}
	}
	ids, err := t.Reader.Records(ctx, identities)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	var keys []engine.RecordKey
	for i, p := range people {
		id := string(ids[identities[i]])
		if p.id, p.gone = id, id == ""; !p.gone {
			w.byID[id] = p
			keys = append(keys, engine.RecordKey{Kind: engine.MemberRecord, Key: id})
		}
	}
	bodies, err := t.Reader.Records(ctx, keys)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for key, body := range bodies {
		var m engine.Member
		if err := json.Unmarshal(body, &m); err != nil {
			return fmt.Errorf("read member %s: %w", key.Key, err)
		}
		p := w.byID[key.Key]
		p.gone, p.room = m.LeftAt != 0, ""
		for _, room := range []string{groupHeld, groupSecond, groupCore} {
			if m.InGroup(room) {
				p.room = room
			}
		}
	}
	return nil
}

// now makes up what happens at a moment.
func (w *World) now(at engine.Time) []engine.Event {
	w.out = w.out[:0]
	w.act(at)
	events := make([]engine.Event, len(w.out))
	for i := range w.out {
		events[i] = w.out[i].event
		events[i].ID = "live-" + strconv.FormatInt(int64(at), 36) + "-" + strconv.Itoa(i)
	}
	return events
}

func (w *World) act(at engine.Time) {
	p, wk := w.anybody(nil), w.attractive()
	if p == nil || wk == nil {
		return
	}
	switch w.dice.weigh(30, 24, 20, 7, 6, 4, 3, 2, 1) {
	case 0:
		w.speaks(at)
	case 1:
		e := w.add(wk.author, at, "content.liked", text("content_id", wk.key), number("value", 1))
		e.To, e.Content = p.ref(), wk.key
	case 2:
		w.add(nil, at, "content.viewed", number("count", w.dice.between(1, 9)), text("platform", "app")).Content = wk.key
	case 3:
		w.add(p, at, "checkin.done", text("activity", "daily-sketch"))
	case 4:
		w.add(p, at, "comment.posted", text("content_id", wk.key), number("length", w.dice.between(3, 60)))
	case 5:
		w.shows(at)
	case 6:
		w.asks(p, at)
	case 7:
		what := one(w.dice, products)
		e := w.add(p, at, "order.paid", text("order_id", "order-"+strconv.FormatInt(int64(at), 36)), decimal("amount", what.price), text("product", what.key))
		e.Origin = p.source.key
	case 8:
		w.comes(at)
	}
}

// attractive picks a work to look at; nobody's before there is one.
func (w *World) attractive() *work {
	if len(w.works) == 0 {
		return nil
	}
	return one(w.dice, w.works)
}

func (w *World) speaks(at engine.Time) {
	p := w.speaker(temper(w.dice.weigh(1, 3, 5, 5, 3)), nil)
	if p == nil {
		return
	}
	e := w.add(p, at, "message.sent", number("length", 2+int(w.dice.ExpFloat64()*24)))
	if e.Group = p.room; e.Group == "" {
		e.Group = groupMain
	}
}

// shows tells of a new work; the oldest is forgotten.
func (w *World) shows(at engine.Time) {
	p := w.speaker(regular, nil)
	if p == nil {
		return
	}
	wk := &work{key: "work-" + strconv.FormatInt(int64(at), 36), author: p}
	w.works = append(w.works[1:], wk)
	e := w.add(p, at, "content.posted", text("content_id", wk.key), text("kind", "photo"), text("category", p.craft), number("length", w.dice.between(8, 400)))
	e.Content, e.Group = wk.key, groupMain
}

// asks tells of a question that is answered at once.
func (w *World) asks(p *person, at engine.Time) {
	author := w.speaker(regular, p)
	if author == nil {
		return
	}
	question, answer := "question-"+strconv.FormatInt(int64(at), 36), "answer-"+strconv.FormatInt(int64(at), 36)
	e := w.add(p, at, "question.posted", text("content_id", question), text("kind", "question"), text("category", p.craft))
	e.Content, e.Group = question, groupMain
	e = w.add(author, at+1, "answer.posted", text("content_id", answer), text("kind", "answer"), text("question_id", question), yes("own_question", false))
	e.Content, e.Group = answer, groupMain
	e = w.add(author, at+2, "vote.received", text("content_id", answer), text("kind", "answer"), yes("own_question", false), number("value", 1))
	e.Content = answer
}

// comes tells of a newcomer.
func (w *World) comes(at engine.Time) {
	season := joinSeason(EndDay)
	p := w.born("wx-"+strconv.FormatInt(int64(at), 36), w.day, at.Std(), w.dice.weigh(season[:]...))
	p.fadeDay = farAway
	props := []engine.Prop{text("name", p.name)}
	if friend := w.speaker(casual, nil); friend != nil && p.source == &sources[fromFriend] {
		props = append(props, text("inviter", channel+":"+friend.key))
	}
	w.add(p, at, "member.joined", props...).Origin = p.source.key
	w.add(p, at+1, "group.joined", text("via", "link")).Group = groupMain
	w.people = append(w.people, p)
	w.next = len(w.people)
}
