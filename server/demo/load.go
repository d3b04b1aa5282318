package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// source is the namespace of the story's event ids.
const eventSource = "demo"

// Options are what a load works on.
type Options struct {
	Workspace string
	Machine   *machine.Machine
	Reader    engine.Reader // of the workspace
	// Send lets messages go out that are due at a moment of the story; nil sends
	// nothing.
	Send   func(ctx context.Context, at engine.Time) error
	Size   Size
	Report func(done int64) // of about Size.Events(); nil: nobody asks
}

// Load tells the story to an empty workspace. Its clock is the story's: whatever
// happens in it happens at the times that events and schedules have.
func Load(ctx context.Context, o Options) error {
	if o.Report == nil {
		o.Report = func(int64) {}
	}
	if o.Send == nil {
		o.Send = func(context.Context, engine.Time) error { return nil }
	}
	l := &loader{o: o, world: NewWorld(o.Size)}
	if err := l.define(ctx, engine.TimeOf(o.Size.start(-importedDays))); err != nil {
		return err
	}
	for day := -importedDays; day < o.Size.Days; day++ {
		tell := l.tell
		if day < 0 {
			tell = l.recall
		}
		if err := tell(ctx, day); err != nil {
			return fmt.Errorf("day %s of the demo: %w", o.Size.start(day).Format(time.DateOnly), err)
		}
	}
	return nil
}

// loader tells a world to a machine.
type loader struct {
	o     Options
	world *World
	view  *machine.View
	done  int64
	crew  crew
}

// recall imports a day from before the story.
func (l *loader) recall(ctx context.Context, day int) error {
	return l.accept(ctx, l.world.Day(day), true)
}

// tell lets a day pass: events up to each moment at which something is due, then
// what is due.
func (l *loader) tell(ctx context.Context, day int) error {
	events := l.world.Day(day)
	alarms, err := l.alarms(day)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		n := 0
		for n < len(events) && events[n].sent < a.at {
			n++
		}
		if err := l.accept(ctx, events[:n], false); err != nil {
			return err
		}
		events = events[n:]
		if err := l.ring(ctx, a); err != nil {
			return err
		}
	}
	return l.accept(ctx, events, false)
}

// ring works what is due at a moment.
func (l *loader) ring(ctx context.Context, a alarm) error {
	at := a.at
	if a.planned {
		if err := l.o.Machine.Schedule(ctx, l.o.Workspace, at); err != nil {
			return err
		}
	}
	for {
		worked, err := l.o.Machine.Tick(ctx, at)
		if err != nil {
			return err
		}
		if worked == 0 {
			break
		}
	}
	if err := l.work(ctx, at); err != nil {
		return err
	}
	return l.o.Send(ctx, at)
}

// accept sends events in batches.
func (l *loader) accept(ctx context.Context, events []told, history bool) error {
	for len(events) > 0 {
		n := min(len(events), engine.MaxBatch)
		b := machine.Batch{Source: eventSource, Received: events[n-1].sent, History: history, Show: machine.ShowNone, Reserved: true, By: author}
		for _, x := range events[:n] {
			b.Events = append(b.Events, x.event)
		}
		if err := l.batch(ctx, b); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

func (l *loader) batch(ctx context.Context, b machine.Batch) error {
	results, err := l.o.Machine.Accept(ctx, l.o.Workspace, b)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Status != machine.Accepted {
			return fmt.Errorf("event %s (%s): %s %v", r.ID, b.Events[i].Type, r.Status, r.Problems)
		}
	}
	l.done += int64(len(b.Events))
	l.o.Report(min(l.done, l.o.Size.Events()))
	return l.learn(ctx, b.Events)
}

// learn finds the ids that the machine gave to newcomers.
func (l *loader) learn(ctx context.Context, events []engine.Event) error {
	var keys []engine.RecordKey
	for i := range events {
		if events[i].Type == "member.joined" {
			keys = append(keys, engine.RecordKey{Kind: engine.IdentityRecord, Key: events[i].Member.Key()})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	found, err := l.o.Reader.Records(ctx, keys)
	if err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	for key, id := range found {
		l.world.named(key.Key, string(id))
	}
	return nil
}
