package simulate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// MaxEvents bounds how many events one scene reads to build windows.
const MaxEvents = 500_000

// eventsAtOnce is how many are read at a time.
const eventsAtOnce = 20_000

func tooMuch() error {
	return engine.Invalid(engine.Text{En: "the rule counts too much to be tried", Zh: "规则统计量过大，无法试算"}, engine.Problem{
		Code: "too_many", Path: "/document", Message: engine.Text{
			En: fmt.Sprintf("its windows hold more than %d events at that moment", MaxEvents), Zh: fmt.Sprintf("该时刻它的窗口内有超过 %d 个事件", MaxEvents)},
		Hint: engine.Text{En: "use shorter windows, or windows of the member instead of the group's", Zh: "请缩短窗口，或统计成员而不是整个群"}})
}

// buildFor loads the windows of the subject that a window's key names, when
// they are asked for first.
func (s *store) buildFor(ctx context.Context, key string) error {
	parts := strings.SplitN(key, "/", 3)
	if len(parts) < 3 {
		return nil
	}
	subject := parts[0] + "/" + parts[1]
	if s.built[subject] {
		return nil
	}
	s.built[subject] = true
	source, id, ok := s.subject(parts[0], subject+"/")
	if !ok {
		return nil
	}
	return s.build(ctx, source, id)
}

var sources = map[string]engine.Source{"m": engine.OfMember, "g": engine.OfGroup, "c": engine.OfContent}

// subject finds whom a key's prefix names: among those in question, because a
// key may hold a hash.
func (s *store) subject(letter, prefix string) (source engine.Source, id string, ok bool) {
	source = sources[letter]
	kind := map[engine.Source]engine.RecordKind{engine.OfMember: engine.MemberRecord, engine.OfGroup: engine.GroupRecord, engine.OfContent: engine.ContentRecord}[source]
	id = strings.TrimSuffix(prefix[2:], "/")
	if window.KeyPrefix(source, id) == prefix { // the id itself, as most are
		return source, id, true
	}
	for k := range s.loaded {
		if k.Kind == kind && window.KeyPrefix(source, k.Key) == prefix {
			return source, k.Key, true
		}
	}
	return source, "", false
}

// build folds a subject's events into all windows that rules read of it.
func (s *store) build(ctx context.Context, source engine.Source, id string) error {
	w := s.machine.Prepared(s.workspace).NewWindows(source, id)
	q, ok := w.Needs(s.horizon)
	if !ok {
		return nil
	}
	ids, err := []string{id}, error(nil)
	if source == engine.OfMember {
		if ids, err = s.knownAs(ctx, id); err != nil {
			return err
		}
		q.Bare = q.Bare && len(ids) == 1
	}
	events, err := s.eventsOf(ctx, q, source, ids)
	if err != nil {
		return err
	}
	for i := range events {
		e, err := open(&events[i], q.Bare)
		if err != nil {
			return err
		}
		switch source {
		case engine.OfMember:
			e.MemberID = id
		case engine.OfGroup:
			e.Group = id
		case engine.OfContent:
			e.Content = id
		}
		w.Fold(e)
	}
	for _, r := range w.Records() {
		s.loaded[engine.RecordKey{Kind: r.Kind, Key: r.Key}] = r.Body
	}
	return nil
}

func open(s *engine.StoredEvent, bare bool) (*engine.Event, error) {
	if bare {
		return &engine.Event{Type: s.Type, At: s.At, Position: s.Position, MemberID: s.Member}, nil
	}
	return engine.DecodeEvent(*s)
}

// eventsOf reads the events of subjects up to the moment, by position.
func (s *store) eventsOf(ctx context.Context, q engine.EventQuery, source engine.Source, ids []string) (all []engine.StoredEvent, err error) {
	q.UpTo, q.Limit = s.position, eventsAtOnce
	if s.position == 0 {
		return nil, nil
	}
	for _, id := range ids {
		q.After = 0
		switch source {
		case engine.OfMember:
			q.Member = id
		case engine.OfGroup:
			q.Group = id
		case engine.OfContent:
			q.Content = id
		}
		for {
			page, err := s.base.Events(ctx, q)
			if err != nil {
				return nil, fmt.Errorf("events of the past: %w", err)
			}
			all = append(all, page...)
			if s.read += len(page); s.read > MaxEvents {
				return nil, tooMuch()
			}
			if len(page) < q.Limit {
				break
			}
			q.After = page[len(page)-1].Position
		}
	}
	if len(ids) > 1 {
		slices.SortFunc(all, func(a, b engine.StoredEvent) int { return cmp.Compare(a.Position, b.Position) })
	}
	return all, nil
}

// knownAs lists a member's id and those of everybody who had become them.
func (s *store) knownAs(ctx context.Context, id string) ([]string, error) {
	ids := []string{id}
	for i := 0; i < len(ids); i++ {
		others, err := s.mergedInto(ctx, ids[i])
		if err != nil {
			return nil, err
		}
		for _, x := range others {
			if !slices.Contains(ids, x) {
				ids = append(ids, x)
			}
		}
	}
	return ids, nil
}

// mergedInto lists who had been merged into a member, and was so still.
func (s *store) mergedInto(ctx context.Context, id string) (others []string, err error) {
	if s.position == 0 {
		return nil, nil
	}
	merges, err := s.base.Events(ctx, engine.EventQuery{Member: id, Type: mergeType, UpTo: s.position})
	if err != nil {
		return nil, fmt.Errorf("merges of the past: %w", err)
	}
	for i := range merges {
		e, err := engine.DecodeEvent(merges[i])
		if err != nil {
			return nil, err
		}
		key := engine.RecordKey{Kind: engine.MarkRecord, Key: machine.MergedPrefix + e.ToID}
		was, err := s.base.RecordsAt(ctx, s.position, []engine.RecordKey{key})
		if err != nil {
			return nil, fmt.Errorf("merges of the past: %w", err)
		}
		if string(was[key]) == id {
			others = append(others, e.ToID)
		}
	}
	return others, nil
}

const mergeType = "bylaw.member.merge"

// newest is a member's newest event time up to a position. Who was merged into
// them brought theirs, and it stays when the merge is undone.
func (s *store) newest(ctx context.Context, id string, position int64, depth int) (at engine.Time, err error) {
	if position == 0 || depth > 8 {
		return 0, nil
	}
	q := engine.EventQuery{Member: id, UpTo: position, Bare: true}
	events, err := s.base.Events(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("events of the past: %w", err)
	}
	for i := range events {
		e := &events[i]
		if !strings.HasPrefix(e.Type, engine.ReservedPrefix) {
			at = max(at, e.At)
		}
		if e.Type != mergeType {
			continue
		}
		theirs, err := s.broughtBy(ctx, id, e.Position, depth)
		if err != nil {
			return 0, err
		}
		at = max(at, theirs)
	}
	return at, nil
}

// broughtBy is the newest time of whoever was merged at a position.
func (s *store) broughtBy(ctx context.Context, id string, position int64, depth int) (engine.Time, error) {
	page, err := s.base.Events(ctx, engine.EventQuery{Member: id, After: position - 1, UpTo: position})
	if err != nil || len(page) == 0 {
		return 0, err
	}
	e, err := engine.DecodeEvent(page[0])
	if err != nil || e.ToID == "" || e.ToID == id {
		return 0, err
	}
	return s.newest(ctx, e.ToID, position-1, depth+1)
}
