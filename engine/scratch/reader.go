package scratch

import (
	"cmp"
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// reader reads one workspace; one that does not exist reads as empty.
type reader struct {
	store     *Store
	workspace string
}

// look runs a read on the workspace while nothing is written.
func (r *reader) look(read func(*space)) {
	r.store.mu.RLock()
	defer r.store.mu.RUnlock()
	w := r.store.spaces[r.workspace]
	if w == nil {
		w = newSpace(r.workspace)
	}
	read(w)
}

func (r *reader) Lane(context.Context) (lane engine.LaneState, err error) {
	r.look(func(w *space) { lane = w.lane })
	return lane, nil
}

func (r *reader) Records(_ context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	return r.records(keys), nil
}

func (r *reader) records(keys []engine.RecordKey) map[engine.RecordKey][]byte {
	found := make(map[engine.RecordKey][]byte, len(keys))
	r.look(func(w *space) {
		for _, k := range keys {
			if body, ok := w.records.get(k); ok {
				found[k] = body
			}
		}
	})
	return found
}

func (r *reader) ListRecords(_ context.Context, kind engine.RecordKind, prefix string, p engine.Page) (engine.Rows[engine.Record], error) {
	after, _, err := placeOf(p.Cursor)
	if err != nil {
		return engine.Rows[engine.Record]{}, err
	}
	page := pager[engine.Record]{limit: limitOf(p), place: func(v *engine.Record) place { return place{key: v.Key} }}
	r.look(func(w *space) {
		w.eachUnder(kind, prefix, after.key, func(key string, body []byte) bool {
			return page.add(&engine.Record{Kind: kind, Key: key, Body: body})
		})
	})
	return page.rows, nil
}

func (r *reader) PersonalFields(_ context.Context, members ...string) (fields []engine.PersonalField, err error) {
	sorted := slices.Sorted(slices.Values(members))
	r.look(func(w *space) {
		for _, member := range slices.Compact(sorted) {
			found, _ := w.personal.get(member)
			fields = append(fields, found...)
		}
	})
	return fields, nil
}

func (r *reader) DefinitionsAt(_ context.Context, revision int64) ([]engine.Definition, error) {
	var inForce []engine.Definition
	r.look(func(w *space) {
		w.definitions.each(func(_ definitionID, versions []engine.Definition) {
			for _, d := range slices.Backward(versions) {
				if revision != 0 && d.Revision > revision {
					continue
				}
				if d.Body != nil {
					inForce = append(inForce, d)
				}
				return
			}
		})
	})
	slices.SortFunc(inForce, func(a, b engine.Definition) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	return inForce, nil
}

func (r *reader) DefinitionVersions(_ context.Context, kind engine.DefinitionKind, key string) (versions []engine.Definition, err error) {
	r.look(func(w *space) {
		found, _ := w.definitions.get(definitionID{kind, key})
		versions = slices.Clone(found)
	})
	slices.Reverse(versions)
	return versions, nil
}

// paged cuts one page from a sorted list.
func paged[T any](all []T, p engine.Page, at func(*T) place) engine.Rows[T] {
	g := pager[T]{limit: limitOf(p), place: at}
	for i := range all {
		if !g.add(&all[i]) {
			break
		}
	}
	return g.rows
}
