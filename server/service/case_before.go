package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const (
	// readEvents is how many earlier events are looked at, of the member, the
	// group and the content each.
	readEvents = 2000
	// readDecisions is how many earlier decisions are looked at for those that
	// stopped this one.
	readDecisions = 1000
	// toldDecisions is how many of them are told.
	toldDecisions = 20
	// readNewest is among how many events one that is no change by hand is looked for.
	readNewest = 50
)

// before are the events that the decision may rest on, in order: those that the
// rule counts, those by which it was stopped, the one that it is about, and one
// early enough for a decision by the clock.
func (t *telling) before(ctx context.Context, m *moment) ([]*engine.Event, error) {
	all, err := t.counted(ctx, m)
	if err != nil {
		return nil, err
	}
	deeds, err := t.deeds(ctx, m)
	if err != nil {
		return nil, err
	}
	all = append(all, deeds...)
	if m.last != nil {
		all = append(all, m.last)
	}
	all = ordered(all, m.at)
	if m.clock {
		if all, err = t.earlyEnough(ctx, m, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ordered leaves out what is no event of a case, and what came after.
func ordered(all []*engine.Event, at engine.Time) []*engine.Event {
	slices.SortStableFunc(all, func(a, b *engine.Event) int { return cmp.Compare(a.Position, b.Position) })
	all = slices.CompactFunc(all, func(a, b *engine.Event) bool { return a.Position == b.Position })
	return slices.DeleteFunc(all, func(e *engine.Event) bool { return strings.HasPrefix(e.Type, engine.ReservedPrefix) || e.At > at })
}

// counted are the earlier events that the rule counts.
func (t *telling) counted(ctx context.Context, m *moment) (all []*engine.Event, err error) {
	view, err := m.scene.View(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range []struct {
		source engine.Source
		id     string
	}{{engine.OfMember, m.member}, {engine.OfGroup, m.group}, {engine.OfContent, m.content}} {
		q, ok := view.NewWindows(of.source, of.id).Needs(m.at)
		if !ok || of.id == "" {
			continue
		}
		q.Bare, q.UpTo, q.Limit, q.Backward = false, t.position-1, readEvents+1, true
		if m.kind == "hold_chunk" { // it fails from day to day
			q.From = max(q.From-engine.Time(t.doc.Tier.Grace.Microseconds()), 0)
		}
		switch of.source {
		case engine.OfMember:
			q.Member = of.id
		case engine.OfGroup:
			q.Group = of.id
		case engine.OfContent:
			q.Content = of.id
		}
		found, err := t.events(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, found[:min(len(found), readEvents)]...)
		yes := m.stored != nil && m.stored.Outcome == engine.OutcomeTrue
		if len(found) > readEvents && !yes { // a no may rest on each of them
			return nil, tooMany(readEvents)
		}
	}
	return all, nil
}

func (t *telling) events(ctx context.Context, q engine.EventQuery) (list []*engine.Event, err error) {
	found, err := t.reader(t.who).Events(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for i := range found {
		e, err := engine.DecodeEvent(found[i])
		if err != nil {
			return nil, err
		}
		machine.Normalize(e, t.scope.Defs)
		list = append(list, e)
	}
	return list, nil
}

func tooMany(n int) error {
	return cannotTell(fmt.Sprintf("it rests on more than %d events", n), fmt.Sprintf("它依据的事件超过 %d 个", n))
}

// deeds are the events of the rule's earlier decisions that stopped this one: it
// had been done already, or too often, or too recently.
func (t *telling) deeds(ctx context.Context, m *moment) (all []*engine.Event, err error) {
	d := m.stored
	if d == nil || d.Reason != engine.AlreadyDone && d.Reason != engine.Cooldown && d.Reason != engine.CapReached {
		return nil, nil
	}
	rows, err := t.reader(t.who).ListDecisions(ctx, engine.DecisionQuery{Rule: t.key, Subject: d.Subject, UpTo: t.position - 1, Page: engine.Page{Limit: readDecisions}})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	for i := range rows.Items { // newest first
		was := &rows.Items[i]
		done := slices.ContainsFunc(was.Effects, func(e engine.Effect) bool { return e.Reason == "" })
		if !done || d.Reason == engine.AlreadyDone && was.Occurrence != d.Occurrence {
			continue
		}
		found, err := t.events(ctx, engine.EventQuery{After: was.Position - 1, UpTo: was.Position})
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			rung, err := machine.RungAt(e, t.scope.Defs)
			switch {
			case err != nil:
				return nil, err
			case rung != nil && rung.Begun != nil:
				e = rung.Begun
			}
			all = append(all, e)
		}
		if len(all) == toldDecisions || d.Reason == engine.AlreadyDone {
			break
		}
	}
	return all, nil
}

// earlyEnough puts an event in front by which a case can count the time until a
// decision by the clock; of a hold it lies before the failing began.
func (t *telling) earlyEnough(ctx context.Context, m *moment, all []*engine.Event) ([]*engine.Event, error) {
	until := m.at
	if m.kind == "hold_chunk" {
		until = m.at.Add(-t.doc.Tier.Grace - 24*time.Hour)
	}
	if slices.ContainsFunc(all, func(e *engine.Event) bool { return e.At <= until }) {
		return all, nil
	}
	q := engine.EventQuery{UpTo: t.position - 1, To: until, Backward: true, Limit: readNewest}
	own := q
	own.Member = m.member
	if m.member == "" {
		own.Group = m.group
	}
	for _, q := range []engine.EventQuery{own, q} { // somebody else's tells the time as well
		found, err := t.events(ctx, q)
		if err != nil {
			return nil, err
		}
		if found = ordered(found, until); len(found) > 0 {
			return append(found[len(found)-1:], all...), nil
		}
	}
	return all, nil
}
