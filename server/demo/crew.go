package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// crew is the people who run the community: they answer for reviews and work the
// task list, as the console would let them.
type crew struct{ made int }

const (
	crewSource = "demo.crew"
	tasksADay  = 70 // that they get round to on a weekday
)

// work does what is to do at a moment of the day: reviews before noon, tasks in
// the afternoon of weekdays.
func (l *loader) work(ctx context.Context, at engine.Time) error {
	local := at.Std().In(zone)
	switch {
	case local.Hour() == 11 && local.Minute() == 0:
		return l.reviews(ctx, at)
	case local.Hour() == 15 && local.Minute() == 0 && !weekend(local):
		return l.tasks(ctx, at)
	}
	return nil
}

// hand makes changes by hand.
func (l *loader) hand(ctx context.Context, at engine.Time, events ...engine.Event) error {
	if len(events) == 0 {
		return nil
	}
	for i := range events {
		l.crew.made++
		events[i].ID, events[i].At = "crew-"+strconv.Itoa(l.crew.made), at
		engine.SortProps(events[i].Props)
	}
	return l.batch(ctx, machine.Batch{Source: crewSource, Received: at, Show: machine.ShowNone, Reserved: true, By: author, Events: events})
}

// reviews brings every open review a step on: some appeal, the crew answers, and
// when the notice is over they confirm.
func (l *loader) reviews(ctx context.Context, at engine.Time) error {
	rows, err := l.o.Reader.ListItems(ctx, engine.ItemQuery{Kind: "review", State: "open", Page: engine.Page{Limit: 20}})
	if err != nil {
		return err
	}
	for _, item := range rows.Items {
		var review machine.Review
		if err := json.Unmarshal(item.Body, &review); err != nil {
			return fmt.Errorf("read review %s: %w", item.ID, err)
		}
		switch days := int(at.Sub(review.End).Hours() / 24); {
		case days == 2:
			err = l.hand(ctx, at, appeals(item.ID, &review)...)
		case days == 4:
			err = l.hand(ctx, at, answers(item.ID, &review)...)
		case days >= 7:
			err = l.confirm(ctx, at, item.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// appeals lets every fifth of those who would be held back appeal.
func appeals(id string, review *machine.Review) (events []engine.Event) {
	for i, move := range review.Moves {
		if move.Kind == "down" && move.State == "proposed" && i%5 == 1 {
			events = append(events, engine.Event{Type: "bylaw.review.appeal", Member: engine.MemberRef{ID: move.Member},
				Props: []engine.Prop{text("review", id), text("text", "最近出差，下半月补上")}})
		}
	}
	return events
}

// answers upholds every other appeal.
func answers(id string, review *machine.Review) (events []engine.Event) {
	for _, move := range review.Moves {
		if move.State == "appealed" {
			events = append(events, engine.Event{Type: "bylaw.review.decide", Member: engine.MemberRef{ID: move.Member},
				Props: []engine.Prop{text("review", id), yes("uphold", len(events)%2 == 0)}})
		}
	}
	return events
}

// confirm carries a review out and lets the world know who was moved.
func (l *loader) confirm(ctx context.Context, at engine.Time, id string) error {
	if err := l.hand(ctx, at, engine.Event{Type: "bylaw.review.confirm", Props: []engine.Prop{text("review", id)}}); err != nil {
		return err
	}
	rows, err := l.o.Reader.ListItems(ctx, engine.ItemQuery{Kind: "review", Page: engine.Page{Limit: 100}})
	if err != nil {
		return err
	}
	for _, item := range rows.Items {
		var review machine.Review
		if err := json.Unmarshal(item.Body, &review); err != nil {
			return fmt.Errorf("read review %s: %w", item.ID, err)
		}
		for _, move := range review.Moves {
			if item.ID == id && move.State == "moved" {
				l.world.moved(move.Member, move.From, move.To)
			}
		}
	}
	return nil
}

// tasks closes the oldest of the open tasks.
func (l *loader) tasks(ctx context.Context, at engine.Time) error {
	rows, err := l.o.Reader.ListItems(ctx, engine.ItemQuery{Kind: "task", State: "open", Page: engine.Page{Limit: 1000}})
	if err != nil {
		return err
	}
	items := rows.Items
	slices.SortStableFunc(items, func(a, b engine.Item) int {
		if a.At != b.At {
			return int(a.At/engine.Time(time.Hour/time.Microsecond) - b.At/engine.Time(time.Hour/time.Microsecond))
		}
		return strings.Compare(a.ID, b.ID)
	})
	var events []engine.Event
	for _, item := range items[:min(len(items), l.o.Size.scaled(tasksADay))] {
		e, err := doneTask(item, at)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	return l.hand(ctx, at, events...)
}

// doneTask marks a task as done, as the service does.
func doneTask(item engine.Item, at engine.Time) (engine.Event, error) {
	body := map[string]any{}
	if err := json.Unmarshal(item.Body, &body); err != nil {
		return engine.Event{}, fmt.Errorf("read task %s: %w", item.ID, err)
	}
	body["done_by"], body["done_at"] = author, at.String()
	done, err := json.Marshal(body)
	if err != nil {
		return engine.Event{}, err
	}
	e := engine.Event{Type: "bylaw.item.put", Group: item.Group, Props: []engine.Prop{
		text("kind", item.Kind), text("id", item.ID), text("state", "done"), text("owner", item.Owner), text("rule", item.Rule),
		text("body", string(done)),
		{Name: "created", Value: engine.IntValue(int64(item.At))}, {Name: "due", Value: engine.IntValue(int64(item.Due))},
	}}
	e.Props = slices.DeleteFunc(e.Props, func(p engine.Prop) bool { return p.Value.Kind == engine.String && p.Value.Str == "" })
	if item.Member != "" {
		e.Member = engine.MemberRef{ID: item.Member}
	}
	return e, nil
}

// named tells the world which id the machine gave to somebody.
func (w *World) named(identity, id string) {
	if w.byKey == nil {
		w.byKey = make(map[string]*person, len(w.people))
		for _, p := range w.people {
			w.byKey[p.ref().Key()] = p
		}
	}
	if p := w.byKey[identity]; p != nil {
		p.id, w.byID[id] = id, p
	}
}

// moved tells the world that a review moved somebody. Of those held back a third
// take it to heart.
func (w *World) moved(id, from, to string) {
	p := w.byID[id]
	if p == nil || p.gone {
		return
	}
	w.rooms[from]--
	w.rooms[to]++
	p.room = to
	if to == groupHeld && w.dice.chance(0.35) {
		p.talk, p.fadeDay = 0.7, w.day+w.dice.between(12, 40)
	}
}
