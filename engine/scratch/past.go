package scratch

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// PositionAt implements engine.PastReader.
func (r *reader) PositionAt(ctx context.Context, at engine.Time) (int64, error) {
	events, err := r.Events(ctx, engine.EventQuery{From: at + 1})
	if err != nil {
		return 0, err
	}
	for _, s := range events {
		if e, err := engine.DecodeEvent(s); err != nil || !e.History {
			return s.Position - 1, err
		}
	}
	lane, err := r.Lane(ctx)
	return lane.Position, err
}

// RecordsAt gives records as of a position.
func (r *reader) RecordsAt(_ context.Context, position int64, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found := make(map[engine.RecordKey][]byte, len(keys))
	r.look(func(w *space) {
		for _, k := range keys {
			versions, _ := w.past.get(k)
			if body := asOf(versions, position); body != nil {
				found[k] = body
			}
		}
	})
	return found, nil
}

func asOf(versions []version, position int64) []byte {
	for _, v := range slices.Backward(versions) {
		if v.position <= position {
			return v.body
		}
	}
	return nil
}

// ListRecordsAt lists records as of a position.
func (r *reader) ListRecordsAt(_ context.Context, position int64, list engine.RecordList) (all []engine.Record, err error) {
	r.look(func(w *space) {
		w.past.each(func(k engine.RecordKey, versions []version) {
			if k.Kind != list.Kind || !strings.HasPrefix(k.Key, list.Prefix) {
				return
			}
			if body := asOf(versions, position); body != nil {
				all = append(all, engine.Record{Kind: k.Kind, Key: k.Key, Body: body})
			}
		})
	})
	slices.SortFunc(all, func(a, b engine.Record) int { return cmp.Compare(a.Key, b.Key) })
	if list.Limit > 0 && len(all) > list.Limit {
		all = all[:list.Limit]
	}
	return all, nil
}

// DecisionsAt gives the decisions of positions.
func (r *reader) DecisionsAt(_ context.Context, positions []int64) (found []engine.Decision, err error) {
	r.look(func(w *space) { found = w.decisionsOf(positions) })
	return found, nil
}
