package machine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// touch marks a record as changed.
func (t *turn) touch(kind engine.RecordKind, key string) {
	switch kind {
	case engine.MemberRecord:
		touchKey(&t.cache.members, key)
	case engine.IdentityRecord:
		touchKey(&t.cache.identities, key)
	case engine.GroupRecord:
		touchKey(&t.cache.groups, key)
	case engine.ContentRecord:
		touchKey(&t.cache.contents, key)
	}
}

func touchKey[V any](s *shelf[V], key string) {
	if e := s.find(key); e != nil {
		s.touch(e)
	}
}

// records appends the rows of everything that the store does not have as it is.
func (t *turn) records(out *[]engine.Record) error {
	if n := t.cache.changed() + t.cache.owed(); *out == nil && n > 0 {
		*out = make([]engine.Record, 0, n)
	}
	at := t.changes.Position
	if err := t.memberRecords(out, at); err != nil {
		return err
	}
	err := t.cache.groups.unwritten(func(e *entry[*engine.Group]) error {
		e.value.Version = at
		return appendJSON(out, engine.GroupRecord, e.key, e.value)
	})
	if err != nil {
		return err
	}
	err = t.cache.contents.unwritten(func(e *entry[*engine.Content]) error {
		e.value.Version = at
		return appendJSON(out, engine.ContentRecord, e.key, e.value)
	})
	if err != nil {
		return err
	}
	err = t.cache.marks.unwritten(func(e *entry[[]byte]) error {
		*out = append(*out, engine.Record{Kind: engine.MarkRecord, Key: e.key, Body: e.value})
		return nil
	})
	if err != nil {
		return err
	}
	err = t.cache.newest.unwritten(func(e *entry[engine.Time]) error {
		*out = append(*out, engine.Record{Kind: engine.MarkRecord, Key: everybody + e.key, Body: strconv.AppendInt(nil, int64(e.value), 10)})
		return nil
	})
	if err != nil {
		return err
	}
	return t.cache.cells.unwritten(func(e *entry[slot]) error {
		t.cellRecords(out, e)
		return nil
	})
}

// memberRecords appends the rows of members and their identities.
func (t *turn) memberRecords(out *[]engine.Record, at int64) error {
	err := t.cache.members.unwritten(func(e *entry[*engine.Member]) error {
		e.value.Version = at
		if body := t.reuse(e.key, at); body != nil {
			*out = append(*out, engine.Record{Kind: engine.MemberRecord, Key: e.key, Body: body})
			return nil
		}
		return appendJSON(out, engine.MemberRecord, e.key, e.value)
	})
	if err != nil {
		return err
	}
	return t.cache.identities.unwritten(func(e *entry[string]) error {
		var body []byte
		if e.value != "" {
			body = []byte(e.value)
		}
		*out = append(*out, engine.Record{Kind: engine.IdentityRecord, Key: e.key, Body: body})
		return nil
	})
}

// cellRecords appends a window's rows: the cell's and its segments'. Segments
// of the cell that stood there before, and that this one lacks, go.
func (t *turn) cellRecords(out *[]engine.Record, e *entry[slot]) {
	from := len(*out)
	if c := e.value.cell; c == nil {
		*out = append(*out, engine.Record{Kind: engine.CellRecord, Key: e.key})
	} else {
		*out = c.Records(*out, e.key)
		t.view.plan.Trim(e.value.shape, c, t.view.Zone)
	}
	for _, key := range t.stale[e.key] {
		if !slices.ContainsFunc((*out)[from:], func(r engine.Record) bool { return r.Key == key }) {
			*out = append(*out, engine.Record{Kind: engine.CellRecord, Key: key})
		}
	}
}

func appendJSON(out *[]engine.Record, kind engine.RecordKind, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s %s: %w", kind, key, err)
	}
	*out = append(*out, engine.Record{Kind: kind, Key: key, Body: body})
	return nil
}

// ensure loads the records that the cache does not know yet, in one read.
func (t *turn) ensure(keys []engine.RecordKey) error {
	var missing []engine.RecordKey
	var asked map[engine.RecordKey]bool
	for _, k := range keys {
		if t.known(k) || asked[k] {
			continue
		}
		if asked == nil {
			asked = map[engine.RecordKey]bool{}
		}
		asked[k] = true
		missing = append(missing, k)
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := t.tx.Load(t.ctx, missing)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	for _, k := range missing {
		if err := t.remember(k, found[k]); err != nil {
			return fmt.Errorf("record %s %s: %w", k.Kind, k.Key, err)
		}
	}
	return nil
}

func (t *turn) known(k engine.RecordKey) bool {
	switch k.Kind {
	case engine.MemberRecord:
		return t.cache.members.find(k.Key) != nil
	case engine.IdentityRecord:
		return t.cache.identities.find(k.Key) != nil
	case engine.GroupRecord:
		return t.cache.groups.find(k.Key) != nil
	case engine.ContentRecord:
		return t.cache.contents.find(k.Key) != nil
	case engine.CellRecord:
		return t.cache.cells.find(k.Key) != nil
	}
	if id, ok := strings.CutPrefix(k.Key, everybody); ok {
		return t.cache.newest.find(id) != nil
	}
	return t.cache.marks.find(k.Key) != nil
}

// remember puts a loaded record, or its absence, into the cache.
func (t *turn) remember(k engine.RecordKey, body []byte) error {
	switch k.Kind {
	case engine.IdentityRecord:
		t.cache.identities.put(k.Key, string(body))
	case engine.MarkRecord:
		return t.rememberMark(k.Key, body)
	case engine.CellRecord:
		t.cache.cells.put(k.Key, slot{raw: body})
	case engine.MemberRecord:
		return recall(&t.cache.members, k.Key, body)
	case engine.GroupRecord:
		return recall(&t.cache.groups, k.Key, body)
	case engine.ContentRecord:
		return recall(&t.cache.contents, k.Key, body)
	}
	return nil
}

func (t *turn) rememberMark(key string, body []byte) error {
	id, ok := strings.CutPrefix(key, everybody)
	if !ok {
		t.cache.marks.put(key, body)
		return nil
	}
	at := int64(0)
	if body != nil {
		var err error
		if at, err = strconv.ParseInt(string(body), 10, 64); err != nil {
			return err
		}
	}
	t.cache.newest.put(id, engine.Time(at))
	return nil
}

func recall[T any](s *shelf[*T], key string, body []byte) error {
	if body == nil {
		s.put(key, nil)
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(body, v); err != nil {
		return err
	}
	s.put(key, v)
	return nil
}

func (t *turn) ensureOne(kind engine.RecordKind, key string) error {
	return t.ensure([]engine.RecordKey{{Kind: kind, Key: key}})
}

func (t *turn) ensureMembers(ids []string) error {
	keys := make([]engine.RecordKey, len(ids))
	for i, id := range ids {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: id}
	}
	return t.ensure(keys)
}

// member gives a member, nil when there is none of that id. A merged member is
// answered by the one it was merged into.
func (t *turn) member(id string) (*engine.Member, error) {
	for range 8 {
		m, ok := t.cache.members.get(id)
		if !ok {
			if err := t.ensureOne(engine.MemberRecord, id); err != nil {
				return nil, err
			}
			m, _ = t.cache.members.get(id)
		}
		if m == nil || m.MergedInto == "" {
			return m, nil
		}
		id = m.MergedInto
	}
	return nil, fmt.Errorf("member %s: merged in a circle", id)
}

// present gives the member of an id who is there in person: not merged into
// somebody else, not gone. nil otherwise.
func (t *turn) present(id string) (*engine.Member, error) {
	m, err := t.member(id)
	if err != nil || m == nil || m.ID != id || m.LeftAt != 0 {
		return nil, err
	}
	return m, nil
}

// group gives a group's state, made from its definition when it has none yet.
func (t *turn) group(key string) (*engine.Group, error) {
	if key == "" {
		return nil, nil
	}
	if g, _ := t.cache.groups.get(key); g != nil {
		return g, nil
	}
	if err := t.ensureOne(engine.GroupRecord, key); err != nil {
		return nil, err
	}
	if g, _ := t.cache.groups.get(key); g != nil {
		return g, nil
	}
	g := &engine.Group{Key: key}
	if def := t.view.Defs.Groups[key]; def != nil {
		g.Phase, g.Intake, g.Stage = def.Phase, def.Intake, def.Stage
	}
	t.cache.groups.put(key, g)
	return g, nil
}

// content gives a content's state, empty when events never told of it.
func (t *turn) content(key string) (*engine.Content, error) {
	if key == "" {
		return nil, nil
	}
	if c, _ := t.cache.contents.get(key); c != nil {
		return c, nil
	}
	if err := t.ensureOne(engine.ContentRecord, key); err != nil {
		return nil, err
	}
	if c, _ := t.cache.contents.get(key); c != nil {
		return c, nil
	}
	c := &engine.Content{Key: key}
	t.cache.contents.put(key, c)
	return c, nil
}
