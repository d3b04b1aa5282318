package machine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// mergesDeep bounds how many merges lie on each other.
const mergesDeep = 8

// Parts gives, for those of some members whom others have become by merges, the ids
// of those others, the earliest merge first. What was written about them before
// keeps their ids, so that a merge can be undone: who reads what there is about a
// member reads it about their parts, too.
func Parts(ctx context.Context, r engine.StateReader, members ...string) (map[string][]string, error) {
	whose := make(map[string]string, len(members)) // id -> the member it is part of
	for _, id := range members {
		whose[id] = id
	}
	parts := map[string][]string{}
	for range mergesDeep {
		others, err := mergedInto(ctx, r, members)
		if err != nil {
			return nil, fmt.Errorf("read merges: %w", err)
		}
		var next []string
		for _, m := range others {
			if _, seen := whose[m.Other.ID]; seen {
				continue
			}
			whole := whose[m.Survivor.ID]
			whose[m.Other.ID] = whole
			parts[whole] = append(parts[whole], m.Other.ID)
			next = append(next, m.Other.ID)
		}
		if members = next; len(members) == 0 {
			break
		}
	}
	return parts, nil
}

// mergedInto reads the merges of some members, in order.
func mergedInto(ctx context.Context, r engine.StateReader, members []string) (all []merged, err error) {
	keys := make([]engine.RecordKey, len(members))
	for i, id := range members {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: mergesKey(id)}
	}
	lists, err := r.Records(ctx, keys)
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	var each []engine.RecordKey
	for _, key := range keys {
		var positions []string
		if body := lists[key]; body != nil {
			if err := json.Unmarshal(body, &positions); err != nil {
				return nil, fmt.Errorf("mark %s: %w", key.Key, err)
			}
		}
		for _, p := range positions {
			each = append(each, engine.RecordKey{Kind: engine.MarkRecord, Key: mergePrefix + p})
		}
	}
	found, err := r.Records(ctx, each)
	for _, key := range each {
		var one merged
		if body := found[key]; body == nil { // one of them was erased
			continue
		} else if err := json.Unmarshal(body, &one); err != nil {
			return nil, fmt.Errorf("mark %s: %w", key.Key, err)
		}
		all = append(all, one)
	}
	return all, err
}

// parts is Parts of one member within a turn.
func (t *turn) parts(member string) (ids []string, err error) {
	for todo := []string{member}; len(todo) > 0 && len(ids) < mergesDeep*mergesDeep; todo = todo[1:] {
		list, err := t.list(mergesKey(todo[0]))
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			var one merged
			ok, err := t.recallMark(mergePrefix+p, &one)
			if err != nil {
				return nil, err
			}
			if ok {
				ids, todo = append(ids, one.Other.ID), append(todo, one.Other.ID)
			}
		}
	}
	return ids, nil
}
