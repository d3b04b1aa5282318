package simulate

import (
	"cmp"
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// reader reads the scene's store: memory first, then the past.
type reader struct {
	engine.Reader // of what is in memory
	store         *store
}

// Records implements engine.Reader.
func (r *reader) Records(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found, err := r.Reader.Records(ctx, keys)
	if err != nil {
		return nil, err
	}
	return found, r.store.fill(ctx, keys, found)
}

// ListRecords implements engine.Reader: everything in one page.
func (r *reader) ListRecords(ctx context.Context, kind engine.RecordKind, prefix string, _ engine.Page) (engine.Rows[engine.Record], error) {
	var out engine.Rows[engine.Record]
	for p := (engine.Page{Limit: 1000}); ; {
		rows, err := r.Reader.ListRecords(ctx, kind, prefix, p)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, rows.Items...)
		if p.Cursor = rows.Next; p.Cursor == "" {
			break
		}
	}
	was, err := r.listed(ctx, kind, prefix)
	if err != nil {
		return out, err
	}
	for _, x := range was {
		if !r.store.written[engine.RecordKey{Kind: kind, Key: x.Key}] {
			out.Items = append(out.Items, x)
		}
	}
	slices.SortFunc(out.Items, func(a, b engine.Record) int { return cmp.Compare(a.Key, b.Key) })
	return out, nil
}

// listed are the records of the past under a prefix. Who was there is kept as
// members, not as marks of their own.
func (r *reader) listed(ctx context.Context, kind engine.RecordKind, prefix string) ([]engine.Record, error) {
	s := r.store
	if kind != engine.MarkRecord || prefix != machine.Everybody {
		return s.base.ListRecordsAt(ctx, s.position, engine.RecordList{Kind: kind, Prefix: prefix})
	}
	members, err := s.base.ListRecordsAt(ctx, s.position, engine.RecordList{Kind: engine.MemberRecord})
	for i := range members {
		members[i] = engine.Record{Kind: kind, Key: prefix + members[i].Key}
	}
	return members, err
}

// Events implements engine.Reader: those up to the moment, then those of memory.
func (r *reader) Events(ctx context.Context, q engine.EventQuery) ([]engine.StoredEvent, error) {
	if q.UpTo == 0 || q.UpTo > r.store.position {
		q.UpTo = r.store.position
	}
	return r.store.base.Events(ctx, q)
}

// PersonalFields implements engine.Reader: nobody's are known in the past.
func (r *reader) PersonalFields(context.Context, ...string) ([]engine.PersonalField, error) {
	return nil, nil
}
