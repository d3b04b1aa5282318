package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// memberLog reads the events of one member after the other for several who count,
// each once: those who ask for the same kind of query share what is read.
//
// Members' own parts of the log are far apart in it: who counts for everybody reads
// the log once, in order, and keeps when something happened and what (gather).
type memberLog struct {
	reader  engine.Reader
	most    int                 // events that may be read
	upTo    int64               // positions up to and including; 0: all
	queries []engine.EventQuery // that cover what is asked for
	member  string              // whose events are in memory
	events  [][]*engine.Event   // by query; nil: not read
	alone   bool                // one asks, so that others need not find what is read
	read    int
	kept    map[string][]happened // by member; nil: not gathered
	types   []string              // of what is kept
}

// covering are queries that cover others: one of every type, and one of some types.
func covering(all []*engine.EventQuery) []engine.EventQuery {
	var out []engine.EventQuery
	for _, every := range [...]bool{true, false} {
		var union *engine.EventQuery
		for _, q := range all {
			if (q.Types == nil) != every {
				continue
			}
			if union == nil {
				union = &engine.EventQuery{From: q.From}
			}
			union.From = min(union.From, q.From)
			union.Types = append(union.Types, q.Types...)
		}
		if union != nil {
			slices.Sort(union.Types)
			union.Types = slices.Compact(union.Types)
			out = append(out, *union)
		}
	}
	return out
}

// of gives what a query asks for of a member, and perhaps more.
func (l *memberLog) of(ctx context.Context, member string, q *engine.EventQuery) ([]*engine.Event, error) {
	if l.kept != nil {
		return l.recall(member), nil
	}
	if l.member != member {
		l.member, l.events = member, make([][]*engine.Event, len(l.queries))
	}
	i := slices.IndexFunc(l.queries, func(have engine.EventQuery) bool { return (have.Types == nil) == (q.Types == nil) })
	if l.events[i] == nil {
		found, err := l.all(ctx, l.queries[i])
		if err != nil {
			return nil, fmt.Errorf("read events of %s: %w", member, err)
		}
		l.events[i] = found
	}
	return l.events[i], nil
}

// all reads what a member did, and what those did who became them.
func (l *memberLog) all(ctx context.Context, q engine.EventQuery) ([]*engine.Event, error) {
	parts, err := machine.Parts(ctx, l.reader, l.member)
	if err != nil {
		return nil, err
	}
	found, err := l.every(ctx, q, l.member)
	if err != nil || len(parts) == 0 {
		return found, err
	}
	for _, other := range parts[l.member] {
		theirs, err := l.every(ctx, q, other)
		if err != nil {
			return nil, err
		}
		for _, e := range theirs {
			e.MemberID = l.member
		}
		found = append(found, theirs...)
	}
	slices.SortFunc(found, func(a, b *engine.Event) int { return cmp.Compare(a.Position, b.Position) })
	return found, nil
}

func (l *memberLog) every(ctx context.Context, q engine.EventQuery, member string) ([]*engine.Event, error) {
	found := []*engine.Event{}
	q.Member, q.UpTo, q.Limit = member, l.upTo, countPage
	for {
		page, err := l.reader.Events(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, stored := range page {
			e, err := engine.DecodeEvent(stored)
			if err != nil {
				return nil, err
			}
			found = append(found, e)
		}
		if l.read += len(page); l.read > l.most {
			return nil, tooMuchToCount()
		}
		if len(page) < q.Limit {
			return found, nil
		}
		q.After = page[len(page)-1].Position
	}
}

// happened is an event of the log as it is kept for counting.
type happened struct {
	position int64
	at       engine.Time
	typ      int32 // place in types
}

// maxGathered bounds the events that are kept at once, of 24 bytes each.
const maxGathered = 2_000_000

// gather reads the log from a moment on and keeps what the queries ask for; when
// that is too much nothing is kept, and each member's events are read in their turn.
func (l *memberLog) gather(ctx context.Context, since engine.Time, rest func(context.Context) error) error {
	became, err := machine.Became(ctx, l.reader)
	if err != nil {
		return err
	}
	l.kept = map[string][]happened{}
	types, count, earlier := map[string]int32{}, 0, l.from()-since
	for q := (engine.EventQuery{From: since, Limit: countPage}); ; {
		page, err := l.reader.Events(ctx, q)
		if err == nil {
			err = rest(ctx)
		}
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		l.read += len(page)
		for i := range page {
			e := &page[i]
			q.After = e.Position
			if e.Member == "" || !l.asked(e, earlier) {
				continue
			}
			typ, known := types[e.Type]
			if !known {
				typ = int32(len(l.types))
				types[e.Type], l.types = typ, append(l.types, e.Type)
			}
			whose := machine.Settled(became, e.Member) // of a merge since then both are in what was there before it
			l.kept[whose] = append(l.kept[whose], happened{e.Position, e.At, typ})
			count++
		}
		if count > maxGathered || l.read > l.most {
			l.kept, l.types = nil, nil
			return nil
		}
		if len(page) < q.Limit {
			return nil
		}
	}
}

// asked is whether some query asks for an event, begun so much earlier.
func (l *memberLog) asked(e *engine.StoredEvent, earlier engine.Time) bool {
	return slices.ContainsFunc(l.queries, func(q engine.EventQuery) bool {
		return e.At >= q.From-earlier && (q.Types == nil || slices.Contains(q.Types, e.Type))
	})
}

// from is where the farthest query begins.
func (l *memberLog) from() engine.Time {
	far := l.queries[0].From
	for _, q := range l.queries {
		far = min(far, q.From)
	}
	return far
}

// recall gives what is kept of a member.
func (l *memberLog) recall(member string) []*engine.Event {
	var out []*engine.Event
	for _, x := range l.kept[member] {
		if l.upTo == 0 || x.position <= l.upTo {
			out = append(out, &engine.Event{Position: x.position, At: x.at, Type: l.types[x.typ], MemberID: member})
		}
	}
	return out
}
