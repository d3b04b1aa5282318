package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// memberLog reads the events of one member after the other for several who count,
// each once: those who ask for the same kind of query share what is read.
type memberLog struct {
	reader  engine.Reader
	most    int                    // events that may be read
	upTo    int64                  // positions up to and including; 0: all
	queries []engine.EventQuery    // that cover what is asked for
	member  string                 // whose events are in memory
	events  [][]engine.StoredEvent // by query; nil: not read
	read    int
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
func (l *memberLog) of(ctx context.Context, member string, q *engine.EventQuery) ([]engine.StoredEvent, error) {
	if l.member != member {
		l.member, l.events = member, make([][]engine.StoredEvent, len(l.queries))
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

func (l *memberLog) all(ctx context.Context, q engine.EventQuery) ([]engine.StoredEvent, error) {
	found := []engine.StoredEvent{}
	q.Member, q.UpTo, q.Limit = l.member, l.upTo, countPage
	for {
		page, err := l.reader.Events(ctx, q)
		if err != nil {
			return nil, err
		}
		found = append(found, page...)
		if l.read += len(page); l.read > l.most {
			return nil, tooMuchToCount()
		}
		if len(page) < q.Limit {
			return found, nil
		}
		q.After = page[len(page)-1].Position
	}
}
